import path from "node:path";
import { z } from "zod";
import { CheckReport } from "../domain/compliance.ts";
import { visibleText } from "../domain/visible-text.ts";
import { parseJson } from "../lib/bounded-json.ts";
import { UserError } from "../lib/errors.ts";
import { sha256Hex } from "../lib/hash.ts";
import { byPlace, type RunSnapshot } from "./check-report.ts";
import { placeOf, type TargetSnapshot } from "./target-snapshot.ts";
import { savedTarget, targetSnapshotFrom } from "./target-snapshot-file.ts";

/** A folder of evidence: each file's text by its path below the folder, with slashes. */
export type EvidenceFiles = ReadonlyMap<string, string>;

export const manifestFile = "manifest.json";
const policyFile = "policy.yaml";
const waiversFile = "waivers.yaml";
const resultsFile = "results.json";
/** Nothing else stands in such a folder, and no path leads out of it. */
const ownPath = /^(policy\.yaml|waivers\.yaml|results\.json|snapshot\/\d{12}\/[a-z]{2,6}(-[a-z]+){1,3}-\d{1,2}\.json)$/;
const version = 1;
const deepest = 64;

/** What was asked of the run, as texts that can be asked again. */
export interface AskedTexts {
  readonly policyName: string;
  readonly policy: string;
  readonly waivers: string;
}

const hash = z.string().regex(/^[0-9a-f]{64}$/);

const Manifest = z.strictObject({
  schemaVersion: z.literal(version),
  kind: z.literal("bedrock-audit-evidence"),
  run: z.strictObject(CheckReport.shape.run.omit({ exitCode: true }).shape),
  window: z.strictObject(CheckReport.shape.window.shape),
  scope: z.string(),
  policyName: z.string(),
  without: z.array(z.string()),
  /** Of the manifest that was written before this one beside it; null: there was none. */
  previous: hash.nullable(),
  files: z
    .array(z.strictObject({ path: z.string().regex(ownPath), bytes: z.number().int().min(0), sha256: hash }))
    .max(100_000),
});
export type Manifest = z.infer<typeof Manifest>;

/** All files of a run's evidence, the manifest with them. `report`: judged from this very run. Holds no credentials. */
export function evidenceFiles(
  snapshot: RunSnapshot,
  report: CheckReport,
  asked: AskedTexts,
  previous: string | null,
): EvidenceFiles {
  const files = new Map<string, string>([
    [policyFile, asked.policy],
    [waiversFile, asked.waivers],
    [resultsFile, `${JSON.stringify(report)}\n`],
    ...snapshot.targets.map((target) => [pathOf(target), `${JSON.stringify(savedTarget(target))}\n`] as const),
  ]);
  const { run, scope, window, without } = snapshot;
  const listed = [...files].map(([name, text]) => ({
    path: name,
    bytes: Buffer.byteLength(text),
    sha256: sha256Hex(text),
  }));
  const manifest: Manifest = {
    schemaVersion: version,
    kind: "bedrock-audit-evidence",
    run,
    window,
    scope,
    policyName: asked.policyName,
    without: [...without],
    previous,
    files: listed.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
  };
  return files.set(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
}

function pathOf(target: TargetSnapshot): string {
  const { account, region } = placeOf(target);
  const file = `snapshot/${account}/${region}.json`;
  if (!ownPath.test(file)) throw new Error("a target has no name that a file can have");
  return file;
}

export interface SavedRun {
  readonly snapshot: RunSnapshot;
  readonly asked: AskedTexts;
  readonly manifestSha256: string;
}

/** Reads a manifest alone; `name` is how it is called in errors. Throws `UserError` (3). */
export function readManifest(name: string, text: string): Manifest {
  const parsed = Manifest.safeParse(jsonOf(name, text));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw refused(name, `${issue?.path.join(".") || "manifest"}: ${issue?.message ?? "another shape"}`);
}

/** Checks each file against the manifest and reads the run. Throws `UserError` (3) that names the first file that is not as it was. */
export function readEvidence(folder: string, files: EvidenceFiles): SavedRun {
  const nameOf = (file: string): string => path.join(folder, file);
  const text = (file: string): string => {
    const found = files.get(file);
    if (found === undefined) throw refused(nameOf(file), "it is missing");
    return found;
  };
  const written = text(manifestFile);
  const manifest = readManifest(nameOf(manifestFile), written);
  const listed = new Set([manifestFile, ...manifest.files.map((file) => file.path)]);
  if (listed.size <= manifest.files.length) throw refused(nameOf(manifestFile), "it lists a file twice");
  const extra = [...files.keys()].find((file) => !listed.has(file));
  if (extra !== undefined) throw refused(nameOf(extra), "the manifest does not list it");
  for (const { bytes, path: file, sha256 } of manifest.files)
    if (Buffer.byteLength(text(file)) !== bytes || sha256Hex(text(file)) !== sha256)
      throw refused(nameOf(file), "it was altered");
  const targets = manifest.files
    .filter(({ path: file }) => file.startsWith("snapshot/"))
    .map(({ path: file }) => savedTargetOf(file, nameOf(file), text(file)));
  const { policyName, run, scope, window, without } = manifest;
  return {
    snapshot: { run, scope, window, without, targets: targets.toSorted((a, b) => byPlace(placeOf(a), placeOf(b))) },
    asked: { policyName, policy: text(policyFile), waivers: text(waiversFile) },
    manifestSha256: sha256Hex(written),
  };
}

function savedTargetOf(file: string, name: string, text: string): TargetSnapshot {
  const { target, wrong } = targetSnapshotFrom(jsonOf(name, text));
  if (target === null) throw refused(name, wrong);
  if (pathOf(target) !== file) throw refused(name, "it speaks of another target");
  return target;
}

/** JSON that every reader takes for the same: not too deep, no member twice. */
function jsonOf(name: string, text: string): unknown {
  const parsed = parseJson(text, deepest);
  if (parsed === null) throw refused(name, "it is no JSON");
  if (parsed.tooDeep || parsed.ambiguous) throw refused(name, "its JSON is too deep, or can be read in two ways");
  return parsed.value;
}

export function refused(name: string, why: string): UserError {
  return new UserError(
    `${visibleText(name)} is no evidence: ${visibleText(why)}`,
    "Give a folder as --save wrote it.",
    {
      exitCode: 3,
    },
  );
}
