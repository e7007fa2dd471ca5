import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { writeTraffic } from "../../scripts/demo/traffic/bulk.ts";
import { api } from "../../server/domain/api.ts";
import { Status } from "../../server/domain/status.ts";
import { silentLog } from "../../server/lib/log.ts";
import { openStore } from "../../server/store/open-store.ts";
import { childrenOf, familyRss, rssOf, textOf } from "./ingest.ts";
import { exportAll } from "./load-export.ts";
import {
  type Answer,
  cheapQuery,
  closedLoad,
  dashboard,
  dearQuery,
  isAnswered,
  isRefused,
  type LoadServer,
  openLoad,
  percentile,
  politeLoad,
  startServer,
} from "./load-client.ts";
import { fillLake, lakeRange } from "./query-lake.ts";

export interface LoadOptions {
  /** Rows of the generated lake. */
  readonly rows: number;
  /** How long each kind of load goes on. */
  readonly seconds: number;
  readonly connections: number;
  /** Records of the back-fill beside the queries. */
  readonly backfill: number;
  /** Ids of the rows to run; empty: all. */
  readonly only: readonly string[];
  /** Folder of a store to ask, which is kept; filled first if it holds nothing. Null: a store of its own, for this run alone. */
  readonly data: string | null;
}

type Numbers = Readonly<Record<string, number | string>>;

interface Place extends LoadOptions {
  readonly dataDir: string;
  readonly root: string;
}

interface Row {
  readonly id: string;
  readonly asked: string;
  readonly wanted: string;
  readonly run: (place: Place) => Promise<Numbers>;
}

async function withServer(
  { dataDir }: Place,
  use: (server: LoadServer) => Promise<Numbers>,
  folders: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<Numbers> {
  const server = await startServer(dataDir, folders, flags);
  try {
    // The engine starts, and reads what the files hold.
    for (const query of dashboard(0)) await server.metric(query, "warm");
    await server.stats();
    return await use(server);
  } finally {
    await server.close();
  }
}

const atOnce = 4;

/** All questions of a screen, so many at once as the page asks: how long until the last one is answered. */
async function screenMs(
  server: LoadServer,
  user: number,
  opened = 0,
): Promise<{ readonly ms: number; readonly refused: number }> {
  screens += 1;
  const viewer = `screen-${screens}`;
  const left = [...dashboard(user, opened)];
  const begun = performance.now();
  let refused = 0;
  const ask = async () => {
    for (let query = left.shift(); query !== undefined; query = left.shift())
      if (!isAnswered(await server.metric(query, viewer))) refused += 1;
  };
  await Promise.all(Array.from({ length: atOnce }, ask));
  return { ms: performance.now() - begun, refused };
}

let screens = 0;

const users = 10;
const screensPerSecond = 5;

async function dashboards(server: LoadServer, seconds: number, askers = users): Promise<Numbers> {
  await server.stats();
  const before = childTicks(server.pid);
  const shown = await openLoad(screensPerSecond, seconds, (n) => screenMs(server, n % askers, n));
  const { cpuMs, eventLoopP99Ms } = await server.stats();
  const engines = [...childTicks(server.pid)].filter(([pid]) => isEngine(pid));
  const engineMs = 10 * engines.reduce((sum, [pid, ticks]) => sum + ticks - (before.get(pid) ?? 0), 0);
  const times = shown.map(({ ms }) => ms);
  return {
    p50Ms: percentile(times, 0.5),
    p95Ms: percentile(times, 0.95),
    p99Ms: percentile(times, 0.99),
    refused: shown.reduce((sum, { refused }) => sum + refused, 0),
    eventLoopP99Ms,
    // On a machine that others use, too, this tells more than the times.
    cpuMsAScreen: Math.round((cpuMs + engineMs) / shown.length),
  };
}

const msOf = (answers: readonly Answer[]) => answers.map(({ ms }) => ms);

/** CPU time of each child of a server, its engines among them, in ticks of 10 ms. */
function childTicks(pid: number): ReadonlyMap<number, number> {
  return new Map(childrenOf(pid).map((child) => [child, ticksOf(child)]));
}

function isEngine(pid: number): boolean {
  return textOf(`/proc/${pid}/cmdline`).includes("engine-child");
}

function ticksOf(pid: number): number {
  try {
    const [, , ...fields] = readFileSync(`/proc/${pid}/stat`, "utf8").split(/\) /)[1]?.split(" ") ?? [];
    return Number(fields[9] ?? 0) + Number(fields[10] ?? 0);
  } catch {
    // It has ended.
    return 0;
  }
}

async function oneQuery(server: LoadServer): Promise<Numbers> {
  const before = childTicks(server.pid);
  const aloneMs = (await server.metric(dearQuery(1), "first")).ms;
  const grown = [...childTicks(server.pid)].map(
    ([child, ticks]) => [child, ticks - (before.get(child) ?? ticks)] as const,
  );
  const [engine, alone] = grown.toSorted(([, a], [, b]) => b - a)[0] ?? [0, 0];
  const then = ticksOf(engine);
  const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => server.metric(dearQuery(2), `client-${n}`)));
  return {
    clients: answers.length,
    aloneMs: Math.round(aloneMs),
    answered: answers.filter(isAnswered).length,
    p99Ms: percentile(msOf(answers), 0.99),
    // About 1 where one execution served all of them.
    engineTimeAgainstOne: alone < 3 ? "too quick to tell" : Math.round(((ticksOf(engine) - then) / alone) * 10) / 10,
  };
}

async function overload(server: LoadServer, seconds: number): Promise<Numbers> {
  let n = 0;
  const one = (user: number) => server.metric(cheapQuery(n++), `user-${user}`);
  const peak = (await closedLoad(4, seconds, one)).filter(isAnswered).length / seconds;
  const idleMs = percentile(msOf(await closedLoad(1, 2, one)), 0.5);
  const stop = new AbortController();
  const pings = health(server, stop.signal);
  const users = Math.round(peak * 5);
  await server.stats();
  const ignoring = await openLoad(users, seconds, (user) => one(user % users));
  const { cpuMs } = await server.stats();
  const polite = await politeLoad(users, seconds, one);
  stop.abort();
  const begun = performance.now();
  const isNormal = (answer: Answer) => isAnswered(answer) && answer.ms <= Math.max(2 * idleMs, 50);
  while (!isNormal(await one(0)) && performance.now() - begun < 30_000);
  const share = (answers: readonly Answer[]) =>
    `${Math.round((100 * answers.filter(isAnswered).length) / seconds / peak)} %`;
  return {
    peakPerSecond: Math.round(peak * 10) / 10,
    idleMs,
    ...told("ignored", ignoring, share(ignoring)),
    ...told("kept", polite, share(polite)),
    serverMsARequest: Math.round((100 * cpuMs) / ignoring.length) / 100,
    healthP99Ms: percentile(await pings, 0.99),
    normalAfterMs: Math.round(performance.now() - begun),
  };
}

/** What became of the questions where Retry-After is `ignored` or `kept`. */
function told(name: string, answers: readonly Answer[], goodput: string): Numbers {
  const refused = answers.filter(isRefused);
  return {
    [`${name}: goodput`]: goodput,
    [`${name}: answered p99 ms`]: percentile(msOf(answers.filter(isAnswered)), 0.99),
    [`${name}: refusals`]: refused.length,
    [`${name}: refusal p50 ms`]: percentile(msOf(refused), 0.5),
    [`${name}: refusal p99 ms`]: percentile(msOf(refused), 0.99),
    [`${name}: longest Retry-After s`]: Math.max(0, ...refused.map(({ retryAfterMs }) => retryAfterMs / 1_000)),
    [`${name}: neither`]: answers.filter((answer) => !isAnswered(answer) && !isRefused(answer)).length,
  };
}

async function health(server: LoadServer, signal: AbortSignal): Promise<readonly number[]> {
  const times: number[] = [];
  while (!signal.aborted) {
    times.push((await server.get("/healthz")).ms);
    await sleep(50);
  }
  return times;
}

/** The same screens idle, and while a back-fill of the very days that they show is read into the same store. */
async function backfill(place: Place): Promise<Numbers> {
  const logs = path.join(place.root, "logs");
  const idle = await withServer(place, async (server) => {
    await quiet(server.pid);
    return dashboards(server, place.seconds, 5);
  });
  const { objects } = await writeTraffic(logs, { seed: 1, now: Date.parse(lakeRange.to), records: place.backfill });
  return withServer(
    place,
    async (server) => {
      await readingBegins(server);
      const stop = new AbortController();
      const watched = watch(server, stop.signal);
      const busy = await dashboards(server, place.seconds, 5);
      stop.abort();
      return {
        objects,
        ...compared("p50Ms", idle, busy),
        ...compared("p95Ms", idle, busy),
        ...compared("cpuMsAScreen", idle, busy),
        refused: busy["refused"] ?? "?",
        ...(await watched),
      };
    },
    [logs],
  );
}

/** What a server judges by itself when it starts is no load of the screens. */
async function quiet(pid: number): Promise<void> {
  const spent = () => [...childTicks(pid).values()].reduce((sum, ticks) => sum + ticks, 0);
  for (let before = spent(), still = 0; still < 3; still += 1) {
    await sleep(1_000);
    const now = spent();
    if (now - before > 5) still = -1;
    before = now;
  }
}

async function statusOf({ url }: LoadServer): Promise<Status> {
  return Status.parse(await (await fetch(new URL(api.status.path, url))).json());
}

async function readingBegins(server: LoadServer): Promise<void> {
  while (((await statusOf(server)).ingest?.records ?? 0) === 0) await sleep(100);
}

/** What became of the back-fill until the signal, and what all processes held. */
async function watch(server: LoadServer, signal: AbortSignal): Promise<Numbers> {
  const [first, shown] = [await statusOf(server), new Set<number>()];
  const peaks = new Map<number, number>();
  let [looks, reading, rss, last] = [0, 0, 0, first];
  while (!signal.aborted) {
    await sleep(250);
    last = await statusOf(server);
    looks += 1;
    if (last.ingest?.state !== "idle") reading += 1;
    shown.add(last.snapshot);
    rss = Math.max(rss, familyRss(server.pid));
    for (const pid of familyOf(server.pid)) peaks.set(pid, Math.max(peaks.get(pid) ?? 0, rssOf(pid)));
  }
  return {
    "time that was read": `${Math.round((100 * reading) / Math.max(1, looks))} %`,
    recordsRead: (last.ingest?.records ?? 0) - (first.ingest?.records ?? 0),
    commits: last.snapshot - first.snapshot,
    commitsShown: shown.size,
    allRssMegabytes: Math.round(rss / 1e6),
    "each process, at most": [...peaks.values()].map((bytes) => Math.round(bytes / 1e6)).join(" "),
  };
}

function familyOf(pid: number): readonly number[] {
  return [pid, ...childrenOf(pid).flatMap(familyOf)];
}

/** A number idle and busy, and how often the one goes into the other. */
function compared(name: string, idle: Numbers, busy: Numbers): Numbers {
  const [before, during] = [Number(idle[name]), Number(busy[name])];
  return {
    [`${name} idle`]: before,
    [`${name} busy`]: during,
    [`${name} ratio`]: Math.round((during / before) * 100) / 100,
  };
}

/** One viewer asks for the dearest answer again and again; what becomes of the screens of another. */
async function greedy(server: LoadServer): Promise<Numbers> {
  const dear = Promise.all(Array.from({ length: 20 }, (_, n) => server.metric(dearQuery(1_000 + n), "greedy")));
  const others: { ms: number; refused: number }[] = [];
  for (let n = 0; n < 5; n += 1) others.push(await screenMs(server, n));
  const answers = await dear;
  return {
    dearAnswered: answers.filter(isAnswered).length,
    dearRefused: answers.filter(isRefused).length,
    othersRefused: others.reduce((sum, { refused }) => sum + refused, 0),
    othersP95Ms: percentile(
      others.map(({ ms }) => ms),
      0.95,
    ),
  };
}

/** Connections that send nothing, half of a head, or half of a body; what becomes of visitors who come meanwhile. */
async function slowClients(server: LoadServer, count: number): Promise<Numbers> {
  const { hostname, port } = new URL(server.url);
  const parts = [
    "",
    "GET /healthz HTTP/1.1\r\nHost: x\r\n",
    `POST ${api.metrics.path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{`,
  ];
  const before = await server.stats();
  const sockets: Socket[] = [];
  let [closed, connected] = [0, 0];
  const visits: Promise<Answer>[] = [];
  for (let n = 0; n < count; n += 1) {
    const socket = connect(Number(port), hostname, () => {
      connected += 1;
      socket.write(parts[n % parts.length] ?? "");
    });
    socket.on("error", () => undefined).resume();
    socket.once("close", () => (closed += 1));
    sockets.push(socket);
    if (n % 100 !== 99) continue;
    visits.push(server.visit("/healthz"));
    await sleep(25);
  }
  const open = (await server.stats()).descriptors - before.descriptors;
  const later = await closedLoad(4, 3, () => server.visit("/healthz"));
  const during = await server.stats();
  const screen = await screenMs(server, 1);
  await sleep(45_000);
  const served = [...(await Promise.all(visits)), ...later];
  const answer = {
    connections: count,
    connected,
    openAtOnce: open,
    served: served.filter(isAnswered).length,
    cut: served.length - served.filter(isAnswered).length,
    visitP99Ms: percentile(msOf(served.filter(isAnswered)), 0.99),
    screenRefused: screen.refused,
    rssGrownMegabytes: during.rssMegabytes - before.rssMegabytes,
    closedAfter45s: closed,
    leftOpenThere: (await server.stats()).descriptors - before.descriptors,
  };
  for (const socket of sockets) socket.destroy();
  return answer;
}

/** Slope of the line through the samples, of equal distance, a sample. */
function slope(samples: readonly number[]): number {
  const sumOf = (valueOf: (at: number) => number) => samples.reduce((sum, _, at) => sum + valueOf(at), 0);
  const middle = (samples.length - 1) / 2;
  const under = sumOf((at) => (at - middle) ** 2);
  return under === 0 ? 0 : sumOf((at) => (at - middle) * (samples[at] ?? 0)) / under;
}

/** Two screens a second while logs come all the time. */
async function soak(place: Place): Promise<Numbers> {
  const logs = path.join(place.root, "soak");
  const write = (part: number) =>
    writeTraffic(path.join(logs, String(part)), { seed: part, now: Date.now(), records: soakRecords });
  await write(0);
  return withServer(
    place,
    async (server) => {
      await sleep(warmUpMs);
      const first = await server.stats();
      const samples: number[] = [];
      let refused = 0;
      for (let second = 0; second < place.seconds; second += 1) {
        if (second % soakEverySeconds === 0) await write(1 + second / soakEverySeconds);
        const screens = await openLoad(2, 1, (n) => screenMs(server, second + n));
        refused += screens.reduce((sum, screen) => sum + screen.refused, 0);
        // Half a minute apart: each look collects what is no longer used, so that the slope is that of what stays.
        if (second % soakEverySeconds === 0) samples.push((await server.stats()).heapMegabytes);
      }
      const last = await server.stats();
      return {
        seconds: place.seconds,
        refused,
        rssMegabytes: last.rssMegabytes,
        allRssMegabytes: Math.round(familyRss(server.pid) / 1e6),
        heapMegabytes: samples.join(" "),
        heapSlopeMegabytesPerHour: Math.round((slope(samples) * 3_600) / soakEverySeconds),
        descriptorsGrown: last.descriptors - first.descriptors,
      };
    },
    [logs],
    ["--expose-gc"],
  );
}

const soakRecords = 2_000;
const soakEverySeconds = 30;
/** What starts up and fills its caches is no leak. */
const warmUpMs = 10_000;

/** The server's process, until it listens and has answered. */
async function start({ dataDir, rows }: Place): Promise<Numbers> {
  const begun = performance.now();
  const server = await startServer(dataDir);
  const { status } = await server.get("/readyz");
  const readyMs = Math.round(performance.now() - begun);
  await server.close();
  return { rows, listensAfterMs: server.startedMs, readyAfterMs: readyMs, status };
}

const rows: readonly Row[] = [
  {
    id: "L1",
    asked: "10 users, 5 dashboards a second (open model)",
    wanted: "p95 < 500 ms, p99 < 1 s, event loop p99 < 50 ms",
    run: (place) => withServer(place, (server) => dashboards(server, place.seconds)),
  },
  {
    id: "L2",
    asked: "one query, 200 clients",
    wanted: "one execution, p99 < 1 s",
    run: (place) => withServer(place, oneQuery),
  },
  {
    id: "L3",
    asked: "5 × overload, distinct queries",
    wanted:
      "refusals < 50 ms; goodput ≥ 70 % of peak, 40 % if Retry-After is ignored; health p99 < 100 ms; normal in 10 s",
    run: (place) => withServer(place, (server) => overload(server, place.seconds)),
  },
  {
    id: "L4",
    asked: "back-fill beside 5 users",
    wanted: "dashboard p95 at most doubled, median at most 1.25 ×; all RSS ≤ 1 GB",
    run: backfill,
  },
  {
    id: "L5",
    asked: "the dearest query × 20 by one viewer",
    wanted: "nobody else refused",
    run: (place) => withServer(place, greedy),
  },
  {
    id: "L6",
    asked: "slow heads, slow bodies, idle connections",
    wanted: "bounded; others served",
    run: (place) => withServer(place, (server) => slowClients(server, place.connections)),
  },
  {
    id: "L7",
    asked: "export of all rows, to a reader who is slow at first",
    wanted: "constant memory: grown by < 100 MB",
    run: (place) => withServer(place, (server) => exportAll(server, place.seconds)),
  },
  {
    id: "L8",
    asked: "soak, ingest on (an hour: --seconds 3600)",
    wanted: "slope < 5 MB/h, no growth of descriptors",
    run: soak,
  },
  { id: "L9", asked: "start over the whole lake", wanted: "< 10 s", run: start },
];

function tellDay(day: number): void {
  process.stderr.write(`\r${day} of 30 days${day === 30 ? "\n" : ""}`);
}

/** Runs the rows one after the other over one generated lake; tells each as soon as it is known. */
export async function benchLoad(
  options: LoadOptions,
  tell: (row: { readonly id: string; readonly asked: string; readonly wanted: string; readonly is: Numbers }) => void,
): Promise<void> {
  const root = mkdtempSync(path.join(tmpdir(), "bedrock-audit-load-"));
  const dataDir = options.data ?? path.join(root, "data");
  try {
    const random = (bytes: number) => randomBytes(bytes);
    const store = await openStore({ dataDir, clock: Date.now, random, log: silentLog });
    if ((await store.snapshot()).snapshot === 0) await fillLake(store, options.rows, tellDay);
    const { rows: sizes } = await store.snapshot();
    await store.close();
    const place = { ...options, rows: sizes["invocations"] ?? 0, root, dataDir };
    for (const { asked, id, run, wanted } of rows) {
      if (options.only.length > 0 && !options.only.includes(id)) continue;
      tell({ id, asked, wanted, is: await run(place) });
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
