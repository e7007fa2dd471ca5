import type { Chain, Link } from "./chain-rule.ts";

const subject = "111122223333/user/BedrockAPIKey-a1b2";

/** A finding of 3 November, between two times of day. */
function found(detectionId: string, from: string, to: string): Link {
  return {
    detectionId,
    subject,
    bucket: "2026-11-03",
    firstSeen: `2026-11-03T${from}:00.000Z`,
    lastSeen: `2026-11-03T${to}:00.000Z`,
  };
}

const key: Link = { ...found("bedrock-api-key-use", "01:00", "09:00"), bucket: "-" };
const sweep = found("model-sweep", "01:05", "01:10");
const spike = found("cost-spike", "02:00", "03:00");

export const llmjackingChain: Chain = {
  id: "llmjacking-chain",
  version: 1,
  title: "A stolen identity is used for models at the owner's cost",
  severity: "critical",
  why: "A long-lived or unfamiliar identity, then a search for what answers, then the bill: the course of stolen model access.",
  needs: ["record", "prices"],
  subject: "principal",
  links: [
    ["bedrock-api-key-use", "iam-user-invocation", "unfamiliar-principal"],
    ["model-sweep", "key-checker-probe", "region-hop"],
    ["cost-spike"],
  ],
  withinHours: 24,
  escalate: [],
  runbook: [
    "Deactivate the key or the user now; then ask.",
    "Read the linked findings in order of time: who, what was tried, what it cost.",
    "Look for other keys of the same owner, and for what else the identity may do.",
    "Look up the first calls in CloudTrail by request id: address, agent, access key.",
  ],
  falsePositives: ["The launch of a product under a new identity."],
  examples: {
    finds: [
      {
        name: "a key at 01:00, a sweep at 01:05, the bill by 03:00",
        findings: [key, sweep, spike],
        finds: [{ subject, bucket: "2026-11-03", links: 3 }],
      },
      {
        name: "two searches of one day are one chain",
        findings: [key, found("region-hop", "00:40", "00:46"), sweep, spike],
        finds: [{ subject, bucket: "2026-11-03", links: 4 }],
      },
      {
        name: "a key that is known for weeks",
        findings: [{ ...key, firstSeen: "2026-10-01T09:00:00.000Z" }, sweep, spike],
        finds: [{ subject, bucket: "2026-11-03", links: 3 }],
      },
    ],
    ignores: [
      {
        name: "a new role that costs more and more",
        findings: [found("unfamiliar-principal", "01:00", "01:00"), spike],
      },
      { name: "a sweep that cost nothing", findings: [key, sweep] },
      { name: "somebody else's bill", findings: [key, sweep, { ...spike, subject: "111122223333/role/app" }] },
      {
        name: "a bill of the week after",
        findings: [
          key,
          sweep,
          {
            ...spike,
            bucket: "2026-11-10",
            firstSeen: "2026-11-10T02:00:00.000Z",
            lastSeen: "2026-11-10T03:00:00.000Z",
          },
        ],
      },
    ],
  },
};
