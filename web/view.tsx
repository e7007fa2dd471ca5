import { createContext, use, useCallback, useMemo, useState, type ReactNode } from "react";
import { useLocation, useSearch } from "wouter";
import type { TimeRange } from "../server/domain/metric.ts";
import { useStatus } from "./queries.ts";
import { readUrl, writeUrl, type ReadUrl, type ViewState } from "./url-state.ts";

/** What was really asked, as the newest answer of the page says it. */
export interface Resolved {
  readonly range: TimeRange;
  readonly asOf: string | null;
  readonly snapshot: number;
}

interface View extends ReadUrl {
  /** The zone in which times are shown: of the address, else of the settings. */
  readonly zone: string;
  /** False until the zone is known: nothing is asked before. */
  readonly ready: boolean;
  readonly resolved: Resolved | null;
  readonly resolve: (resolved: Resolved) => void;
  /** Changes the address; the user's back button undoes it unless `replace` is set. */
  readonly change: (state: ViewState, options?: { readonly replace?: boolean }) => void;
}

const ViewContext = createContext<View | null>(null);

/** Reads the address once for everything below it. */
export function ViewProvider({ children }: { children: ReactNode }) {
  const search = useSearch();
  const [path, navigate] = useLocation();
  const status = useStatus();
  const [resolved, setResolved] = useState<Resolved | null>(null);
  const resolve = useCallback((next: Resolved) => {
    setResolved((known) => (known === null || next.snapshot >= known.snapshot ? next : known));
  }, []);
  const read = useMemo(() => readUrl(search), [search]);
  const change = (state: ViewState, options: { readonly replace?: boolean } = {}) =>
    navigate(`${path}${writeUrl(state)}`, { replace: options.replace ?? false });
  const zone = read.state.timeZone ?? status.data?.timeZone ?? "UTC";
  const ready = read.problems.length === 0 && (read.state.timeZone !== null || !status.isPending);
  const view: View = { ...read, zone, ready, resolved, resolve, change };
  return <ViewContext value={view}>{children}</ViewContext>;
}

export function useView(): View {
  const view = use(ViewContext);
  if (view === null) throw new Error("useView outside of ViewProvider");
  return view;
}
