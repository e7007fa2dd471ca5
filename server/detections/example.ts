import type { Policy } from "../domain/policy.ts";
import type { Severity } from "../domain/severity.ts";

/** A call of an example: a row of `invocations` whose other columns are those of an ordinary call that was answered. */
export interface ExampleCall {
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Default `111122223333/role/app`. */
  readonly principal_key?: string;
  readonly [column: string]: string | number | null | readonly string[] | undefined;
}

export interface ExampleSignal {
  /** Index of its call. */
  readonly call: number;
  readonly rule_id: string;
  readonly weight?: number;
  readonly kind?: string;
  readonly side?: string;
  readonly segment_hash?: string;
  readonly value_hash?: string;
  /** How the text was hidden in which this was found. */
  readonly decoded?: string;
}

export interface ExpectedFinding {
  readonly subject: string;
  readonly bucket: string;
  readonly severity: Severity;
}

/** A small world and what must be found in it. An example that is ignored expects nothing. */
export interface Example {
  readonly name: string;
  readonly calls: readonly ExampleCall[];
  readonly signals?: readonly ExampleSignal[];
  readonly policy?: Partial<Policy>;
  readonly finds?: readonly ExpectedFinding[];
}

/** `count` calls, `seconds` apart; `vary` changes the n-th. */
export function series(
  call: ExampleCall,
  count: number,
  seconds: number,
  vary: (n: number) => Readonly<Record<string, string | number | null>> = () => ({}),
): ExampleCall[] {
  const start = Date.parse(call.at);
  return Array.from({ length: count }, (_, n) => ({
    ...call,
    at: new Date(start + n * seconds * 1000).toISOString(),
    ...vary(n),
  }));
}

/** A call of long ago: the account's ledger is old enough for rules that ask what is new. */
export const longAgo: ExampleCall = { at: "2026-09-01T09:00:00.000Z", principal_key: "111122223333/role/elder" };

export const denied = { status: "client-error", error_code: "AccessDeniedException", outcome: "failed" } as const;
