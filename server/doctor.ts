import type { Aws } from "./aws/aws.ts";
import { classifyAlone, describe } from "./aws/classify.ts";
import type { AwsAccount } from "./aws/clients.ts";
import { findRole } from "./aws/iam-roles.ts";
import { logPlace, namesOf, placeless } from "./aws/log-place.ts";
import { callerActions, forbiddenActions, publisherActions, readerActions, regionActions } from "./aws/permissions.ts";
import { harmlessProbeOf, type ProbePlace, probeOf, tried } from "./aws/probes.ts";
import {
  auditPolicy,
  callerPolicy,
  denial,
  publisherPolicy,
  readerPolicy,
  type RoleNames,
  type RolePolicy,
} from "./aws/role-policies.ts";
import { simulatedAt } from "./aws/simulated-permissions.ts";
import { collectors } from "./controls/collectors/list.ts";
import { atMost } from "./lib/at-most.ts";
import { UserError } from "./lib/errors.ts";

export type DoctorState = "OK" | "MISSING" | "EXCESS" | "UNKNOWN";
export type DoctorRole = "audit" | "reader" | "publisher" | "caller" | "host";

/** One thing that was looked at: an action of a role in an account, or a property of this machine. */
export interface DoctorLine {
  readonly role: DoctorRole;
  /** null: this machine. */
  readonly account: string | null;
  /** ARN of who was tried; null where it is not known. */
  readonly principal: string | null;
  readonly action: string;
  readonly state: DoctorState;
  /** How it was found out, in our words and codes. */
  readonly said: string;
}

/** The whole policy that a role should have, or what takes away the excess. */
export interface DoctorMend {
  readonly role: DoctorRole;
  readonly account: string;
  readonly why: "MISSING" | "EXCESS";
  readonly policy: RolePolicy;
}

/** What other set-ups of this kind have, and why there is nothing to look at. */
export interface NotLookedAt {
  readonly what: string;
  readonly why: string;
}

const notLookedAt: readonly NotLookedAt[] = [
  { what: "role reveal", why: "content is shown from the store: no role is assumed for it" },
  { what: "role reporter", why: "reports stay on this machine: no role is assumed to deliver them" },
  { what: "anchors", why: "the access trail is kept on this machine alone: it is anchored nowhere" },
  { what: "step-up", why: "there is no login, so that none is asked for anew" },
];

export interface DoctorReport {
  readonly schemaVersion: 1;
  readonly caller: string;
  readonly lines: readonly DoctorLine[];
  readonly mends: readonly DoctorMend[];
  readonly notLookedAt: readonly NotLookedAt[];
  readonly exitCode: number;
}

export interface DoctorOptions {
  readonly roles: readonly ("audit" | "reader")[];
  /** Empty: all that are on. */
  readonly regions: readonly string[];
  readonly roleName: string;
  /** The role that imports findings, and AWS as it sees it; null: it is not looked at. */
  readonly publisher: { readonly aws: Aws; readonly roleName: string } | null;
  /** Whether the accounts of the organisation are looked at. */
  readonly organization: boolean;
  /** What was found on this machine already. */
  readonly host: readonly DoctorLine[];
  /** A word that nothing is called. */
  readonly nobody: string;
}

/** What `check` needs in each account: what the collectors and the list of regions declare. */
export const auditActions: readonly string[] = [
  ...new Set([
    ...Object.values(collectors).flatMap(({ calls }) => calls.map(({ action }) => action)),
    ...regionActions,
  ]),
].toSorted();

const accountsAtOnce = 8;
const bySimulation = "IAM's simulation";
/** No call shows it but the reading of a log. */
const decrypt = "kms:Decrypt";
const decrypts = (line: DoctorLine): DoctorLine => ({ ...line, state: "OK", said: bySimulation });
/** What a role must not be able to do; of objects of the audit role only those outside the logs. */
const forbidden = {
  audit: [...forbiddenActions, ...publisherActions, "s3:GetObject"],
  publisher: [...forbiddenActions, "s3:GetObject"],
} as const;
type Bounded = keyof typeof forbidden;

/**
 * Tries every action that the roles need, in each account, and looks for those that they should not have. Nothing is changed and no log is
 * read. Throws `UserError` with exit code 3 where nobody says who we are.
 */
export async function doctor(aws: Aws, options: DoctorOptions): Promise<DoctorReport> {
  const caller = await whoAmI(aws);
  const listed = await aws.listing({ organization: options.organization }).catch(() => null);
  const ids = (listed ?? [{ id: caller.accountId, standing: "open" as const }]).flatMap(({ id, standing }) =>
    standing === "open" || standing === "closing" ? [id] : [],
  );
  const some = atMost(accountsAtOnce);
  const own = await callerExam(aws, caller, ids, options);
  const exams = await Promise.all(
    ids.map((id) =>
      some(async () => {
        const of = await accountOf(aws, id, caller, options);
        const [audit, published] = await Promise.all([accountExam(of, options), publisherExam(of, options)]);
        return { lines: [...audit.lines, ...published.lines], mends: [...audit.mends, ...published.mends] };
      }),
    ),
  );
  const lines = [...own.lines, ...exams.flatMap((exam) => exam.lines), ...options.host];
  const mends = once([...own.mends, ...exams.flatMap((exam) => exam.mends)]);
  return { schemaVersion: 1, caller: caller.arn, lines, mends, notLookedAt, exitCode: exitCodeOf(lines) };
}

/** The caller lacks the same for every account. */
function once(mends: readonly DoctorMend[]): readonly DoctorMend[] {
  return [...new Map(mends.map((mend) => [JSON.stringify(mend), mend])).values()];
}

type Caller = Awaited<ReturnType<Aws["caller"]>>;
type Exam = Pick<DoctorReport, "lines" | "mends">;

async function whoAmI(aws: Aws): Promise<Caller> {
  try {
    return await aws.caller();
  } catch (cause) {
    throw new UserError(
      `AWS did not say who we are: ${describe(cause).code}`,
      "Give credentials that AWS knows: a profile, the environment, or a role.",
      { cause, exitCode: 3 },
    );
  }
}

/** 1 for what is wrong, 3 where nothing could be told, 4 where something could not. */
export function exitCodeOf(lines: readonly DoctorLine[]): number {
  const states = new Set(lines.map(({ state }) => state));
  if (states.has("MISSING") || states.has("EXCESS")) return 1;
  const asked = lines.filter(({ role }) => role !== "host");
  if (asked.every(({ state }) => state === "UNKNOWN")) return 3;
  return states.has("UNKNOWN") ? 4 : 0;
}

/** What the caller itself needs: where Bedrock is, and, for other accounts, their list and their roles. */
async function callerExam(aws: Aws, caller: Caller, ids: readonly string[], options: DoctorOptions): Promise<Exam> {
  const place = placeless({ account: await aws.account(caller.accountId), caller, ...options });
  const actions = callerActions.filter(
    (action) =>
      action === "ssm:GetParametersByPath" || (action === "organizations:ListAccounts" && options.organization),
  );
  const head = { role: "caller", account: caller.accountId, principal: caller.arn } as const;
  const asked = await Promise.all(actions.map((action) => lineOf(head, action, place)));
  const others = ids.filter((id) => id !== caller.accountId);
  const doors = await Promise.all(others.map((id) => doorLine(aws, id, caller, options.roleName)));
  const lines = [...asked, ...doors];
  const lacks = lines.some(({ state }) => state === "MISSING");
  return { lines, mends: lacks ? [callerMend(caller, options)] : [] };
}

function callerMend({ accountId, partition }: Caller, { publisher, roleName }: DoctorOptions): DoctorMend {
  const names = [roleName, ...(publisher === null ? [] : [publisher.roleName])];
  return { role: "caller", account: accountId, why: "MISSING", policy: callerPolicy(partition, ...names) };
}

async function doorLine(aws: Aws, id: string, caller: Caller, roleName: string): Promise<DoctorLine> {
  const action = `sts:AssumeRole ${roleName}`;
  const head = { role: "caller", account: id, principal: caller.arn, action } as const;
  try {
    await (await aws.account(id)).sts("us-east-1").config.credentials();
    return { ...head, state: "OK", said: "answered" };
  } catch (error) {
    const { errorCode, class: why } = classifyAlone(error);
    const isRefused = why === "permission" || why === "scp" || why === "service";
    return { ...head, state: isRefused ? "MISSING" : "UNKNOWN", said: `${errorCode} (${why})` };
  }
}

async function lineOf(
  head: Pick<DoctorLine, "role" | "account" | "principal">,
  action: string,
  place: ProbePlace,
): Promise<DoctorLine> {
  const { allowed, said } = await tried(action, probeOf(action), { place, worst: [false, null, true] });
  return { ...head, action, state: allowed === null ? "UNKNOWN" : allowed ? "OK" : "MISSING", said };
}

/** An account, who we are in it, and where its logs lie. */
interface Examined {
  readonly id: string;
  readonly caller: Caller;
  /** ARN; null: the audit role cannot be had. */
  readonly principal: string | null;
  readonly place: ProbePlace;
}

async function accountOf(aws: Aws, id: string, caller: Caller, options: DoctorOptions): Promise<Examined> {
  const account = await aws.account(id);
  const nowhere = placeless({ account, caller, ...options });
  const principal = await principalOf(account, id === caller.accountId ? caller.arn : null, {
    home: nowhere.home,
    role: `arn:${caller.partition}:iam::${id}:role/${options.roleName}`,
  });
  const known = principal === null ? null : await logPlace(aws, { account, caller, ...options });
  return { id, caller, principal, place: known ?? nowhere };
}

/** An account whose role cannot be had has one line for that already. */
async function accountExam({ id, place, principal }: Examined, options: DoctorOptions): Promise<Exam> {
  if (principal === null) return { lines: [], mends: [] };
  const needed = { audit: auditActions, reader: readerActions } as const;
  const asked = await Promise.all(
    options.roles.flatMap((role) =>
      needed[role].map((action) => lineOf({ role, account: id, principal }, action, place)),
    ),
  );
  const may = await simulatedAt(place, principal, [...forbidden.audit, decrypt]).catch(() => null);
  const refused = await excessLines({ role: "audit", account: id, principal }, place, may);
  const granted = asked.map((line) => (line.action === decrypt && may?.get(decrypt) === true ? decrypts(line) : line));
  const names = namesOf(place);
  const lacks = options.roles.filter((of) => granted.some(({ role, state }) => role === of && state === "MISSING"));
  const policies = { audit: auditPolicy(auditActions, names), reader: readerPolicy(readerActions, names) } as const;
  return {
    lines: [...granted, ...refused],
    mends: [
      ...lacks.map((role): DoctorMend => ({ role, account: id, why: "MISSING", policy: policies[role] })),
      ...tooMuch("audit", id, refused, names),
    ],
  };
}

function tooMuch(
  role: Bounded,
  account: string,
  lines: readonly DoctorLine[],
  reads: RoleNames | null,
): readonly DoctorMend[] {
  const actions = lines.flatMap(({ action, state }) => (state === "EXCESS" ? action.split(" ", 1) : []));
  return actions.length === 0 ? [] : [{ role, account, why: "EXCESS", policy: denial(actions, reads) }];
}

/** The role that imports findings: IAM says what it may, else a call that imports none. */
async function publisherExam({ caller, id, place }: Examined, options: DoctorOptions): Promise<Exam> {
  const { publisher } = options;
  if (publisher === null) return { lines: [], mends: [] };
  const door = await doorLine(publisher.aws, id, caller, publisher.roleName);
  if (door.state !== "OK")
    return { lines: [door], mends: door.state === "MISSING" ? [callerMend(caller, options)] : [] };
  const principal = `arn:${caller.partition}:iam::${id}:role/${publisher.roleName}`;
  const head = { role: "publisher", account: id, principal } as const;
  const may = await simulatedAt(place, principal, [...forbidden.publisher, ...publisherActions]).catch(() => null);
  const theirs = { ...place, account: await publisher.aws.account(id) };
  const granted = await Promise.all(
    publisherActions.map(async (action) =>
      may === null ? lineOf(head, action, theirs) : { ...head, action, ...simulatedState(may.get(action)) },
    ),
  );
  const refused = await excessLines(head, theirs, may);
  const policy = publisherPolicy(namesOf(place));
  const lacks = granted.some(({ state }) => state === "MISSING");
  return {
    lines: [door, ...granted, ...refused],
    mends: [
      ...(lacks ? [{ role: "publisher", account: id, why: "MISSING", policy } as const] : []),
      ...tooMuch("publisher", id, refused, null),
    ],
  };
}

function simulatedState(isAllowed: boolean | undefined): Pick<DoctorLine, "state" | "said"> {
  const state = isAllowed === undefined ? "UNKNOWN" : isAllowed ? "OK" : "MISSING";
  return { state, said: bySimulation };
}

/** ARN of the role or user behind a session; null where the role cannot be had. `role`: the one that was asked for. */
async function principalOf(
  account: AwsAccount,
  known: string | null,
  { home, role: asked }: { readonly home: string; readonly role: string },
): Promise<string | null> {
  try {
    await account.sts(home).config.credentials();
  } catch {
    return null;
  }
  const arn = known ?? (await account.identity(home).catch(() => asked));
  const [, partition = "", role] = /^arn:([a-z-]+):sts::\d{12}:assumed-role\/([^/]+)\//.exec(arn) ?? [];
  if (role === undefined) return arn;
  // The session does not tell the path of its role.
  const found = await findRole({ account, region: home }, role).catch(() => null);
  return found?.arn ?? `arn:${partition}:iam::${account.accountId}:role/${role}`;
}

/** What the role may do that it should not: as IAM says it, else by calls that change nothing, else nobody knows. */
async function excessLines(
  of: Pick<DoctorLine, "account" | "principal"> & { readonly role: Bounded },
  place: ProbePlace,
  may: ReadonlyMap<string, boolean> | null,
): Promise<readonly DoctorLine[]> {
  return Promise.all(
    forbidden[of.role].map(async (action): Promise<DoctorLine> => {
      const head = { ...of, action: of.role === "audit" ? wordsOf(action) : action };
      if (may !== null) {
        const isAllowed = may.get(action);
        const state = isAllowed === undefined ? "UNKNOWN" : isAllowed ? "EXCESS" : "OK";
        return { ...head, state, said: bySimulation };
      }
      const { allowed, said } = await tried(action, harmlessProbeOf(action), { place, worst: [true, null, false] });
      const why = allowed === null ? `${said}; grant iam:SimulatePrincipalPolicy on itself to know` : said;
      return { ...head, state: allowed === null ? "UNKNOWN" : allowed ? "EXCESS" : "OK", said: why };
    }),
  );
}

const wordsOf = (action: string): string => (action === "s3:GetObject" ? "s3:GetObject outside the logs" : action);
