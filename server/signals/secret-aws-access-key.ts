import { isPlaceholder } from "./placeholder.ts";
import { matches, textKinds, type SignalRule, type Span } from "./signal-rule.ts";

const keyId = /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9])/g;

function* find(text: string): Generator<Span> {
  for (const span of matches(keyId, text)) {
    if (!isPlaceholder(text.slice(span.start, span.end))) yield span;
  }
}

/** A key id of the right form that no account has; put together so that no scanner takes this file for a leak. */
const key = ["AKIA", "QYLPMN5H", "K2TR7WZD"].join("");
const session = ["ASIA", "Y34FZKBO", "KMUTVV7A"].join("");

export const secretAwsAccessKey: SignalRule = {
  id: "secret-aws-access-key",
  version: 1,
  title: "AWS access key id",
  why: "A key id in a prompt stands beside its secret more often than not, and everyone who reads the log can take both.",
  severity: "medium",
  reads: textKinds,
  view: "raw",
  anyOf: ["AKIA", "ASIA"],
  maxSpan: 20,
  score: null,
  patterns: [keyId],
  find,
  mask: "last4",
  examples: {
    match: [`AWS_ACCESS_KEY_ID=‹${key}›`, `keys: "‹${session}›","‹${key}›"`],
    ignore: [
      "AKIAIOSFODNN7EXAMPLE of the manual",
      `${key}Z is one too long`,
      "AKIAAAAAAAAAAAAAAAAA",
      key.toLowerCase(),
    ],
  },
};
