import type { S3Place } from "./layout.ts";

export const accounts = { shop: "111122223333", desk: "444455556666", lab: "777788889999" } as const;

/** How the logs of one account and region reach their reader, if they do. */
export interface DeliveryTarget {
  readonly accountId: string;
  readonly region: string;
  /** null: not delivered to S3. */
  readonly s3: S3Place | null;
  readonly logGroup: string | null;
  /** False: counts only. */
  readonly text: boolean;
  /** Hours before the present between which the configuration was gone; null: never. */
  readonly gap: { readonly from: number; readonly to: number } | null;
}

const target = (
  accountId: string,
  region: string,
  s3: S3Place | null,
  rest: Partial<DeliveryTarget> = {},
): DeliveryTarget => ({
  accountId,
  region,
  s3,
  logGroup: null,
  text: true,
  gap: null,
  ...rest,
});

/** Every account and region where models are called, whether it is logged or not. */
export const targets: readonly DeliveryTarget[] = [
  target(accounts.shop, "us-east-1", { bucket: "quillmoor-model-logs-use1", prefix: "" }),
  target(accounts.shop, "us-west-2", { bucket: "quillmoor-model-logs-usw2", prefix: "ai" }),
  // Somebody deleted the configuration; two hours later it was put again.
  target(
    accounts.shop,
    "eu-central-1",
    { bucket: "quillmoor-model-logs-euc1", prefix: "bedrock/shop" },
    { gap: { from: 6 * 24 + 11.4, to: 6 * 24 + 9.2 } },
  ),
  target(accounts.shop, "ap-northeast-1", { bucket: "quillmoor-model-logs-apne1", prefix: "ai" }),
  target(accounts.desk, "us-east-1", { bucket: "quillmoor-desk-logs-use1", prefix: "" }),
  // Both channels are on: each call comes twice.
  target(
    accounts.desk,
    "eu-central-1",
    { bucket: "quillmoor-desk-logs-euc1", prefix: "audit" },
    { logGroup: "/quillmoor/bedrock" },
  ),
  target(accounts.desk, "eu-west-1", null, { logGroup: "/quillmoor/bedrock" }),
  target(accounts.lab, "us-east-1", { bucket: "quillmoor-lab-logs-use1", prefix: "" }),
  target(accounts.lab, "us-west-2", { bucket: "quillmoor-lab-logs-usw2", prefix: "" }, { text: false }),
  // Logging was never switched on here.
  target(accounts.lab, "ca-central-1", null),
];

export function targetOf(accountId: string, region: string): DeliveryTarget | null {
  return targets.find((each) => each.accountId === accountId && each.region === region) ?? null;
}

/** Whether a call of that time leaves a record anywhere. */
export function isLogged(target: DeliveryTarget, time: number, now: number): boolean {
  if (target.s3 === null && target.logGroup === null) return false;
  const hoursAgo = (now - time) / 3_600_000;
  return target.gap === null || hoursAgo > target.gap.from || hoursAgo <= target.gap.to;
}
