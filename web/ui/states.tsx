import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { ApiError } from "../api.ts";
import { visibleText } from "../../server/domain/visible-text.ts";
import { Icon, type IconName } from "./icon.tsx";

interface EmptyProps {
  readonly title: ReactNode;
  readonly icon?: IconName;
  readonly tone?: "bad" | "warn" | "good";
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

/** A sentence, the reason, one action: in the place where the data would be. */
export function Empty({ title, icon, tone, children, actions }: EmptyProps) {
  return (
    <div className="empty">
      <h3>
        {icon === undefined ? null : <Icon name={icon} {...(tone === undefined ? {} : { tone })} />}
        {title}
      </h3>
      {children}
      {actions === undefined ? null : <div className="acts">{actions}</div>}
    </div>
  );
}

export function ErrorState({ error, onRetry }: { error: Error; onRetry: () => void }) {
  const problem = error instanceof ApiError ? error.problem : null;
  const retry = (
    <button className="btn" type="button" onClick={onRetry}>
      <Icon name="refresh" />
      Retry
    </button>
  );
  if (problem === null) {
    return (
      <Empty icon="fail" tone="bad" title="This panel could not be drawn" actions={retry}>
        <p>The server could not be reached, or this page has a fault. The other panels are not touched by it.</p>
      </Empty>
    );
  }
  const lost = problem.status === 404;
  const denied = problem.status === 401 || problem.status === 403;
  const busy = problem.status === 429 || problem.status === 503;
  const icon = denied ? "lock" : busy ? "progress" : "fail";
  return (
    <Empty
      icon={icon}
      tone={busy ? "warn" : "bad"}
      title={visibleText(problem.title)}
      actions={lost ? undefined : retry}
    >
      <p>{visibleText(problem.detail)}</p>
      {problem.errors.map(({ path, message }) => (
        <p key={`${path} ${message}`}>
          <code>{visibleText(path)}</code> {visibleText(message)}
        </p>
      ))}
      <p className="small">
        {problem.type} · request <code>{problem.requestId}</code>
      </p>
    </Empty>
  );
}

/** Bars of the height that the chart will have. */
export function BarsSkeleton({ short = false }: { short?: boolean }) {
  return (
    <div className={short ? "plot short" : "plot"} aria-busy="true">
      <p className="vh">Loading</p>
      <div className="sk-bars" aria-hidden="true">
        {Array.from({ length: 48 }, (_, index) => (
          <i key={index} />
        ))}
      </div>
    </div>
  );
}

/** A chart with its summary, legend and way to the table, in their final heights. */
export function ChartSkeleton() {
  return (
    <div className="panel-body chart">
      <p>
        <span className="sk line w5" />
      </p>
      <p className="legend">
        <span className="sk line w4" />
      </p>
      <BarsSkeleton />
      <p className="sk-foot" />
    </div>
  );
}

export function RowsSkeleton({ rows }: { rows: number }) {
  return (
    <div className="panel-body">
      <p className="vh">Loading</p>
      {Array.from({ length: rows }, (_, index) => (
        <div className="sk-row" key={index}>
          <span className="sk w3" />
          <span className="sk w1" />
        </div>
      ))}
    </div>
  );
}

/** Numbers that some targets are not in with all of their calls: said before them. */
export function Partial({ partial }: { partial: readonly { target: string; reason: string }[] }) {
  if (partial.length === 0) return null;
  const names = partial.map(({ target }) => target).join(", ");
  return (
    <p className="partial" title={partial.map(({ target, reason }) => `${target}: ${reason}`).join("\n")}>
      <Icon name="warning" />
      <span>
        <b>Partial.</b> {partial.length === 1 ? "1 target is" : `${partial.length} targets are`} not read in full;
        numbers may lack calls of {visibleText(names)}.
      </span>
    </p>
  );
}

interface AnsweredProps<T> {
  readonly answer: UseQueryResult<T, Error>;
  readonly loading: ReactNode;
  readonly children: (data: T) => ReactNode;
}

/** One of: skeleton, error with retry, data; old data is muted while newer is on its way. */
export function Answered<T>({ answer, loading, children }: AnsweredProps<T>) {
  if (answer.isError) return <ErrorState error={answer.error} onRetry={() => void answer.refetch()} />;
  if (answer.data === undefined) return <div aria-busy="true">{loading}</div>;
  return <div className={answer.isPlaceholderData ? "old" : ""}>{children(answer.data)}</div>;
}
