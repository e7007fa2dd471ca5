import { useId, type ReactNode } from "react";

interface NumberTileProps {
  readonly title: ReactNode;
  readonly value: ReactNode;
  /** The change in words; null when there is nothing to compare with. */
  readonly change: ReactNode;
  readonly line: ReactNode;
  readonly updating: boolean;
}

export function NumberTile({ title, value, change, line, updating }: NumberTileProps) {
  const id = useId();
  return (
    <section className={`panel tile c3${updating ? " old" : ""}`} aria-labelledby={id} aria-busy={updating}>
      <h2 id={id}>{title}</h2>
      <p className="value">{value}</p>
      <p className="delta">{change}</p>
      {line}
    </section>
  );
}

export function TileSkeleton({ title }: { title: ReactNode }) {
  return (
    <section className="panel tile c3" aria-busy="true">
      <h2>{title}</h2>
      <p className="value">
        <span className="vh">Loading</span>
        <span className="sk num w2" />
      </p>
      <p className="delta">
        <span className="sk w3" />
      </p>
      <svg className="spark" aria-hidden="true" />
    </section>
  );
}
