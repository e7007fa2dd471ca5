import { Component, useId, type ReactNode } from "react";
import { ErrorState } from "./states.tsx";

/** Share of the twelve columns on a wide screen. */
export type PanelWidth = "c3" | "c4" | "c5" | "c6" | "c7" | "c8" | "c12";

interface PanelProps {
  readonly title: ReactNode;
  /** What is counted, in one line. */
  readonly note?: ReactNode;
  readonly tools?: ReactNode;
  /** Caveats, sums, links. */
  readonly foot?: ReactNode;
  readonly width?: PanelWidth;
  /** As high as its neighbour. */
  readonly fill?: boolean;
  readonly busy?: boolean;
  readonly children: ReactNode;
}

export function Panel({ title, note, tools, foot, width = "c12", fill = false, busy = false, children }: PanelProps) {
  const id = useId();
  return (
    <section className={`panel ${width}${fill ? " fill" : ""}`} aria-labelledby={id} aria-busy={busy}>
      <header className="panel-head">
        <h2 id={id}>{title}</h2>
        {note === undefined ? null : <span className="note">{note}</span>}
        {tools === undefined ? null : <span className="end">{tools}</span>}
      </header>
      {children}
      {foot === undefined ? null : <footer className="panel-foot">{foot}</footer>}
    </section>
  );
}

/** A panel that breaks stays in its place; the others go on. */
export class PanelBoundary extends Component<
  { readonly title: string; readonly children: ReactNode },
  { failure: Error | null }
> {
  override state: { failure: Error | null } = { failure: null };

  static getDerivedStateFromError(failure: Error) {
    return { failure };
  }

  override render() {
    const { failure } = this.state;
    if (failure === null) return this.props.children;
    return (
      <Panel title={this.props.title}>
        <ErrorState error={failure} onRetry={() => this.setState({ failure: null })} />
      </Panel>
    );
  }
}
