import { withPlain } from "../url-state.ts";
import { useView } from "../view.tsx";
import { Icon } from "./icon.tsx";

/** To the next page of a list, and to its beginning; the browser's back button leads to the page before. */
export function Pager({ next }: { next: string | null }) {
  const { state, change } = useView();
  const later = state.plain.has("cursor");
  if (next === null && !later) return <span>All are shown</span>;
  return (
    <span className="pager end">
      {later ? (
        <button className="btn small" type="button" onClick={() => change(withPlain(state, "cursor", []))}>
          First page
        </button>
      ) : null}
      {next === null ? (
        "The last page"
      ) : (
        <button className="btn small" type="button" onClick={() => change(withPlain(state, "cursor", [next]))}>
          Next page
          <Icon name="right" small />
        </button>
      )}
    </span>
  );
}
