import type { Aws } from "./aws/aws.ts";
import { classifyAlone, describe } from "./aws/classify.ts";
import type { AwsAccount } from "./aws/clients.ts";
import { batchesOf, importFindings } from "./aws/security-hub.ts";
import type { CheckReport, NotPublished, Publication } from "./domain/compliance.ts";
import { unlessAborted } from "./lib/concurrency.ts";
import { inParallel } from "./lib/in-parallel.ts";
import { archived, type AsffFinding, asffFindings } from "./reports/check-asff.ts";
import { notePublished, type PublishedFinding, publishedFindings } from "./store/catalog/published-findings.ts";
import type { Store } from "./store/store.ts";

/** What Security Hub was given by earlier runs of a scope, where it is kept. */
export interface Given {
  /** Findings that it holds as ones that there are. */
  readonly active: () => Promise<readonly AsffFinding[]>;
  readonly note: (taken: readonly AsffFinding[]) => Promise<void>;
  /** They are not spoken of again. */
  readonly forget: (findings: readonly AsffFinding[]) => Promise<void>;
}

export interface PublishOptions {
  /** AWS as the role sees it that may import findings. */
  readonly aws: Aws;
  readonly roleName: string;
  /** Region whose Security Hub takes all findings; null: each its own. */
  readonly home: string | null;
  /** null: nothing is kept of it. */
  readonly given: Given | null;
  /** Ends it: what was not sent is told as not sent. */
  readonly signal?: AbortSignal;
}

/** Findings that go to one Security Hub. */
interface Parcel {
  readonly account: string;
  readonly region: string;
  readonly findings: readonly AsffFinding[];
}

interface Failed {
  readonly why: Omit<NotPublished, "findings">;
  readonly finding: AsffFinding;
  /** The account lets nobody in. */
  readonly isRefused: boolean;
}

interface Sent {
  readonly taken: readonly AsffFinding[];
  readonly failed: readonly Failed[];
}

const parcelsAtOnce = 16;

/** Remembers in the catalog what was given. */
export function givenIn({ catalog }: Pick<Store, "catalog">, scope: string, at: number): Given {
  return {
    active: async () => (await publishedFindings(catalog, scope)).map(({ body }) => JSON.parse(body) as AsffFinding),
    note: (taken) =>
      notePublished(catalog, {
        scope,
        at,
        taken: taken.filter((finding) => !isArchived(finding)).map(kept),
        archived: taken.filter(isArchived).map(kept),
      }),
    forget: (findings) => notePublished(catalog, { scope, at, taken: [], archived: findings.map(kept) }),
  };
}

function kept(finding: AsffFinding): PublishedFinding {
  return { productArn: finding.ProductArn, id: finding.Id, body: JSON.stringify(finding) };
}

function isArchived({ RecordState }: AsffFinding): boolean {
  return RecordState === "ARCHIVED";
}

/**
 * Brings the findings of a report to Security Hub, each under the keys of its own account, and puts aside those that earlier runs gave and
 * that are gone. AWS's errors do not end it: the report that comes back says what was taken and what was not, and does not end with 0 if
 * anything was not.
 */
export async function published(report: CheckReport, options: PublishOptions): Promise<CheckReport> {
  const { given, home } = options;
  const findings = asffFindings(report, home);
  const notArchived = whyNotArchived(report, given);
  const gone = given === null || notArchived !== null ? [] : goneOf(await given.active(), findings, report);
  const doors = new Map<string, Promise<Door>>();
  const sent = await inParallel(parcelsOf([...findings, ...gone]), parcelsAtOnce, async (parcel) => {
    const door = doors.get(parcel.account) ?? doorOf(parcel.account, options);
    doors.set(parcel.account, door);
    return send(parcel, await door, options);
  });
  const taken = sent.flatMap((one) => one.taken);
  await given?.note(taken);
  const archived = taken.filter(isArchived).length;
  const failed = sent.flatMap((one) => one.failed);
  const lost = lostIn(failed, report);
  await given?.forget(lost.map(({ finding }) => finding));
  return withPublication(report, {
    imported: taken.length - archived,
    archived,
    notArchived,
    forgotten: [...grouped(lost)],
    failed: [...grouped(failed.filter((one) => !lost.includes(one)))],
  });
}

/** What can never be put aside: findings that are gone with their account, which lets nobody in and is not looked at any more. */
function lostIn(failed: readonly Failed[], { targets }: CheckReport): readonly Failed[] {
  const looked = new Set(targets.flatMap(({ account, code }) => (code === "account-not-active" ? [] : [account])));
  return failed.filter(({ finding, isRefused, why }) => isRefused && isArchived(finding) && !looked.has(why.account));
}

function withPublication(report: CheckReport, publication: Publication): CheckReport {
  const { exitCode } = report.run;
  const isWhole = exitCode !== 0 || publication.failed.length === 0;
  return { ...report, run: { ...report.run, exitCode: isWhole ? exitCode : 4 }, published: publication };
}

/** A run that did not look everywhere cannot tell what is gone. */
function whyNotArchived({ run }: CheckReport, given: Given | null): string | null {
  if (given === null) return "there is no store that knows what was given before";
  return run.complete ? null : "the run did not look at everything";
}

function goneOf(
  active: readonly AsffFinding[],
  findings: readonly AsffFinding[],
  { run }: CheckReport,
): readonly AsffFinding[] {
  const nameOf = ({ Id, ProductArn }: AsffFinding) => `${ProductArn} ${Id}`;
  const here = new Set(findings.map(nameOf));
  return active.filter((finding) => !here.has(nameOf(finding))).map((finding) => archived(finding, run.clock));
}

function parcelsOf(findings: readonly AsffFinding[]): readonly Parcel[] {
  const parcels = new Map<string, AsffFinding[]>();
  for (const finding of findings) {
    const known = parcels.get(finding.ProductArn);
    if (known === undefined) parcels.set(finding.ProductArn, [finding]);
    else known.push(finding);
  }
  return [...parcels].map(([productArn, all]) => {
    const [, , , region = "", account = ""] = productArn.split(":");
    return { account, region, findings: all };
  });
}

/** The account as the role sees it, or why the role cannot be had. */
type Door = { readonly account: AwsAccount } | Pick<Failed, "why" | "isRefused">;

async function doorOf(id: string, { aws, roleName, signal }: PublishOptions): Promise<Door> {
  try {
    const account = await aws.account(id);
    await heeding(signal, () => account.sts("us-east-1").config.credentials());
    return { account };
  } catch (error) {
    const { class: why, code } = whyOf(error);
    const place = { account: id, region: null };
    if (code === stopped) return { why: { ...place, ...reasonOf(error, roleName) }, isRefused: false };
    const isRefused = why === "permission" || why === "scp" || why === "service";
    const mend = isRefused ? " Let it trust the caller, and grant sts:AssumeRole." : "";
    const reason = `Role ${roleName} could not be assumed (${why}).${mend}`;
    return { why: { ...place, code, reason }, isRefused };
  }
}

/** A batch that fails does not keep the next one back. */
async function send({ account: id, findings, region }: Parcel, door: Door, options: PublishOptions): Promise<Sent> {
  if ("why" in door) return { taken: [], failed: findings.map((finding) => ({ ...door, finding })) };
  const place = { account: id, region };
  const taken: AsffFinding[] = [];
  const failed: Failed[] = [];
  for (const batch of batchesOf(findings)) {
    try {
      const refused = await heeding(options.signal, () => importFindings(door.account, region, batch));
      const codes = new Map(refused.map((one) => [one.id, one.code]));
      for (const finding of batch) {
        const code = codes.get(finding.Id);
        if (code === undefined) taken.push(finding);
        else failed.push({ why: { ...place, code, reason: "Security Hub refused them." }, finding, isRefused: false });
      }
    } catch (error) {
      const why = { ...place, ...reasonOf(error, options.roleName) };
      failed.push(...batch.map((finding) => ({ why, finding, isRefused: false })));
    }
  }
  return { taken, failed };
}

async function heeding<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  signal?.throwIfAborted();
  return signal === undefined ? work() : unlessAborted(work(), signal);
}

/** Name of the reason that an interruption has. */
const stopped = "AbortError";

function whyOf(error: unknown): { readonly class: string; readonly code: string } {
  return { class: classifyAlone(error).class, code: describe(error).code };
}

function reasonOf(error: unknown, roleName: string): Pick<NotPublished, "code" | "reason"> {
  const { class: why, code } = whyOf(error);
  if (code === stopped) return { code, reason: "The run was interrupted before they were sent." };
  if (code === "InvalidAccessException") return { code, reason: "Security Hub is not on there: switch it on." };
  const mend = why === "permission" ? ` Grant securityhub:BatchImportFindings to role ${roleName}.` : "";
  return { code, reason: `Security Hub did not take them (${why}).${mend}` };
}

/** What failed for the same reason at the same place stands together. */
function grouped(failed: readonly Failed[]): readonly NotPublished[] {
  const groups = new Map<string, NotPublished>();
  for (const { finding, why } of failed) {
    const key = JSON.stringify([why.account, why.region, why.code, why.reason]);
    const group = groups.get(key) ?? { ...why, findings: [] };
    group.findings.push(namedAs(finding));
    groups.set(key, group);
  }
  return [...groups.values()];
}

function namedAs({ GeneratorId, Id, Resources: [resource] }: AsffFinding): NotPublished["findings"][number] {
  const control = GeneratorId.slice(GeneratorId.indexOf("/") + 1);
  return { id: Id, control, region: resource?.Region ?? "", resource: resource?.Id ?? "" };
}
