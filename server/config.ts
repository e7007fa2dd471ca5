import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { Policy } from "./domain/policy.ts";
import { ReportDefinition } from "./domain/report.ts";
import { UserError } from "./lib/errors.ts";

const account = z.string().regex(/^\d{12}$/, "an account is 12 digits, in quotes");
const zone = z.string().refine(isTimeZone, "not an IANA time zone such as Europe/Berlin");

/** Whose keys read a source. */
const readAs = {
  account: account.optional(),
  roleArn: z
    .string()
    .regex(/^arn:aws[a-z-]*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/, "not the ARN of a role")
    .optional(),
  externalId: z
    .string()
    .regex(/^[\w+=,.@:/-]{2,1224}$/, "not an external id")
    .optional(),
};
type ReadAs = Readonly<Partial<Record<keyof typeof readAs, string | undefined>>>;

const isOneReader = ({ account: of, externalId, roleArn }: ReadAs) =>
  roleArn === undefined ? externalId === undefined : of === undefined;
const oneReader = "name a roleArn, with an externalId or without, or an account";

const SourceSetting = z.discriminatedUnion("kind", [
  z
    .strictObject({
      kind: z.literal("s3"),
      bucket: z.string().min(3).max(63),
      prefixes: z.array(z.string().max(900)).min(1).default([""]),
      bucketOwner: account,
      region: z.string().optional(),
      ...readAs,
    })
    .refine(isOneReader, oneReader),
  z
    .strictObject({
      kind: z.literal("cloudwatch"),
      logGroupArn: z.string().startsWith("arn:"),
      ...readAs,
    })
    .refine(isOneReader, oneReader),
  z.strictObject({ kind: z.literal("folder"), path: z.string().min(1) }),
]);
export type SourceSetting = Readonly<z.infer<typeof SourceSetting>>;

/** Days of a retention; fewer than 30 would undercut what is asked of the logs themselves. */
const days = (standard: number) => z.number().int().min(30).max(36_500).default(standard);

/** Every setting, its default and its meaning. An unknown key is an error; nothing else reads file or environment. */
const ConfigSchema = z.strictObject({
  store: z
    .strictObject({
      dir: z.string().min(1).default("./data").describe("Folder of catalog, lake, keys and quarantine."),
      allowNetworkDisk: z
        .boolean()
        .default(false)
        .describe("Use that folder also on NFS, SMB, FUSE and the like, where locks may not hold."),
    })
    .prefault({}),
  server: z
    .strictObject({
      host: z.string().default("127.0.0.1").describe("Address to listen on; loopback only."),
      port: z.number().int().min(0).max(65_535).default(8080).describe("Port; 0 takes any free one and prints it."),
    })
    .prefault({}),
  web: z
    .strictObject({
      timeZone: zone.default("UTC").describe("Zone of days, weeks and labels."),
      revealTtl: z
        .number()
        .int()
        .min(10)
        .max(3600)
        .default(300)
        .describe("Seconds that revealed content stays on screen."),
    })
    .prefault({}),
  aws: z
    .strictObject({
      profile: z.string().nullable().default(null).describe("Profile of the shared AWS configuration."),
      region: z.string().nullable().default(null).describe("Region of the first calls; default us-east-1."),
      endpoint: z.url().nullable().default(null).describe("Address of all AWS services, for tests and the demo."),
      s3Endpoint: z.url().nullable().default(null).describe("Address of S3 alone."),
      accounts: z.array(account).default([]).describe("Accounts to read; empty: that of the credentials."),
      organization: z
        .boolean()
        .default(false)
        .describe("Read the accounts of the organisation; `aws.accounts` then says which of them."),
      regions: z.array(z.string()).default([]).describe("Regions to read; empty: all that are enabled."),
      roleName: z.string().default("bedrock-audit").describe("Role that is assumed in other accounts."),
      externalId: z.string().nullable().default(null).describe("External id that the role asks for."),
    })
    .prefault({}),
  ingest: z
    .strictObject({
      since: z
        .string()
        .regex(/^(\d{1,4}d|\d{4}-\d{2}-\d{2})$/, "write 30d or 2026-11-01")
        .default("30d")
        .describe("How far back the first start reads: days, or a date."),
      workers: z
        .number()
        .int()
        .min(1)
        .max(4)
        .nullable()
        .default(null)
        .describe("Worker threads; null: one a core, one less beside a server or where there are over two, 1 to 4."),
      inFlightBytes: z
        .number()
        .int()
        .min(2 ** 20)
        .max(2 ** 30)
        .default(64 * 2 ** 20)
        .describe("Bytes of decompressed bodies that may wait to be written; reading pauses above."),
      memory: z
        .number()
        .int()
        .min(2 ** 28)
        .default(2 ** 29)
        .describe("Bytes of memory that reading may take; from 1 GiB on, fewer and larger segments are written."),
      quotaShare: z
        .number()
        .min(0.01)
        .max(1)
        .default(0.5)
        .describe("Share of AWS's quotas that reading takes; the account's other work has the rest."),
      modelMapping: z
        .string()
        .min(1)
        .nullable()
        .default(null)
        .describe("YAML file of the models behind ARNs that AWS does not explain."),
      pollSeconds: z.number().int().min(5).max(3600).default(60).describe("Seconds between two looks at the sources."),
    })
    .prefault({}),
  quarantine: z
    .strictObject({
      maxBytes: z
        .number()
        .int()
        .min(0)
        .default(2 ** 30)
        .describe("Bytes of unreadable records that are kept; beyond them place and hash only."),
    })
    .prefault({}),
  retention: z
    .strictObject({
      content: days(90).describe("Days that prompts, answers and quarantined bytes are kept."),
      invocations: days(400).describe("Days that calls, their signals and copies are kept."),
      rollups: days(1_100).describe("Days that sums by hour and day are kept; at least as long as their calls."),
    })
    .prefault({}),
  sources: z.array(SourceSetting).default([]).describe("Places of logs beside those that are discovered."),
  check: z
    .strictObject({
      policy: z
        .string()
        .min(1)
        .default("default")
        .describe("What is asked of the logs: a YAML file, or a shipped name."),
      waivers: z.string().min(1).nullable().default(null).describe("YAML file of what was accepted."),
    })
    .prefault({}),
  publish: z
    .strictObject({
      securityHub: z
        .strictObject({
          roleName: z
            .string()
            .regex(/^[\w+=,.@/-]{1,512}$/, "not the name of a role")
            .default("bedrock-audit-publish")
            .describe("Role that publishing assumes in each account; it may import findings, and nothing else."),
          region: z
            .string()
            .regex(/^[a-z]{2,6}(-[a-z]+){1,3}-\d{1,2}$/, "write it as us-east-1")
            .nullable()
            .default(null)
            .describe("Region whose Security Hub takes the findings of all; default: each its own."),
          scheduled: z
            .boolean()
            .default(false)
            .describe("The server's own runs are published, too: each hour, under the same role."),
        })
        .prefault({}),
    })
    .prefault({}),
  prices: z
    .strictObject({
      overrides: z.string().nullable().default(null).describe("YAML file of own prices."),
    })
    .prefault({}),
  reports: z
    .array(ReportDefinition)
    .refine((list) => new Set(list.map(({ id }) => id)).size === list.length, "two reports have the same id")
    .default([])
    .describe("Reports by id: title, window, time zone, filters and formats."),
  policy: Policy.prefault({}).describe("What the organisation allows: places, and callers with keys of their own."),
});

export type Config = z.infer<typeof ConfigSchema>;

/** The parts that a command line sets; undefined leaves the setting alone. */
export interface ConfigFlags {
  readonly data?: string | undefined;
  readonly config?: string | undefined;
  readonly port?: number | undefined;
  readonly since?: string | undefined;
  readonly profile?: string | undefined;
  readonly accounts?: readonly string[] | undefined;
  readonly organization?: boolean | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly roleName?: string | undefined;
  readonly externalId?: string | undefined;
  readonly endpoint?: string | undefined;
}

const defaultFile = "bedrock-audit.yaml";
const envPrefix = "BEDROCK_AUDIT_";

/**
 * Flags over environment over file over defaults. The file is `fallbackFile`, if there, unless `flags.config` names one.
 * Throws `UserError` that names the key, and the place in the file.
 */
export function loadConfig(
  flags: ConfigFlags = {},
  environment: NodeJS.ProcessEnv = process.env,
  fallbackFile: string | null = defaultFile,
): Config {
  const file = flags.config ?? (fallbackFile !== null && existsSync(fallbackFile) ? fallbackFile : null);
  const { value, locate } = file === null ? { value: {}, locate: () => "" } : readYaml(file);
  const fromEnvironment = environmentSettings(environment);
  const merged = [fromEnvironment, flagSettings(flags)].reduce(merge, value);
  const parsed = ConfigSchema.safeParse(merged);
  if (parsed.success) return deepFreeze(parsed.data);
  const issue = parsed.error.issues[0];
  const path = issue?.path.map(String) ?? [];
  const unknown =
    issue?.code === "unrecognized_keys" ? issue.keys.map((key) => [...path, key].join(".")).join(", ") : null;
  throw new UserError(
    unknown === null
      ? `setting ${path.join(".") || "(file)"}${locate(path)}: ${issue?.message ?? "not readable"}`
      : `unknown setting ${unknown}${locate(issue?.code === "unrecognized_keys" ? [...path, ...issue.keys] : path)}`,
    "Correct it; the README lists every setting.",
  );
}

/** Settings by dotted name with default and meaning, for the documentation. */
export function describeSettings(): { name: string; fallback: unknown; meaning: string }[] {
  return settingsOf("", ConfigSchema, ConfigSchema.parse({}));
}

/** A section has no meaning of its own: its settings have. */
function settingsOf(name: string, schema: z.ZodType, fallback: unknown): ReturnType<typeof describeSettings> {
  const inner = schema instanceof z.ZodPrefault ? schema.unwrap() : schema;
  if (schema.description !== undefined || !(inner instanceof z.ZodObject))
    return [{ name, fallback, meaning: schema.description ?? "" }];
  const values = fallback as Record<string, unknown>;
  return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([key, field]) =>
    settingsOf(name === "" ? key : `${name}.${key}`, field, values[key]),
  );
}

function readYaml(file: string): { value: Record<string, unknown>; locate: (path: readonly string[]) => string } {
  let text: string;
  try {
    text = readFileSync(resolve(file), "utf8");
  } catch (cause) {
    throw new UserError(`${file} could not be read`, "Name a readable file with --config.", { cause });
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const error = document.errors[0];
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new UserError(`${file}:${line}:${col}: not readable as YAML (${error.code})`, "Correct the file.");
  }
  const value: unknown = document.toJS() ?? {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UserError(`${file}: holds no settings`, "Write `section:` lines, or remove the file.");
  }
  return {
    value: value as Record<string, unknown>,
    locate(path) {
      const node = document.getIn(path, true) as { range?: [number, number, number] } | undefined;
      if (node?.range === undefined) return ` (${file})`;
      const { line, col } = lines.linePos(node.range[0]);
      return ` (${file}:${line}:${col})`;
    },
  };
}

/** `BEDROCK_AUDIT_SERVER_PORT=9000` is `server.port`; and the AWS SDK's own words for endpoint, profile and region. */
function environmentSettings(environment: NodeJS.ProcessEnv): Record<string, unknown> {
  let settings: Record<string, unknown> = {};
  const known = new Map(describeSettings().map(({ name, fallback }) => [environmentName(name), { name, fallback }]));
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(envPrefix) || text === undefined) continue;
    const setting = known.get(variable);
    if (setting === undefined) {
      throw new UserError(
        `unknown setting in the environment: ${variable}`,
        "Remove it; the README lists every setting.",
      );
    }
    settings = merge(settings, nested(setting.name, scalar(text, setting.fallback)));
  }
  const sdk = {
    profile: "AWS_PROFILE",
    region: "AWS_REGION",
    endpoint: "AWS_ENDPOINT_URL",
    s3Endpoint: "AWS_ENDPOINT_URL_S3",
  };
  for (const [key, variable] of Object.entries(sdk)) {
    const text = environment[variable];
    if (text !== undefined && text !== "") settings = merge(nested(`aws.${key}`, text), settings);
  }
  return settings;
}

/** The file to which a step of GitHub Actions writes its summary; null anywhere else. */
export function stepSummaryFile(environment: NodeJS.ProcessEnv = process.env): string | null {
  const file = environment["GITHUB_STEP_SUMMARY"];
  return file === undefined || file === "" ? null : file;
}

function environmentName(setting: string): string {
  return (
    envPrefix +
    setting
      .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
      .replaceAll(".", "_")
      .toUpperCase()
  );
}

function scalar(text: string, fallback: unknown): unknown {
  if (typeof fallback === "boolean" && (text === "true" || text === "false")) return text === "true";
  if (Array.isArray(fallback)) return text === "" ? [] : text.split(",").map((part) => part.trim());
  const isNumber = /^\d+(\.\d+)?$/.test(text) && (typeof fallback === "number" || fallback === null);
  return isNumber ? Number(text) : text;
}

function flagSettings(flags: ConfigFlags): Record<string, unknown> {
  const pairs: [string, unknown][] = [
    ["store.dir", flags.data],
    ["server.port", flags.port],
    ["ingest.since", flags.since],
    ["aws.profile", flags.profile],
    ["aws.accounts", flags.accounts],
    ["aws.organization", flags.organization],
    ["aws.regions", flags.regions],
    ["aws.roleName", flags.roleName],
    ["aws.externalId", flags.externalId],
    ["aws.endpoint", flags.endpoint],
  ];
  return pairs
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => nested(name, value))
    .reduce(merge, {});
}

function nested(name: string, value: unknown): Record<string, unknown> {
  return name.split(".").reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;
}

/** `over` wins; sections are merged key by key, lists are replaced. */
function merge(under: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const result = { ...under };
  for (const [key, value] of Object.entries(over)) {
    const below = result[key];
    result[key] = isSection(value) && isSection(below) ? merge(below, value) : value;
  }
  return result;
}

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value);
}
