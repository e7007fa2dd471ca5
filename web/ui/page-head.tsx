import { useEffect, useRef, type ReactNode } from "react";
import { useLocation } from "wouter";
import { filterWords } from "../filter-words.ts";
import { formatNear, formatRange } from "../format-time.ts";
import { useStatus } from "../queries.ts";
import { useView } from "../view.tsx";
import { visibleText } from "../../server/domain/visible-text.ts";
import { FilterBar } from "./filter-bar.tsx";
import { NewerData } from "./newer-data.tsx";
import { TimeTools } from "./time-tools.tsx";

interface PageHeadProps {
  readonly title: string;
  readonly compares?: boolean;
  /** Without window and filters of invocations: for what is not bound to a time. */
  readonly bare?: boolean;
  /** In place of the filters of invocations, for a page that has its own. */
  readonly filters?: ReactNode | undefined;
  readonly children?: ReactNode;
}

/** Title left, time tools right; filters and the absolute window below. */
export function PageHead({ title, compares = false, bare = false, filters: own, children }: PageHeadProps) {
  const { state } = useView();
  const demo = useStatus().data?.demo === true;
  const filters = bare || own !== undefined ? [] : state.filters.map(filterWords).map(visibleText);
  const heading = useArrival();
  const name = [[demo ? "DEMO DATA" : "", title].filter(Boolean).join(" · "), ...filters].join(", ");
  useEffect(() => {
    document.title = `${name} · bedrock-audit`;
  }, [name]);
  return (
    <>
      <div className="head">
        <h1 tabIndex={-1} ref={heading}>
          {title}
        </h1>
        <div className="tools">
          {children}
          {bare ? null : <TimeTools compares={compares} />}
        </div>
      </div>
      {own ??
        (bare ? null : (
          <FilterBar>
            <AsOf />
          </FilterBar>
        ))}
    </>
  );
}

/**
 * On another page the focus goes to its heading; not when the product has just been opened. A heading that replaces the one of a page
 * that was still loading takes the focus over.
 */
function useArrival() {
  const heading = useRef<HTMLHeadingElement>(null);
  const [path] = useLocation();
  useEffect(() => {
    const replaces = focusedAt === path && document.activeElement === document.body;
    if (arrivedAt !== null && (arrivedAt !== path || replaces)) {
      heading.current?.focus();
      focusedAt = path;
    }
    arrivedAt = path;
  }, [path]);
  return heading;
}
let arrivedAt: string | null = null;
let focusedAt: string | null = null;

/** The window in instants, and the state of the store that the page shows. */
export function AsOf() {
  const { resolved, zone } = useView();
  if (resolved === null) return <span className="asof" />;
  const { range, asOf } = resolved;
  return (
    <span className="asof" role="status">
      {formatRange(range.from, range.to, zone)} {zone}
      {asOf === null ? "" : ` · as of ${formatNear(asOf, range.to, zone)}`}
      <NewerData />
    </span>
  );
}
