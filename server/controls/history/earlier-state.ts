import { type Delivery, isUnreadable, type Unreadable, type Usage } from "../facts.ts";
import type { Span } from "./phases.ts";

const hourMs = 3_600_000;

/** What the counts show of a span in which the configuration stood still. */
export type Shown =
  | { readonly kind: "on" }
  | { readonly kind: "off" }
  /** Nothing was called: nothing was lost. */
  | { readonly kind: "quiet" }
  | { readonly kind: "unread"; readonly unread: readonly Unreadable[] };

/** A delivery shows that logging was on, calls without any that it was off. */
export function shownBy(usage: Usage | Unreadable, delivery: Delivery | Unreadable, span: Span): Shown {
  const within = ({ time }: { readonly time: number }): boolean => time >= span.from && time + hourMs <= span.to;
  const delivered = isUnreadable(delivery) ? null : [...delivery.s3, ...delivery.cloudWatch].filter(within);
  if (delivered?.some(({ successes }) => successes > 0) === true) return { kind: "on" };
  if (isUnreadable(usage)) return { kind: "unread", unread: [usage] };
  if (!usage.hours.filter(within).some(({ invocations }) => invocations > 0)) return { kind: "quiet" };
  return isUnreadable(delivery) ? { kind: "unread", unread: [delivery] } : { kind: "off" };
}
