import { describe, expect, it } from "vitest";
import type { Fault } from "../../scripts/demo/aws/faults.ts";
import type { SimulatedAccount, SimulatedRegion, World } from "../../scripts/demo/aws/world.ts";
import { regionCatalogue } from "../../server/aws/region-catalogue.ts";
import type { CheckReport } from "../../server/domain/compliance.ts";
import { aBucket, account, anAccount, aWorld, otherAccount, region, deliveryPolicy } from "../aws/small-world.ts";
import { calls, looked, here, type Options, toS3, worldOf } from "./kit.ts";

type Requests = Awaited<ReturnType<typeof looked>>["requests"];

interface Row {
  readonly row: string;
  readonly what: string;
  readonly world: World;
  readonly options?: Options;
  readonly faults?: readonly Fault[];
  /** `account region` → `state code`, or `state verdict` where it was evaluated. */
  readonly targets: Readonly<Record<string, string>>;
  readonly exitCode: number;
  readonly also?: (report: CheckReport, requests: Requests) => void;
}

const configApi = "GetModelInvocationLoggingConfiguration";
const third = "777788889999";
/** A label that no name can have: it is nobody's, whoever is asked. */
const nobody = `http://${"a".repeat(64)}.invalid`;

const failing = (code: string, match: string, over: { status?: number; message?: string } = {}): Fault => ({
  api: configApi,
  match,
  count: 99,
  do: { kind: "error", status: 403, code, ...over },
});

function accountWith(
  id: string,
  regions: Record<string, Partial<SimulatedRegion>>,
  over: Partial<SimulatedAccount> = {},
) {
  const all = Object.entries(regions).map(([name, its]) => [name, region({ loggingConfig: toS3, ...its })] as const);
  return anAccount(id, { regions: new Map(all), ...over });
}

/** An account with logging in a bucket, in these regions. */
function worldWith(regions: Record<string, Partial<SimulatedRegion>>, over: Partial<World> = {}): World {
  return aWorld({ accounts: [accountWith(account, regions)], buckets: [aBucket("logs", [])], ...over });
}

/** The caller's account logs; the others are as given. */
function organization(...others: readonly SimulatedAccount[]): World {
  return worldWith({ [here]: {} }, { accounts: [accountWith(account, { [here]: {} }), ...others] });
}

const deny = (message: string): Fault => ({ api: configApi, count: 99, do: { kind: "deny", message } });
const abroad = (partition: string, ...places: readonly string[]): World => {
  const regions = Object.fromEntries(places.map((place) => [place, {}]));
  const callerArn = `arn:${partition}:iam::${account}:user/auditor`;
  const theirs = { callerArn: `arn:${partition}:iam::${otherAccount}:user/auditor` };
  return aWorld({
    accounts: [accountWith(account, regions, { callerArn }), accountWith(otherAccount, regions, theirs)],
    buckets: [aBucket("logs", [], { region: places[1] ?? here, policy: deliveryPolicy("logs", account, partition) })],
    bedrockRegions: ["us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1"],
  });
};

const rows: readonly Row[] = [
  {
    row: "52",
    what: "a region outside the catalogue without a host, while others answer",
    world: worldWith({ [here]: {}, "ap-east-1": {} }),
    options: { regions: [], addresses: { "ap-east-1": nobody } },
    targets: { [`${account} ap-east-1`]: "not-applicable no-endpoint", [`${account} ${here}`]: "evaluated PASS" },
    exitCode: 0,
  },
  {
    row: "52",
    what: "a host that refuses the connection is none either",
    world: worldWith({ [here]: {}, "ap-east-1": {} }),
    options: { regions: [], addresses: { "ap-east-1": "http://127.0.0.1:1" } },
    targets: { [`${account} ap-east-1`]: "not-applicable no-endpoint" },
    exitCode: 0,
  },
  {
    row: "52",
    what: "a region of the catalogue without a host is unknown",
    world: worldWith({ [here]: {}, "eu-west-1": {} }),
    options: { regions: [here, "eu-west-1"], addresses: { "eu-west-1": nobody } },
    targets: { [`${account} eu-west-1`]: "unknown network" },
    exitCode: 4,
    also(report) {
      const found = report.results.find(({ code }) => code === "network");
      expect(found?.reason).toBe(
        `loggingConfig could not be read: ENOTFOUND (network). No connection to ${"a".repeat(64)}.invalid.`,
      );
    },
  },
  {
    row: "53",
    what: "keys that a region which is being switched off does not know",
    world: worldWith({ [here]: {}, "eu-west-1": { optStatus: "DISABLING" } }),
    options: { regions: [here, "eu-west-1"] },
    faults: [failing("UnrecognizedClientException", "eu-west-1")],
    targets: { [`${account} eu-west-1`]: "not-applicable region-disabled" },
    exitCode: 0,
  },
  {
    row: "53",
    what: "keys that an enabled region does not know",
    world: worldWith({ [here]: {}, "eu-west-1": { optStatus: "ENABLED" } }),
    options: { regions: [here, "eu-west-1"] },
    faults: [failing("UnrecognizedClientException", "eu-west-1")],
    targets: { [`${account} eu-west-1`]: "unknown credentials" },
    exitCode: 4,
  },
  ...[
    { code: "UnknownOperationException", status: 404, message: "" },
    { code: "ValidationException", status: 400, message: "UNKNOWN Operation GetModelInvocationLoggingConfiguration" },
  ].flatMap(({ code, ...over }): Row[] => [
    {
      row: "54",
      what: `no such operation outside the catalogue: ${code}`,
      world: worldWith({ [here]: {}, "xx-new-1": { metrics: [calls(1, 5)] } }),
      options: { regions: [] },
      faults: [failing(code, "xx-new-1", over)],
      targets: { [`${account} xx-new-1`]: "not-applicable operation-absent" },
      exitCode: 0,
    },
    {
      row: "54",
      what: `no such operation in the catalogue, and no traffic: ${code}`,
      world: worldWith({ [here]: {}, "eu-west-1": {} }),
      options: { regions: [here, "eu-west-1"] },
      faults: [failing(code, "eu-west-1", over)],
      targets: { [`${account} eu-west-1`]: "not-applicable operation-absent" },
      exitCode: 0,
    },
    {
      row: "54",
      what: `no such operation in the catalogue, but traffic: ${code}`,
      world: worldWith({ [here]: {}, "eu-west-1": { metrics: [calls(1, 5)] } }),
      options: { regions: [here, "eu-west-1"] },
      faults: [failing(code, "eu-west-1", over)],
      targets: { [`${account} eu-west-1`]: "unknown operation-absent" },
      exitCode: 4,
    },
  ]),
  {
    row: "55",
    what: "an explicit deny in a service control policy",
    world: worldOf({}),
    faults: [deny("User: x is not authorized to perform: y with an explicit deny in a service control policy")],
    targets: { [`${account} ${here}`]: "unknown scp" },
    exitCode: 3,
  },
  {
    row: "55",
    what: "a refusal that names nothing comes from the service",
    world: worldOf({}),
    faults: [deny("Your account is not authorized to invoke this API operation.")],
    targets: { [`${account} ${here}`]: "unknown service" },
    exitCode: 3,
  },
  {
    row: "56",
    what: "accounts that are suspended or closed are listed",
    world: organization(
      anAccount(otherAccount, { state: "SUSPENDED" }),
      anAccount(third, { state: "CLOSED" }),
      anAccount("222233334444", { state: "PENDING_ACTIVATION" }),
    ),
    options: { organization: true },
    targets: {
      [`${otherAccount} ${here}`]: "not-applicable account-not-active",
      [`${third} ${here}`]: "not-applicable account-not-active",
      [`222233334444 ${here}`]: "not-applicable account-not-active",
      [`${third} eu-west-1`]: "excluded filtered",
    },
    exitCode: 0,
    also: (report) => expect(report.summary.targets.total).toBe(4 * 33),
  },
  {
    row: "56",
    what: "an account that is being closed is tried, and left in peace where its role is gone",
    world: organization(
      accountWith(otherAccount, { [here]: { loggingConfig: null } }, { state: "PENDING_CLOSURE" }),
      anAccount(third, { state: "PENDING_CLOSURE", assumableRoles: [] }),
    ),
    options: { organization: true },
    targets: {
      [`${otherAccount} ${here}`]: "evaluated FAIL",
      [`${third} ${here}`]: "not-applicable account-not-active",
    },
    exitCode: 0,
  },
  {
    row: "56",
    what: "accounts that were not asked for stay in the list, and one that is not of the organisation is unknown",
    world: organization(anAccount(otherAccount)),
    options: { organization: true, accounts: [account, "999999999999"] },
    targets: {
      [`${account} ${here}`]: "evaluated PASS",
      [`${otherAccount} ${here}`]: "excluded filtered",
      [`999999999999 ${here}`]: "unknown not-in-organization",
    },
    exitCode: 4,
    also(_, requests) {
      expect(requests.some(({ api }) => api === "AssumeRole")).toBe(false);
    },
  },
  {
    row: "57",
    what: "an active account whose role may not be assumed, beside a good one",
    world: organization(anAccount(otherAccount, { assumableRoles: [] })),
    options: { organization: true, regions: [] },
    targets: Object.fromEntries(
      (regionCatalogue.get("aws") ?? []).map((place) => [`${otherAccount} ${place}`, "unknown role-not-assumable"]),
    ),
    exitCode: 4,
  },
  {
    row: "57",
    what: "the same, alone",
    world: organization(anAccount(otherAccount, { assumableRoles: [] })),
    options: { accounts: [otherAccount] },
    targets: { [`${otherAccount} ${here}`]: "unknown role-not-assumable" },
    exitCode: 3,
  },
  {
    row: "58",
    what: "a page of accounts that is empty, and not the last",
    world: organization(anAccount(otherAccount, { state: "SUSPENDED" })),
    options: { organization: true },
    faults: [{ api: "ListAccounts", do: { kind: "empty-page" } }],
    targets: {
      [`${account} ${here}`]: "evaluated PASS",
      [`${otherAccount} ${here}`]: "not-applicable account-not-active",
    },
    exitCode: 0,
    also: (_, requests) => expect(requests.filter(({ api }) => api === "ListAccounts")).toHaveLength(2),
  },
  {
    row: "59",
    what: "the partition that has no Bedrock",
    world: abroad("aws-cn", here),
    options: { regions: [] },
    targets: {
      [`${account} cn-north-1`]: "not-applicable partition-without-bedrock",
      [`${account} cn-northwest-1`]: "not-applicable partition-without-bedrock",
    },
    exitCode: 3,
    also: (_, requests) => expect(requests.some(({ api }) => api === configApi)).toBe(false),
  },
  ...[
    ["aws-us-gov", "us-gov-west-1", "us-gov-east-1"],
    ["aws-eusc", "eusc-de-east-1"],
  ].map(([partition = "", ...places]): Row => {
    const [first = ""] = places;
    return {
      row: "60",
      what: `${partition} has its own regions and names`,
      world: abroad(partition, here, ...places),
      options: { regions: places, accounts: [account, otherAccount] },
      targets: Object.fromEntries(
        [account, otherAccount].map((id) => [`${id} ${first}`, `evaluated ${id === account ? "PASS" : "FAIL"}`]),
      ),
      exitCode: 1,
      also(report, requests) {
        const roles = requests.flatMap(({ api, resource }) => (api === "AssumeRole" ? [resource] : []));
        expect(roles).toEqual([`arn:${partition}:iam::${otherAccount}:role/bedrock-audit`]);
        expect(report.run.caller).toBe(`arn:${partition}:iam::${account}:user/auditor`);
        const scoped = report.targets.filter(({ state }) => state !== "excluded").map((target) => target.region);
        expect([...new Set(scoped)]).toEqual(places.toSorted());
      },
    };
  }),
  {
    row: "61",
    what: "throttled twice, then answered",
    world: worldOf({}),
    faults: [{ api: configApi, count: 2, do: { kind: "throttle" } }],
    targets: { [`${account} ${here}`]: "evaluated PASS" },
    exitCode: 0,
  },
  {
    row: "61",
    what: "throttled to the end",
    world: worldOf({}),
    faults: [{ api: configApi, count: 99, do: { kind: "throttle" } }],
    targets: { [`${account} ${here}`]: "unknown transient" },
    exitCode: 3,
    also(report, requests) {
      expect(requests.filter(({ api }) => api === configApi)).toHaveLength(6);
      const [found] = report.results.filter(({ control }) => control === "invocation-logging-enabled");
      expect(found?.reason).toContain("(transient). 6 attempts failed; run again.");
    },
  },
  {
    row: "64",
    what: "nothing but unknown regions",
    world: worldWith({ [here]: {}, "eu-west-1": {} }),
    options: { regions: [here, "eu-west-1"] },
    faults: [failing("UnrecognizedClientException", "")],
    targets: { [`${account} ${here}`]: "unknown credentials", [`${account} eu-west-1`]: "unknown credentials" },
    exitCode: 3,
    // No retry makes keys good.
    also: (_, requests) => expect(requests.filter(({ api }) => api === configApi).length).toBe(2),
  },
];

describe("targets and errors", () => {
  it("are a list of cases, with each row of the table", () => {
    const wanted = ["52", "53", "54", "55", "56", "57", "58", "59", "60", "61", "64"];
    expect([...new Set(rows.map(({ row }) => row))]).toEqual(wanted);
  });

  it.each(rows)("row $row: $what", async ({ also, exitCode, faults, options, targets, world }) => {
    const { report, requests } = await looked(world, options, faults);
    const told = new Map(
      report.targets.map(({ account: id, code, region: place, state, verdict }) => [
        `${id} ${place}`,
        `${state} ${code ?? verdict}`,
      ]),
    );
    expect(Object.fromEntries(Object.keys(targets).map((key) => [key, told.get(key)]))).toEqual(targets);
    expect(report.run.exitCode).toBe(exitCode);
    also?.(report, requests);
  });
});

describe("the list of regions", () => {
  it("takes in where AWS says that Bedrock is, in this partition alone", async () => {
    const world = worldWith({ [here]: {} }, { bedrockRegions: ["xx-told-1", "cn-north-1"] });
    const { report } = await looked(world, { regions: [] });
    const places = report.targets.map((target) => target.region);
    expect(places).toContain("xx-told-1");
    expect(places).not.toContain("cn-north-1");
    expect(report.targets.find((target) => target.region === "xx-told-1")?.code).toBe("region-disabled");
  });

  it("does without what AWS says where it may not be asked", async () => {
    const { report } = await looked(worldWith({ [here]: { denies: ["ssm:GetParametersByPath"] } }), {});
    expect(report.summary.targets).toMatchObject({ total: 33, evaluated: 1 });
  });

  it("leaves out a name that nobody knows, where nobody says which regions are on", async () => {
    const denies = ["account:ListRegions", "ec2:DescribeRegions"];
    const { report } = await looked(worldWith({ [here]: { denies } }), { regions: [here, "xx-odd-1"] });
    expect(report.targets.find((target) => target.region === "xx-odd-1")).toMatchObject({ code: "not-in-catalogue" });
    expect(report.summary.targets).toMatchObject({ evaluated: 1 });
  });

  it("is asked of another service where one does not say", async () => {
    const world = worldWith({ [here]: { denies: ["account:ListRegions"] }, "eu-west-1": { optStatus: "DISABLED" } });
    const { report, requests } = await looked(world, { regions: [] });
    expect(report.targets.find((target) => target.region === "eu-west-1")).toMatchObject({ code: "region-disabled" });
    expect(requests.some(({ api }) => api === "DescribeRegions")).toBe(true);
  });
});

it("nothing is said of accounts that could not be listed", async () => {
  const denied = worldWith({ [here]: { denies: ["organizations:ListAccounts"] } });
  await expect(looked(denied, { organization: true })).rejects.toMatchObject({
    exitCode: 3,
    message: "the organisation's accounts could not be listed: AccessDeniedException (permission)",
  });
});
