import type { Unreadable } from "./facts.ts";

const mends: Readonly<Record<string, (unread: Unreadable) => string>> = {
  permission: ({ action }) => `Grant ${action}.`,
  service: ({ action }) => `The account may not call ${action} here.`,
  scp: ({ action }) => `A control policy denies ${action}: exempt the audit role, or waive.`,
  network: ({ host, service }) => `No connection to ${host ?? service}.`,
  transient: ({ attempts }) => `${attempts} attempts failed; run again.`,
  credentials: () => "AWS does not accept the credentials here.",
  expired: () => "The credentials have expired.",
  deadline: () => "The run ended before it was read.",
  "unreadable-answer": () => "The answer was not one of this service.",
  "history-too-short": () => "It was not looked at in all of the window; look again under this policy.",
  "contradictory-facts": () => "Two answers contradict each other; run again.",
};

/** "Grant logs:DescribeLogGroups."; null where nothing helps that is known. */
export function mendOf(unread: Unreadable): string | null {
  return mends[unread.class]?.(unread) ?? null;
}

/** "logGroup could not be read: AccessDeniedException (permission). Grant logs:DescribeLogGroups." */
export function unreadText(unread: Unreadable): string {
  const mend = mendOf(unread);
  const text = `${unread.unreadable} could not be read: ${unread.errorCode} (${unread.class}).`;
  return mend === null ? text : `${text} ${mend}`;
}
