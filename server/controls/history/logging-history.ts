import { loggingConfigurationOf } from "../../domain/logging-configuration.ts";
import type { EarlierLook, LoggingConfig, TrailChange } from "../facts.ts";
import { type KnownChanges, remembered } from "./known-changes.ts";
import { isSame, type Phase, phasesOf, type Span, type Step } from "./phases.ts";

/** Where records went, and what of them; no destination: nowhere. */
export type PastLogging = Pick<LoggingConfig, "s3" | "cloudWatch" | "delivered">;

const nothing = { text: null, image: null, embedding: null, video: null, audio: null };
const off: PastLogging = { s3: null, cloudWatch: null, delivered: nothing };

/** Names of the calls that change the logging configuration. */
export const loggingChanges = [
  "PutModelInvocationLoggingConfiguration",
  "DeleteModelInvocationLoggingConfiguration",
] as const;

export function isOff({ cloudWatch, s3 }: PastLogging): boolean {
  return s3 === null && cloudWatch === null;
}

/** How the logging was over a span. The first phase is null where neither a change nor an earlier run shows it. */
export function loggingPhases(
  config: LoggingConfig,
  { changes, later, since }: KnownChanges,
  looks: readonly EarlierLook[],
  span: Span,
): readonly Phase<PastLogging>[] {
  const isNow = later.length === 0;
  const steps = changes.map((change, at) => stepOf(change, isNow && at === changes.length - 1 ? config : null));
  const first = [...changes, ...later][0]?.time ?? Infinity;
  const seen = remembered(looks, "loggingConfig").find(({ time }) => time >= since && time < first);
  return phasesOf(steps, span, {
    now: isNow ? pastOf(config) : null,
    before: seen === undefined ? null : pastOf(seen.value),
  });
}

export function pastOf({ cloudWatch, delivered, s3 }: LoggingConfig): PastLogging {
  return { s3, cloudWatch, delivered };
}

/** `after`: how AWS says that it stands since, for the last change. */
function stepOf({ actor, name, parameters, time }: TrailChange, after: LoggingConfig | null): Step<PastLogging> {
  if (name === "DeleteModelInvocationLoggingConfiguration") return { time, actor, state: off };
  const put = isPut(parameters) ? loggingConfigurationOf(parameters) : null;
  return { time, actor, state: put === null ? null : spoken(pastOf(put), after) };
}

function isPut(parameters: unknown): boolean {
  return typeof parameters === "object" && parameters !== null && "loggingConfig" in parameters;
}

/** A flag that a Put left out stands as AWS shows it now, if its destinations stand too. */
function spoken(put: PastLogging, after: LoggingConfig | null): PastLogging {
  if (after === null || !isSame(put.s3, after.s3) || !isSame(put.cloudWatch, after.cloudWatch)) return put;
  const { audio, embedding, image, text, video } = put.delivered;
  return {
    ...put,
    delivered: {
      text: text ?? after.delivered.text,
      image: image ?? after.delivered.image,
      embedding: embedding ?? after.delivered.embedding,
      video: video ?? after.delivered.video,
      audio: audio ?? after.delivered.audio,
    },
  };
}
