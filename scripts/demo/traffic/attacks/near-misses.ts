import type { Request } from "../calls.ts";
import { plainExchange } from "../exchange.ts";
import { byId, type ModelName, through } from "../models.ts";
import { hoursBefore, type Plot } from "../story.ts";
import { retrieval } from "../talks/retrieval.ts";
import { plainScene } from "../workload.ts";
import { accounts } from "../targets.ts";

const { shop, lab } = accounts;
const assumed = (account: string, role: string, session: string): string =>
  `arn:aws:sts::${account}:assumed-role/${role}/${session}`;
const check = plainExchange("Answer with the single word ready.", "ready", { maxTokens: 16, temperature: 0 });

/** Each morning a release job asks six models for a word; two of them are closed to it. */
const smokeTest: Plot = {
  id: "smoke-test",
  tell(_random, now) {
    const tried: readonly ModelName[] = ["sonnet45", "haiku45", "novaPro", "novaLite", "opus46", "deepseek"];
    const days = Array.from({ length: 29 }, (_, day) => hoursBefore(now, 24 * day + 5.2));
    const requests = days.flatMap((start) =>
      tried.map((model, index): Request => ({
        time: start + index * 4_000,
        accountId: shop,
        region: "us-east-1",
        identityArn: assumed(shop, "model-smoke-test", "release"),
        operation: "Converse",
        model,
        how: through("us"),
        exchange: check,
        ...(index < 4 ? {} : { errorCode: "AccessDeniedException" }),
      })),
    );
    return { requests, hints: [] };
  },
};

/** One request with one wrong parameter, tried two hundred times by a loop that does not look at its answer. */
const stubbornRetry: Plot = {
  id: "stubborn-retry",
  tell(random, now) {
    const start = hoursBefore(now, 4 * 24 + 6);
    let time = start;
    const requests = Array.from({ length: 200 }, (): Request => {
      time += random.int(2, 40) * 1000;
      return {
        time,
        accountId: shop,
        region: "us-west-2",
        identityArn: assumed(shop, "invoice-reader-lambda", "invoice-reader"),
        operation: "InvokeModel",
        model: "haiku45",
        how: through("us"),
        exchange: check,
        errorCode: "ValidationException",
      };
    });
    return { requests, hints: [] };
  },
};

/** Once a week the platform team drives the chat over to the other regions and back. */
const recoveryDrill: Plot = {
  id: "recovery-drill",
  tell(_random, now) {
    const regions = ["us-east-1", "us-west-2", "eu-central-1"];
    const weeks = [0, 1, 2, 3].map((week) => hoursBefore(now, 24 * (7 * week + 2) + 9));
    const requests = weeks.flatMap((start) =>
      Array.from({ length: 24 }, (_, index): Request => ({
        time: start + index * 70_000,
        accountId: shop,
        region: regions[Math.floor(index / 8)] ?? "us-east-1",
        identityArn: assumed(shop, "recovery-drill", "drill"),
        operation: "Converse",
        model: "haiku45",
        how: byId,
        exchange: check,
      })),
    );
    return { requests, hints: [{ detection: "region-hop", subject: `${shop}/role/recovery-drill`, required: false }] };
  },
};

/** A comparison of four models over one set of questions: much traffic in three hours, all of it planned. */
const evaluation: Plot = {
  id: "evaluation",
  tell(random, now) {
    const start = hoursBefore(now, 6 * 24 + 4);
    const compared: readonly ModelName[] = ["sonnet45", "haiku45", "opus45", "novaPro"];
    const requests = Array.from({ length: 1_200 }, (_, index): Request => {
      const [step] = retrieval(random, plainScene);
      return {
        time: start + index * 9_000,
        accountId: lab,
        region: "us-east-1",
        identityArn: assumed(lab, "model-eval", "eval-2"),
        operation: "Converse",
        model: compared[index % compared.length] ?? "haiku45",
        how: through("us"),
        exchange: step?.exchange ?? check,
      };
    });
    return {
      requests,
      hints: [{ detection: "unfamiliar-principal", subject: `${lab}/role/model-eval`, required: false }],
    };
  },
};

/** Names that only look like keys and owners. */
const innocentNames: Plot = {
  id: "innocent-names",
  tell(_random, now) {
    const identities = [
      assumed(shop, "BedrockAPIKeyRotator", "rotate"),
      assumed(shop, "root-cause-bot", "i-0c8d1e2f3a4b5c6d7"),
    ];
    const requests = [3, 10, 17, 24].flatMap((day) =>
      identities.map((identityArn, index): Request => ({
        time: hoursBefore(now, 24 * day + 7 + index),
        accountId: shop,
        region: "us-east-1",
        identityArn,
        operation: "InvokeModel",
        model: "haiku45",
        how: through("us"),
        exchange: check,
      })),
    );
    return { requests, hints: [] };
  },
};

export const nearMisses: readonly Plot[] = [smokeTest, stubbornRetry, recoveryDrill, evaluation, innocentNames];
