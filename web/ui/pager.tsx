import { withPlain, type ViewState } from "../url-state.ts";
import { useView } from "../view.tsx";
import { Icon } from "./icon.tsx";

/** To the next page of a list, and to its beginning; the browser's back button leads to the page before. `of`: the state that names the list; default: as it is. */
export function Pager({ next, of }: { next: string | null; of?: ViewState }) {
  const view = useView();
  const { change } = view;
  // What the page chose by itself is in the address of its second page, so that this is the second page of the same list.
  const state = of ?? view.state;
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
