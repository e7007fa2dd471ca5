import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { stringify } from "yaml";
import {
  type NamedPolicy,
  openBaseline,
  openPolicy,
  openWaivers,
  readPolicy,
  readWaivers,
} from "../server/check-settings.ts";
import { type Checked, selectControls } from "../server/check.ts";
import { judgeRun } from "../server/controls/check-report.ts";
import {
  evidenceFiles,
  type EvidenceFiles,
  manifestFile,
  readEvidence,
  readManifest,
  refused,
  type SavedRun,
} from "../server/controls/evidence-files.ts";
import type { Gate } from "../server/controls/summary.ts";
import type { CheckReport } from "../server/domain/compliance.ts";
import { errorCode, UserError } from "../server/lib/errors.ts";
import { sha256Hex } from "../server/lib/hash.ts";
import { type Asked, controlsOf, historyLeftOut } from "./check-asked.ts";
import type { CheckFlags } from "./check-flags.ts";

/** Evidence is not written over: throws `UserError` for a folder that holds anything, before AWS is asked. */
export function requireEmpty(folder: string): void {
  if (!existsSync(folder)) return;
  if (!lstatSync(folder).isDirectory() || readdirSync(folder).length > 0)
    throw new UserError(
      `${folder} is not an empty folder`,
      "Name a new folder with --save: evidence is never overwritten.",
    );
}

/** Flags of a look at AWS, and of what is kept of one, by their long names. */
const ofAws = {
  account: "account",
  org: "org",
  region: "region",
  profile: "profile",
  roleName: "role-name",
  externalId: "external-id",
  data: "data",
  config: "config",
  save: "save",
  demo: "demo",
  publish: "publish",
  dryRun: "dry-run",
  maxRuntime: "max-runtime",
  concurrency: "concurrency",
} as const satisfies Partial<Record<keyof CheckFlags, string>>;

/** What was seen is judged as it is. Throws `UserError` for a flag that says how to look, rather than to ignore it. */
export function requireNoAws(flags: CheckFlags): void {
  const wrong = Object.entries(ofAws).find(([flag]) => flags[flag as keyof typeof ofAws] !== undefined);
  if (wrong !== undefined) throw new UserError(`--${wrong[1]} has no meaning with --from`, "Leave one of them away.");
}

/** Writes a run's evidence and gives the hash of its manifest: what it holds cannot be changed unseen by who knows that. */
export function saveEvidence(
  folder: string,
  { report, snapshot }: Checked,
  asked: Pick<Asked, "policy" | "waiversText">,
): string {
  const texts = {
    policyName: asked.policy.name,
    policy: stringify(asked.policy.settings),
    waivers: asked.waiversText ?? "waivers: []\n",
  };
  const files = evidenceFiles(snapshot, report, texts, newestManifest(path.dirname(path.resolve(folder))));
  try {
    writeWhole(folder, files);
  } catch (cause) {
    throw new UserError(`${folder} could not be written: ${errorCode(cause)}`, "Name a place that can be written.", {
      cause,
      exitCode: 3,
    });
  }
  return sha256Hex(files.get(manifestFile) ?? "");
}

/** In a new folder beside it, which is then renamed: what bears the name is whole. */
function writeWhole(folder: string, files: EvidenceFiles): void {
  const whole = path.resolve(folder);
  mkdirSync(path.dirname(whole), { recursive: true });
  const partial = mkdtempSync(`${whole}.partial-`);
  try {
    for (const [name, text] of files) {
      const file = path.join(partial, name);
      mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(file, text, { mode: 0o600 });
    }
    // It was empty before AWS was asked: what has come into it since stays.
    if (existsSync(whole)) rmdirSync(whole);
    renameSync(partial, whole);
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    throw error;
  }
}

const mostSiblings = 10_000;

/** Hash of the newest manifest in the folders beside: each run's evidence names the one before it. null: there is none. */
function newestManifest(parent: string): string | null {
  const found = (existsSync(parent) ? readdirSync(parent) : []).slice(0, mostSiblings).flatMap((name) => {
    const file = path.join(parent, name, manifestFile);
    try {
      const text = textOf(file);
      return [{ at: readManifest(file, text).run.startedAt, hash: sha256Hex(text) }];
    } catch {
      // It is no evidence of ours.
      return [];
    }
  });
  return found.toSorted((a, b) => (a.at < b.at ? -1 : 1)).at(-1)?.hash ?? null;
}

/** Reads a folder of evidence, and nothing that lies outside. Throws `UserError` (3) that names what is not as it was saved. */
export function openEvidence(folder: string): SavedRun {
  const files = filesBelow(folder, "", 0);
  if (files.length > mostFiles) throw refused(folder, "there are more files than a run has");
  const bytes = files.reduce((sum, file) => sum + lstatSync(path.join(folder, file)).size, 0);
  if (bytes > mostBytes) throw refused(folder, "it is larger than 1 GiB");
  return readEvidence(folder, new Map(files.map((file) => [file, textOf(path.join(folder, file))])));
}

const mostFiles = 100_010;
const longestFile = 64 * 1024 * 1024;
/** Of all files together: they are read into memory. */
const mostBytes = 1024 * 1024 * 1024;
const deepest = 3;

/** Their paths below the folder. */
function filesBelow(folder: string, under: string, depth: number): readonly string[] {
  const place = path.join(folder, under);
  const names = folderNames(place);
  if (names.length > mostFiles || depth > deepest) throw refused(place, "there are more files than a run has");
  return names.flatMap((name) => {
    const below = under === "" ? name : `${under}/${name}`;
    return lstatSync(path.join(folder, below)).isDirectory() ? filesBelow(folder, below, depth + 1) : [below];
  });
}

function folderNames(place: string): readonly string[] {
  try {
    return readdirSync(place);
  } catch (cause) {
    throw refused(place, errorCode(cause));
  }
}

/** A regular file of UTF-8: a link could lead anywhere. */
function textOf(file: string): string {
  const found = lstatSync(file);
  if (!found.isFile()) throw refused(file, "it is no regular file");
  if (found.size > longestFile) throw refused(file, "it is larger than 64 MiB");
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(file));
  } catch (cause) {
    throw refused(file, errorCode(cause));
  }
}

type AskedAgain = Pick<Asked, "accepted" | "controls" | "leftOut" | "policy"> & { readonly now: number };

/** What is asked of the run that was saved: by flags, else as it was asked then. */
export function askedOfEvidence(flags: CheckFlags, { asked, snapshot }: SavedRun): AskedAgain {
  const now = flags.now ?? Date.parse(snapshot.run.clock);
  const policy = flags.policy === undefined ? policyThen(asked) : openPolicy(flags.policy);
  const waivers =
    flags.waivers === undefined ? readWaivers("waivers.yaml", asked.waivers, now) : openWaivers(flags.waivers, now);
  const baseline = openBaseline(flags.baseline ?? null, now);
  const controls = controlsOf(flags, policy).filter(
    (id) => flags.controls !== undefined || !snapshot.without.includes(id),
  );
  return { policy, controls, leftOut: historyLeftOut(flags, snapshot.without), accepted: { waivers, baseline }, now };
}

function policyThen({ policy, policyName }: SavedRun["asked"]): NamedPolicy {
  return { name: policyName, file: null, settings: readPolicy("policy.yaml", policy) };
}

/** What is said of what a run saw: no network is used. The same evidence and options give the same bytes. */
export function judgeEvidence(
  { manifestSha256, snapshot }: SavedRun,
  { accepted, allowUnknown, controls: ids, failOn, now, policy }: Omit<AskedAgain, "leftOut"> & Gate,
): CheckReport {
  const controls = selectControls(ids, policy.settings);
  const options = { allowUnknown, failOn, controls, policy: policy.settings, now, accepted, policyName: policy.name };
  return { ...judgeRun(snapshot, options), manifestSha256 };
}
