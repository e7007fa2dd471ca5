import type { Country, Shape } from "./day-shape.ts";
import { byId, type ModelName, type Name, through } from "./models.ts";
import type { Random } from "./random.ts";
import { codingAgent } from "./talks/coding-agent.ts";
import { deskChat } from "./talks/desk-chat.ts";
import { contractQuestion, manuscriptReview } from "./talks/documents.ts";
import { orderAgent } from "./talks/order-agent.ts";
import { retrieval } from "./talks/retrieval.ts";
import {
  blurb,
  catalogueEntry,
  indexing,
  mailTriage,
  picture,
  ping,
  retired,
  reviewCheck,
  translation,
} from "./talks/small-jobs.ts";
import { supportChat } from "./talks/support-chat.ts";
import type { Scene, Talk } from "./talks/talk.ts";
import { accounts } from "./targets.ts";
import { iamUser, numbered, person, plainScene, role, type Use, type Workload } from "./workload.ts";

const { shop, desk, lab } = accounts;

const customers = (zone: string): Shape => ({ kind: "customers", zone });
const office = (zone: string, holidays: Country): Shape => ({ kind: "office", zone, holidays });
const nightly = (zone: string, from: number, to: number, weekend = true): Shape => ({
  kind: "nightly",
  zone,
  from,
  to,
  weekend,
});
const steady: Shape = { kind: "steady" };

const boston = office("America/New_York", "us");
const seattle = office("America/Los_Angeles", "us");
const berlin = office("Europe/Berlin", "de");
const dublin = office("Europe/Dublin", "ie");

type Way = Use["operation"];
const use = (weight: number, model: ModelName, how: Name, operation: Way, talk: Talk): Use => ({
  weight,
  model,
  how,
  operation,
  talk,
});
const own = (
  kind: Extract<Name, { by: "own" }>["kind"],
  id: string,
  geo?: Extract<Name, { by: "own" }>["geo"],
): Name => (geo === undefined ? { by: "own", kind, id } : { by: "own", kind, id, geo });
const scene = (rest: Partial<Scene>): Scene => ({ ...plainScene, ...rest });

interface Rest {
  readonly scene?: Partial<Scene>;
  readonly growth?: number;
  readonly everyMinutes?: number;
}

function workload(
  id: string,
  [accountId, region]: readonly [string, string],
  identity: Workload["identity"],
  perDay: number,
  shape: Shape,
  uses: readonly Use[],
  { scene: known = {}, growth = 1, ...rest }: Rest = {},
): Workload {
  return { id, accountId, region, identity, perDay, shape, uses, scene: scene(known), growth, ...rest };
}

/** Names of applications' tasks end in hex, as schedulers write them. */
const task = (name: string) => (random: Random) => `${name}-${random.hex(4)}`;

export const shopGuardrail = "gr7shopdesk1";
export const ownNames = {
  checkoutProfile: "ckq4p7m2x9ab",
  gatewayProfile: "gwt8n3v6r1cd",
  lostProfile: "zz5h0k2j8fqe",
  provisioned: "pt6w1e9d3b7s",
  titanCustom: "amazon.titan-text-express-v1:0:8k/c3u5n8y1l6ta",
  customDeployment: "cd2r7o4x5mk9",
  imported: "im1v8z3h6qpw",
  prompt: "PRMT4Q8K2Z",
  marketplace: "quillmoor-command-endpoint",
} as const;

const shopWorkloads: readonly Workload[] = [
  workload(
    "storefront-chat",
    [shop, "us-east-1"],
    role(shop, "storefront-chat", task("storefront-chat")),
    150,
    customers("America/New_York"),
    [
      use(6, "sonnet45", through("us"), "ConverseStream", supportChat),
      use(3, "haiku45", through("us"), "ConverseStream", supportChat),
      use(1, "haiku45", through("global"), "Converse", supportChat),
    ],
    { scene: { guardrailId: shopGuardrail, metadata: { team: "storefront", stage: "prod" } }, growth: 1.25 },
  ),
  workload(
    "storefront-chat-eu",
    [shop, "eu-central-1"],
    role(shop, "storefront-chat", task("storefront-chat")),
    130,
    customers("Europe/Berlin"),
    [
      use(5, "sonnet45", through("eu"), "ConverseStream", supportChat),
      use(3, "haiku45", through("eu"), "ConverseStream", supportChat),
    ],
    {
      scene: {
        languages: ["de", "de", "fr", "it", "es", "pl", "nl", "pt"],
        guardrailId: shopGuardrail,
        metadata: { team: "storefront", stage: "prod" },
      },
      growth: 1.15,
    },
  ),
  workload(
    "storefront-chat-jp",
    [shop, "ap-northeast-1"],
    role(shop, "storefront-chat", task("storefront-chat")),
    70,
    customers("Asia/Tokyo"),
    [
      use(4, "sonnet45", through("jp"), "ConverseStream", supportChat),
      use(1, "novaPro", through("apac"), "Converse", supportChat),
    ],
    { scene: { languages: ["ja", "ja", "ja", "ko"], metadata: { team: "storefront", stage: "prod" } }, growth: 1.3 },
  ),
  workload(
    "help-search",
    [shop, "us-east-1"],
    role(shop, "help-search", numbered("help-search", 6)),
    150,
    customers("America/Chicago"),
    [
      use(7, "haiku45", through("global"), "InvokeModel", retrieval),
      use(3, "sonnet45", byId, "InvokeModelWithResponseStream", retrieval),
    ],
    { scene: { cached: true, guardrailId: shopGuardrail } },
  ),
  workload(
    "order-agent",
    [shop, "us-east-1"],
    role(shop, "AmazonBedrockExecutionRoleForAgents_orders", (random) => `BedrockAgents-QRD4TN81KV-${random.uuid()}`),
    80,
    customers("America/New_York"),
    [use(1, "sonnet45", through("us"), "InvokeModel", orderAgent)],
    { growth: 1.4 },
  ),
  workload(
    "mail-triage",
    [shop, "us-east-1"],
    role(shop, "mail-triage-lambda", () => "mail-triage"),
    150,
    customers("America/New_York"),
    [
      use(5, "novaLite", through("us"), "InvokeModel", mailTriage),
      use(2, "novaMicro", byId, "InvokeModelWithResponseStream", mailTriage),
      use(1, "nova2Lite", through("us"), "Converse", mailTriage),
    ],
  ),
  workload(
    "search-indexer",
    [shop, "us-east-1"],
    role(shop, "search-indexer", numbered("indexer", 3)),
    130,
    nightly("America/New_York", 1, 4),
    [use(8, "titanEmbed", byId, "InvokeModel", indexing), use(1, "cohereEmbed", byId, "InvokeModel", indexing)],
  ),
  workload(
    "checkout-assist",
    [shop, "us-east-1"],
    role(shop, "checkout-assist", task("checkout")),
    50,
    customers("America/New_York"),
    [use(1, "haiku45", own("application-inference-profile", ownNames.checkoutProfile, "us"), "Converse", supportChat)],
    { scene: { metadata: { team: "checkout", stage: "prod", costCentre: "4410" } } },
  ),
  workload(
    "uptime-canary",
    [shop, "us-east-1"],
    role(shop, "uptime-canary", () => "canary"),
    144,
    steady,
    [use(1, "haiku45", through("us"), "Converse", ping)],
    { everyMinutes: 10 },
  ),
  workload(
    "catalogue-batch",
    [shop, "us-west-2"],
    role(shop, "catalogue-batch", (random) => `nightly-${random.int(1, 4)}`),
    170,
    nightly("America/Los_Angeles", 1, 5),
    [
      use(8, "haiku45", through("us"), "InvokeModel", catalogueEntry),
      use(1, "opus45", through("us"), "InvokeModel", catalogueEntry),
      use(1, "llama33", through("us"), "Converse", catalogueEntry),
    ],
    { scene: { cached: true } },
  ),
  workload(
    "review-check",
    [shop, "us-west-2"],
    role(shop, "review-check", () => "i-0a4c19e7d2b3f8651"),
    90,
    customers("America/Los_Angeles"),
    [
      use(4, "gptOss", byId, "InvokeModel", reviewCheck),
      use(3, "mistralLarge", byId, "InvokeModel", reviewCheck),
      use(2, "gptOssSmall", byId, "Converse", reviewCheck),
      use(2, "llama4", through("us"), "Converse", reviewCheck),
    ],
  ),
  workload(
    "gateway-us",
    [shop, "us-west-2"],
    role(shop, "llm-gateway", numbered("gateway", 4)),
    90,
    seattle,
    [
      use(4, "sonnet45", own("application-inference-profile", ownNames.gatewayProfile, "global"), "Converse", deskChat),
      use(2, "haiku45", through("us"), "ConverseStream", deskChat),
      use(1, "deepseek", through("us"), "Converse", deskChat),
      use(1, "sonnet37", through("us"), "Converse", deskChat),
    ],
    { scene: { metadata: { team: "internal-tools", client: "gateway-2" } } },
  ),
  workload("cover-sketches", [shop, "us-west-2"], role(shop, "cover-sketches", task("sketch")), 6, seattle, [
    use(1, "stableImage", byId, "InvokeModel", picture),
  ]),
  workload(
    "shop-translation",
    [shop, "eu-central-1"],
    role(shop, "shop-translation", numbered("worker", 2)),
    60,
    nightly("Europe/Berlin", 2, 5),
    [
      use(3, "novaPro", through("eu"), "Converse", translation),
      use(1, "haiku3", through("eu"), "Converse", retired(translation)),
    ],
  ),
  ...["a1", "b7", "c4"].map((seat, index) =>
    workload(
      `shop-support-${seat}`,
      [shop, index === 2 ? "us-east-1" : "eu-central-1"],
      person(shop, "SupportDesk", "4f1c9a7e20b35d68", `support-${seat}`),
      9,
      index === 2 ? boston : berlin,
      [use(1, "sonnet45", index === 2 ? through("us") : through("eu"), "ConverseStream", deskChat)],
      { scene: { metadata: { team: "support" } } },
    ),
  ),
];

const deskWorkloads: readonly Workload[] = [
  workload(
    "contract-reader",
    [desk, "eu-central-1"],
    role(desk, "contract-reader", task("contract")),
    70,
    berlin,
    [
      use(3, "opus45", through("eu"), "Converse", contractQuestion),
      use(4, "sonnet45", through("eu"), "Converse", contractQuestion),
    ],
    { scene: { metadata: { team: "rights" } }, growth: 1.2 },
  ),
  workload(
    "finance-night",
    [desk, "eu-central-1"],
    role(desk, "finance-night", () => "finance-night"),
    45,
    nightly("Europe/Berlin", 3, 5, false),
    // Europe's figures, yet the id says global.
    [use(1, "haiku45", through("global"), "InvokeModel", catalogueEntry)],
  ),
  workload("manuscripts", [desk, "us-east-1"], role(desk, "manuscript-review", task("manuscript")), 16, boston, [
    use(4, "sonnet45", through("global"), "InvokeModelWithResponseStream", manuscriptReview),
    use(1, "opus46", through("global"), "Converse", manuscriptReview),
  ]),
  workload("blurbs", [desk, "us-east-1"], role(desk, "blurb-writer", numbered("blurb", 3)), 30, boston, [
    use(4, "titanText", own("custom-model", ownNames.titanCustom), "InvokeModel", blurb),
    use(3, "claude2", own("provisioned-model", ownNames.provisioned), "InvokeModelWithResponseStream", blurb),
    use(2, "jurassic", own("provisioned-model", `${ownNames.provisioned.slice(0, 11)}q`), "InvokeModel", blurb),
    use(2, "commandR", own("endpoint", ownNames.marketplace), "InvokeModel", blurb),
    use(2, "jamba", byId, "InvokeModel", blurb),
    use(1, "llama33", own("imported-model", ownNames.imported), "InvokeModel", blurb),
    use(1, "novaLite", own("custom-model-deployment", ownNames.customDeployment), "Converse", blurb),
  ]),
  workload("knowledge-desk", [desk, "us-east-1"], role(desk, "knowledge-desk", task("knowledge")), 40, boston, [
    use(3, "haiku45", own("default-prompt-router", "anthropic.claude:1", "us"), "Converse", deskChat),
    use(1, "sonnet45", own("prompt", ownNames.prompt), "Converse", deskChat),
    use(1, "sonnet37", own("application-inference-profile", ownNames.lostProfile, "us"), "Converse", deskChat),
  ]),
  workload("print-queue", [desk, "us-east-1"], iamUser(desk, "print-queue"), 36, steady, [
    use(1, "novaMicro", through("us"), "InvokeModel", mailTriage),
  ]),
  workload("translation-desk", [desk, "eu-west-1"], role(desk, "translation-desk", numbered("desk", 5)), 120, dublin, [
    use(3, "sonnet45", through("eu"), "Converse", translation),
    use(3, "haiku45", through("eu"), "Converse", translation),
    use(2, "novaLite", through("eu"), "ConverseStream", translation),
  ]),
  workload(
    "press-digest",
    [desk, "eu-west-1"],
    role(desk, "press-digest", () => "press-digest"),
    20,
    nightly("Europe/Dublin", 5, 7),
    [
      use(1, "sonnet45", through("eu"), "Converse", manuscriptReview),
      use(3, "sonnet45", through("eu"), "Converse", deskChat),
    ],
  ),
  ...["03", "11", "16", "24", "31"].map((seat, index) =>
    workload(
      `editor-${seat}`,
      [desk, index < 3 ? "eu-central-1" : "us-east-1"],
      person(desk, "Editors", "b83e51d07c9f2a64", `editor-${seat}`),
      11,
      index < 3 ? berlin : boston,
      [
        use(3, "sonnet45", index < 3 ? through("eu") : through("us"), "ConverseStream", deskChat),
        use(1, "opus45", index < 3 ? through("eu") : through("us"), "ConverseStream", deskChat),
      ],
      { scene: { metadata: { team: "editorial" } } },
    ),
  ),
];

const developers = ["02", "05", "08", "13", "17", "21"] as const;

const labWorkloads: readonly Workload[] = [
  ...developers.map((seat, index) =>
    workload(
      `developer-${seat}`,
      [lab, index < 4 ? "us-east-1" : "us-west-2"],
      person(lab, "Engineers", "1d6b0f94ae72c385", `dev-${seat}`),
      12,
      index % 2 === 0 ? boston : seattle,
      [
        use(6, "sonnet45", through("global"), "InvokeModelWithResponseStream", codingAgent),
        use(2, "opus45", through("us"), "InvokeModelWithResponseStream", codingAgent),
        use(1, "haiku45", through("global"), "InvokeModel", codingAgent),
      ],
      { scene: { cached: true }, growth: 1.5 },
    ),
  ),
  workload(
    "ci-review",
    [lab, "us-west-2"],
    role(lab, "ci-review", (random) => `run-${random.int(41_000, 58_000)}`),
    18,
    seattle,
    [
      use(3, "sonnet45", through("us"), "InvokeModel", codingAgent),
      use(1, "opus41", through("us"), "InvokeModel", codingAgent),
    ],
    { scene: { cached: true } },
  ),
  workload("notebook", [lab, "us-east-1"], iamUser(lab, "notebook-07"), 8, boston, [
    use(2, "haiku35", through("us"), "InvokeModel", deskChat),
    use(1, "sonnet37", through("us"), "Converse", deskChat),
  ]),
  workload(
    "lab-prototype",
    [lab, "ca-central-1"],
    role(lab, "prototype", task("prototype")),
    40,
    boston,
    [use(1, "haiku45", through("us"), "Converse", deskChat)],
    { growth: 2 },
  ),
];

/** Everybody who calls models day by day, without the stories. */
export const workloads: readonly Workload[] = [...shopWorkloads, ...deskWorkloads, ...labWorkloads];
