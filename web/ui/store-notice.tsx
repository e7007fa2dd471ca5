import type { Status } from "../../server/domain/status.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { Icon } from "./icon.tsx";

/** On every page, above its numbers: why the store cannot be taken for whole, or does not grow. */
export function StoreNotice({ status: { store, notWriting } }: { status: Status }) {
  return (
    <>
      {store === "refilling" ? (
        <div className="callout warn notice" role="status">
          <Icon name="warning" />
          <p>
            <b>The store is being filled again.</b> Its catalog or a part of its records was lost; what the sources
            still have is read once more. Until that has ended, numbers are too low and “complete through” is early.
          </p>
        </div>
      ) : null}
      {notWriting === null ? null : (
        <div className="callout warn notice" role="status">
          <Icon name="lock" />
          <p>
            <b>Reading only.</b> This server stores nothing new: {visibleText(notWriting)}. It tries again every 30
            seconds; what is stored is shown.
          </p>
        </div>
      )}
    </>
  );
}
