import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { cruise, type ICruiseResult, type IForbiddenRuleType } from "dependency-cruiser";
import { afterAll, expect, test } from "vitest";

const features = "server/(sources|normalize|pricing|signals|detections|findings|controls|metrics|reports|trail|aws)";
const verbs = "server/(ingest|detect|check|report|doctor)";
const verbFiles = `^${verbs}([-.]|/)`;
const above =
  "^(scripts|web|server/(app|main|setup|setup-models|setup-prices|setup-store|supervise-ingest|supervised-ingest|schedule|shell|security|problem|json-log|config)[.]ts|server/(routes|auth)/)";

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
    { path: "^((server|web)/.+)/[^/]+$", pathNot: "/list[.]ts$" },
    { path: "^$1/list[.]ts$" },
  ),
  forbid("verbs-are-strangers", { path: `^${verbs}([-.]|/)` }, { path: verbFiles, pathNot: "^server/$1([-.]|/)" }),
  forbid("verbs-below-routes", { path: verbFiles }, { path: above }),
  forbid(
    "routes-and-auth-are-strangers",
    { path: "^server/(routes|auth)/" },
    { path: "^server/(routes|auth)/", pathNot: "^server/$1/" },
  ),
  forbid(
    "routes-below-app",
    { path: "^server/(routes|auth)/" },
    { path: "^server/(app|main|setup|setup-models|setup-prices|setup-store)[.]ts" },
  ),
  forbid(
    "config-is-a-leaf",
    { path: "^server/config[.]ts" },
    { path: "^(server|web|scripts)/", pathNot: "^server/(domain|lib)/" },
  ),
  forbid(
    "config-comes-from-above",
    {
      path: "^server/",
      pathNot: "^server/(main|app|setup|setup-models|setup-prices|setup-store|supervise-ingest)[.]ts",
    },
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
const floor = 540;

/** One import that each rule forbids. */
const breaks: ReadonlyMap<string, readonly [from: string, to: string]> = new Map([
  ["no-circles", ["web/charts/a.ts", "web/charts/b.ts"]],
  ["domain-is-ground", ["server/domain/finding.ts", "server/lib/errors.ts"]],
  ["domain-runs-anywhere", ["server/domain/endpoint.ts", "node:fs"]],
  ["domain-takes-two-packages", ["server/domain/metric.ts", "express"]],
  ["lib-knows-no-product", ["server/lib/clock.ts", "server/domain/severity.ts"]],
  ["store-below-features", ["server/store/lake.ts", "server/signals/spans.ts"]],
  ["features-are-strangers", ["server/metrics/catalog.ts", "server/pricing/price-book.ts"]],
  ["features-below-verbs", ["server/sources/s3.ts", "server/ingest-claims.ts"]],
  ["plugins-do-not-import-their-list", ["server/controls/collectors/usage.ts", "server/controls/collectors/list.ts"]],
  ["verbs-are-strangers", ["server/detect.ts", "server/ingest/worker.ts"]],
  ["verbs-below-routes", ["server/report.ts", "server/routes/findings.ts"]],
  ["routes-and-auth-are-strangers", ["server/routes/status.ts", "server/auth/session.ts"]],
  ["routes-below-app", ["server/routes/metrics.ts", "server/app.ts"]],
  ["config-is-a-leaf", ["server/config.ts", "server/store/tables.ts"]],
  ["config-comes-from-above", ["server/trail/trail.ts", "server/config.ts"]],
  ["server-sees-no-web", ["server/shell.ts", "web/main.tsx"]],
  ["server-sees-no-scripts", ["server/main.ts", "scripts/command.ts"]],
  ["web-sees-domain-only", ["web/api.ts", "server/lib/time.ts"]],
  ["scripts-stay-thin", ["scripts/serve.ts", "server/routes/route.ts"]],
  ["only-aws-holds-credentials", ["server/check.ts", "@aws-sdk/client-sts"]],
]);

const world = mkdtempSync(join(tmpdir(), "architecture-"));
afterAll(() => rmSync(world, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(world, file)), { recursive: true });
  writeFileSync(join(world, file), text, { flag: "a" });
}

/** A tree in which each forbidden import stands once, as an `import type`. */
function brokenTree(): void {
  for (const [from, to] of breaks.values()) {
    const isFile = /[.]tsx?$/.test(to);
    const specifier = isFile ? `./${relative(dirname(from), to)}` : to;
    write(from, `import type {} from "${specifier}";\nexport {};\n`);
    if (isFile) write(to, "export {};\n");
    else if (!to.startsWith("node:")) {
      write(`node_modules/${to}/package.json`, JSON.stringify({ name: to, main: "index.js" }));
      write(`node_modules/${to}/index.js`, "");
    }
  }
  write("web/charts/b.ts", `import type {} from "./a.ts";\n`);
  write("package.json", JSON.stringify({ dependencies: { express: "5", "@aws-sdk/client-sts": "3" } }));
}

async function violations(baseDir: string): Promise<{ readonly found: readonly string[]; readonly modules: number }> {
  const { output } = await cruise(["server", "scripts", "web"], {
    baseDir,
    ruleSet: { forbidden: rules },
    validate: true,
    tsPreCompilationDeps: true, // or a forbidden `import type` goes unseen
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: {
      extensions: [".ts", ".tsx", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "types", "default"],
    },
  });
  const { summary } = output as ICruiseResult;
  return {
    found: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`),
    modules: summary.totalCruised,
  };
}

test("imports go down, features are strangers, the web knows the domain alone", async () => {
  const { found, modules } = await violations(process.cwd());
  expect(found).toEqual([]);
  expect(modules).toBeGreaterThan(floor);
}, 120_000);

test("every rule bites", async () => {
  brokenTree();
  const { found } = await violations(world);
  expect([...breaks.keys()]).toEqual(rules.map(({ name }) => name));
  for (const [name, [from]] of breaks) {
    expect(
      found.some((text) => text.startsWith(`${name}: ${from} → `)),
      name,
    ).toBe(true);
  }
}, 120_000);
