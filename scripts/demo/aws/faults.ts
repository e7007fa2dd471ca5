import { AwsError } from "./answer.ts";
import type { Distortion, Operation } from "./operation.ts";

/** What goes wrong, when. Seeded: the same plan over the same calls does the same. */
export interface FaultPlan {
  readonly seed: number;
  readonly faults: readonly Fault[];
}

export interface Fault {
  /** Name of an operation, or `*`. */
  readonly api: string;
  /** Part of `<account> <region> <resource>`; default: any. */
  readonly match?: string;
  /** The first matching call that is hit, from 1; default 1. */
  readonly nth?: number;
  /** Only calls that come in `[from, until)` by the simulation's clock, in milliseconds; default: whenever. */
  readonly from?: number;
  readonly until?: number;
  /** How many calls from `nth` on; default 1, with `from` or `until` all. */
  readonly count?: number;
  /** Share of these calls that are really hit; default all. */
  readonly share?: number;
  readonly do: FaultDeed;
}

export type FaultDeed =
  | { readonly kind: "error"; readonly status: number; readonly code: string; readonly message?: string }
  | { readonly kind: "throttle" }
  | { readonly kind: "deny"; readonly message?: string }
  | { readonly kind: "delay"; readonly ms: number }
  /** Sends so many bytes of the body, then nothing more. */
  | { readonly kind: "stall"; readonly afterBytes: number }
  /** Sends so many bytes of the body, then closes the connection. */
  | { readonly kind: "cut"; readonly afterBytes: number }
  | {
      readonly kind: "replace";
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** Sends what is made of the body that would have been sent. */
  | { readonly kind: "rewrite"; readonly of: (body: string) => string }
  | { readonly kind: "redirect"; readonly region: string }
  /** A page of a list without entries, but with the token that it was asked with, or a first one. */
  | { readonly kind: "empty-page" }
  | { readonly kind: "repeat-token" }
  /** The token that is asked with is no longer known. */
  | { readonly kind: "expire-tokens" }
  /** Objects and events show only so long after their time. */
  | { readonly kind: "late"; readonly ms: number }
  /** Objects and events whose key or id holds this are not shown. */
  | { readonly kind: "hide"; readonly part: string }
  | { readonly kind: "duplicate" }
  | { readonly kind: "reorder" };

/** What a fault does to the bytes of an answer. */
export interface WireFault {
  readonly delayMs: number;
  readonly stopAfter: { readonly bytes: number; readonly close: boolean } | null;
  readonly replace: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
  } | null;
  readonly rewrite: ((body: string) => string) | null;
}

interface Hit {
  readonly error: AwsError | null;
  readonly distortion: Distortion;
  readonly wire: WireFault;
}

export interface Faults {
  hit(operation: Operation, place: string, service: string, now: number): Hit;
}

export function openFaults(plan: FaultPlan): Faults {
  const calls = plan.faults.map(() => 0);
  const chance = random(plan.seed);
  return {
    hit(operation, place, service, now) {
      const deeds = plan.faults.flatMap((fault, index) => {
        if (fault.api !== "*" && fault.api !== operation.api) return [];
        if (!`${place} ${operation.resource}`.includes(fault.match ?? "")) return [];
        if (now < (fault.from ?? -Infinity) || now >= (fault.until ?? Infinity)) return [];
        const call = (calls[index] ?? 0) + 1;
        calls[index] = call;
        const first = fault.nth ?? 1;
        if (call < first || call >= first + countOf(fault)) return [];
        return chance() < (fault.share ?? 1) ? [fault.do] : [];
      });
      return { error: errorOf(deeds, service), distortion: distortionOf(deeds), wire: wireOf(deeds) };
    },
  };
}

function countOf({ count, from, until }: Fault): number {
  return count ?? (from === undefined && until === undefined ? 1 : Infinity);
}

type Deed<K extends FaultDeed["kind"]> = Extract<FaultDeed, { kind: K }>;

function find<K extends FaultDeed["kind"]>(deeds: readonly FaultDeed[], kind: K): Deed<K> | null {
  return (deeds.find((deed) => deed.kind === kind) as Deed<K> | undefined) ?? null;
}

function errorOf(deeds: readonly FaultDeed[], service: string): AwsError | null {
  const error = find(deeds, "error");
  if (error !== null) return new AwsError(error.status, error.code, error.message ?? "Planned fault.");
  if (find(deeds, "throttle") !== null) {
    if (service === "s3") return new AwsError(503, "SlowDown", "Please reduce your request rate.");
    if (service === "ec2") return new AwsError(503, "RequestLimitExceeded", "Request limit exceeded.");
    if (service === "securityhub") return new AwsError(429, "LimitExceededException", "Rate exceeded");
    return new AwsError(service === "bedrock" ? 429 : 400, "ThrottlingException", "Rate exceeded");
  }
  const deny = find(deeds, "deny");
  if (deny !== null) return refusal(service, deny.message ?? "Planned refusal.");
  const redirect = find(deeds, "redirect");
  if (redirect !== null) return movedTo(redirect.region);
  return null;
}

export function refusal(service: string, message: string): AwsError {
  if (service === "ec2") return new AwsError(403, "UnauthorizedOperation", message);
  const status = ["s3", "bedrock", "sts", "account", "iam", "securityhub"].includes(service) ? 403 : 400;
  return new AwsError(
    status,
    ["s3", "sts", "iam"].includes(service) ? "AccessDenied" : "AccessDeniedException",
    message,
  );
}

export function movedTo(region: string): AwsError {
  const message = "The bucket you are attempting to access must be addressed using the specified endpoint.";
  return new AwsError(301, "PermanentRedirect", message, { "x-amz-bucket-region": region });
}

function distortionOf(deeds: readonly FaultDeed[]): Distortion {
  return {
    emptyPage: find(deeds, "empty-page") !== null,
    repeatToken: find(deeds, "repeat-token") !== null,
    expireTokens: find(deeds, "expire-tokens") !== null,
    lateMs: find(deeds, "late")?.ms ?? 0,
    hidden: find(deeds, "hide")?.part ?? null,
    duplicate: find(deeds, "duplicate") !== null,
    reorder: find(deeds, "reorder") !== null,
  };
}

function wireOf(deeds: readonly FaultDeed[]): WireFault {
  const stall = find(deeds, "stall");
  const cut = find(deeds, "cut");
  const stop = stall ?? cut;
  return {
    delayMs: find(deeds, "delay")?.ms ?? 0,
    stopAfter: stop === null ? null : { bytes: stop.afterBytes, close: stop.kind === "cut" },
    replace: find(deeds, "replace"),
    rewrite: find(deeds, "rewrite")?.of ?? null,
  };
}

/** mulberry32. */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
