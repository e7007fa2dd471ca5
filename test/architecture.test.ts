import { cruise, type ICruiseResult, type IForbiddenRuleType } from "dependency-cruiser";
import { expect, test } from "vitest";

const features = "server/(sources|normalize|pricing|signals|detections|findings|controls|metrics|reports|trail|aws)";
const verbs = "server/(ingest|detect|check|report)";
const verbFiles = `^${verbs}([-.]|/)`;
const above =
  "^(scripts|web|server/(app|main|setup|schedule|shell|security|problem|json-log|config)[.]ts|server/(routes|auth)/)";

function forbid(name: string, from: object, to: object): IForbiddenRuleType {
  return { name, severity: "error", from, to } as IForbiddenRuleType;
}

const rules: IForbiddenRuleType[] = [
  forbid("no-circles", {}, { circular: true }),
  forbid(
    "domain-is-ground",
    { path: "^server/domain/" },
    { path: "^(server|web|scripts)/", pathNot: "^server/domain/" },
  ),
  forbid("domain-runs-anywhere", { path: "^server/domain/" }, { dependencyTypes: ["core"] }),
  forbid(
    "domain-takes-two-packages",
    { path: "^server/domain/" },
    { path: "node_modules", pathNot: "node_modules/(zod|luxon|@types/luxon)/" },
  ),
  forbid("lib-knows-no-product", { path: "^server/lib/" }, { path: "^(server|web|scripts)/", pathNot: "^server/lib/" }),
  forbid(
    "store-below-features",
    { path: "^server/store/" },
    { path: "^(server|web|scripts)/", pathNot: "^server/(store|domain|lib)/" },
  ),
  forbid("features-are-strangers", { path: `^${features}/` }, { path: `^${features}/`, pathNot: "^server/$1/" }),
  forbid("features-below-verbs", { path: `^${features}/` }, { path: [verbFiles, above] }),
  forbid(
    "plugins-do-not-import-their-list",
    { path: "^server/(signals|detections|controls|normalize/families)/(?!list[.]ts)" },
    { path: "^server/$1/list[.]ts$" },
  ),
  forbid("verbs-are-strangers", { path: `^${verbs}([-.]|/)` }, { path: verbFiles, pathNot: "^server/$1([-.]|/)" }),
  forbid("verbs-below-routes", { path: verbFiles }, { path: above }),
  forbid(
    "routes-and-auth-are-strangers",
    { path: "^server/(routes|auth)/" },
    { path: "^server/(routes|auth)/", pathNot: "^server/$1/" },
  ),
  forbid("routes-below-app", { path: "^server/(routes|auth)/" }, { path: "^server/(app|main|setup)[.]ts" }),
  forbid(
    "config-is-a-leaf",
    { path: "^server/config[.]ts" },
    { path: "^(server|web|scripts)/", pathNot: "^server/(domain|lib)/" },
  ),
  forbid(
    "config-comes-from-above",
    { path: "^server/", pathNot: "^server/(main|app|setup)[.]ts" },
    { path: "^server/config[.]ts" },
  ),
  forbid("server-sees-no-web", { path: "^server/" }, { path: "^web/" }),
  forbid("server-sees-no-scripts", { path: "^server/" }, { path: "^scripts/" }),
  forbid("web-sees-domain-only", { path: "^web/" }, { path: "^(server|scripts)/", pathNot: "^server/domain/" }),
  forbid("scripts-stay-thin", { path: "^scripts/" }, { path: "^(web/|server/(app[.]ts|routes/|auth/))" }),
  forbid(
    "only-aws-holds-credentials",
    { path: "^server/", pathNot: "^server/aws/" },
    { path: "node_modules/@aws-sdk/(credential-providers|client-sts)" },
  ),
];

/** About nine tenths of the modules that there are: a parser that sees nothing finds nothing, and says "all well". */
const floor = 400;

test("imports go down, features are strangers, the web knows the domain alone", async () => {
  const { output } = await cruise(["server", "scripts", "web"], {
    ruleSet: { forbidden: rules },
    validate: true,
    tsPreCompilationDeps: true, // or a forbidden `import type` goes unseen
    doNotFollow: { path: "node_modules" },
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "default"],
    },
  });
  const { summary } = output as ICruiseResult;
  expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`)).toEqual([]);
  expect(summary.totalCruised).toBeGreaterThan(floor);
}, 120_000);
