import type { ChildProcess } from "node:child_process";
import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { api } from "../../server/domain/api.ts";
import { viewerHeader } from "../../server/domain/endpoint.ts";
import { startProgram } from "./program.ts";
import { lakeRange } from "./query-lake.ts";
import type { ServerStats } from "./load-server.ts";

export interface Answer {
  /** 0: no answer came. */
  readonly status: number;
  readonly ms: number;
  readonly retryAfterMs: number;
  readonly bytes: number;
}

export interface LoadServer {
  readonly pid: number;
  readonly url: string;
  /** From the start of the process until it listened. */
  readonly startedMs: number;
  get(url: string): Promise<Answer>;
  /** As `get`, over a new connection. */
  visit(url: string): Promise<Answer>;
  /** Each viewer is a browser of its own. */
  metric(query: object, viewer: string): Promise<Answer>;
  stats(): Promise<ServerStats>;
  close(): Promise<void>;
}

/** `flags`: of Node. */
export async function startServer(
  dataDir: string,
  folders: readonly string[] = [],
  flags: readonly string[] = [],
): Promise<LoadServer> {
  const child = await startProgram("load-server", [dataDir, ...folders], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    flags,
  });
  const begun = performance.now();
  const { url } = await told<{ readonly url: string }>(child);
  const agent = new Agent({ keepAlive: true, maxSockets: 2_000 });
  const headers = { "content-type": "application/json", "x-bedrock-audit": "1", origin: url };
  return {
    pid: child.pid ?? 0,
    url,
    startedMs: Math.round(performance.now() - begun),
    get: (at) => ask(new URL(at, url), { agent, headers }),
    visit: (at) => ask(new URL(at, url), { agent: false, headers }),
    metric: (query, viewer) =>
      ask(new URL(api.metrics.path, url), {
        agent,
        headers: { ...headers, [viewerHeader]: viewer },
        body: JSON.stringify(query),
      }),
    stats() {
      const answer = told<ServerStats>(child);
      child.send("stats");
      return answer;
    },
    async close() {
      agent.destroy();
      const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.send("close");
      await ended;
    },
  };
}

function told<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the server ended with ${code}`));
    child.once("exit", ended);
    child.once("message", (message) => {
      child.off("exit", ended);
      resolve(message as T);
    });
  });
}

interface Asked {
  readonly agent: Agent | false;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

function ask(url: URL, { agent, body, headers }: Asked): Promise<Answer> {
  const begun = performance.now();
  const method = body === undefined ? "GET" : "POST";
  return new Promise((resolve) => {
    let bytes = 0;
    const end = (status: number, retryAfter = 0) =>
      resolve({ status, ms: performance.now() - begun, retryAfterMs: retryAfter * 1_000, bytes });
    const outgoing = request(url, { agent, headers, method }, (response) => {
      response.on("data", (part: Buffer) => (bytes += part.length));
      response.once("end", () => end(response.statusCode ?? 0, Number(response.headers["retry-after"] ?? 0)));
      response.once("error", () => end(0));
    });
    outgoing.once("error", () => end(0));
    outgoing.end(body);
  });
}

const week = { from: "2026-11-17T00:00:00Z", to: lakeRange.to };
const accounts = ["111122223333", "444455556666", "777788889999"];

/**
 * The questions of one screen; a user looks at one account, or at all. Screens are opened a minute apart, the last hour's first, and each ends
 * its day then; every fourth ends its week then, too: so that one question of four is new.
 */
export function dashboard(user: number, opened = 0): readonly object[] {
  const sooner = (time: string) => new Date(Date.parse(time) - opened * 60_000).toISOString();
  const account = accounts[user % (accounts.length + 1)];
  const filters = account === undefined ? [] : [{ field: "account", op: "in", values: [account] }];
  const morning = `2026-11-22T${String(user % 24).padStart(2, "0")}:05:00Z`;
  const day = { from: sooner(morning), to: sooner("2026-11-23T09:05:00Z") };
  const untilThen = opened % 4 === 0 ? { ...week, to: sooner(week.to) } : week;
  return [
    { range: day, measures: ["invocations", "principals", "interventions", "costUsd"], compare: "previous", filters },
    { range: untilThen, measures: ["invocations"], dimensions: ["status"], bucket: "1h", top: 7, filters },
    { range: lakeRange, measures: ["invocations", "costUsd"], dimensions: ["model"], top: 10, filters },
    { range: lakeRange, measures: ["invocations", "totalTokens"], dimensions: ["principal"], top: 10, filters },
    { range: lakeRange, measures: ["costUsd"], dimensions: ["model"], bucket: "1d", top: 6, filters },
  ];
}

/** Dear: it reads rows. Each number asks another question, so that no answer is remembered. */
export function dearQuery(number: number): object {
  const to = new Date(Date.parse(lakeRange.to) - number * 1_000).toISOString();
  return {
    range: { from: lakeRange.from, to },
    measures: ["latencyP50Ms", "latencyP95Ms"],
    dimensions: ["model"],
  };
}

/** As `dearQuery`, over one hour. */
export function cheapQuery(number: number): object {
  const from = new Date(Date.parse(week.from) + number * 1_000);
  return {
    range: { from: from.toISOString(), to: new Date(from.getTime() + 3_600_000).toISOString() },
    measures: ["latencyP95Ms"],
    dimensions: ["model"],
  };
}

/** Asks at a steady rate, whatever the answers take; resolves when all have come. */
export async function openLoad<T>(perSecond: number, seconds: number, one: (n: number) => Promise<T>): Promise<T[]> {
  const begun = performance.now();
  const asked: Promise<T>[] = [];
  const count = Math.max(1, Math.round(perSecond * seconds));
  for (let n = 0; n < count; n += 1) {
    const waitMs = begun + (n * 1_000) / perSecond - performance.now();
    if (waitMs > 1) await sleep(waitMs);
    asked.push(one(n));
  }
  return Promise.all(asked);
}

/** So many askers, each of whom asks again when it was answered. */
export async function closedLoad<T>(askers: number, seconds: number, one: (asker: number) => Promise<T>): Promise<T[]> {
  const end = performance.now() + seconds * 1_000;
  const answers: T[] = [];
  await Promise.all(
    Array.from({ length: askers }, async (_, asker) => {
      while (performance.now() < end) answers.push(await one(asker));
    }),
  );
  return answers;
}

/**
 * So many users, each of whom asks once a second. Who is refused waits as long as the answer says, and up to as long again: what a page does
 * that was told to come back.
 */
export async function politeLoad(
  users: number,
  seconds: number,
  one: (user: number) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const end = performance.now() + seconds * 1_000;
  const answers: Answer[] = [];
  await Promise.all(
    Array.from({ length: users }, async (_, user) => {
      await sleep(Math.random() * 1_000);
      while (performance.now() < end) {
        const answer = await one(user);
        if (performance.now() <= end) answers.push(answer);
        const pauseMs = isRefused(answer) ? answer.retryAfterMs * (1 + Math.random()) : 1_000 - answer.ms;
        await sleep(Math.max(0, Math.min(pauseMs, end - performance.now())));
      }
    }),
  );
  return answers;
}

export const isAnswered = ({ status }: Answer) => status === 200;
export const isRefused = ({ status }: Answer) => status === 429 || status === 503;

export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? Number.NaN : Math.round(value * 10) / 10;
}
