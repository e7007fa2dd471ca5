import { request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createApp } from "../../server/app.ts";
import type { Status } from "../../server/domain/status.ts";
import { openPriceBook } from "../../server/pricing/price-book.ts";
import type { Engine, Store } from "../../server/store/store.ts";
import { inWorkspace, lines, record, type Workspace } from "../ingest/kit.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
  readonly bytes: Buffer;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface TestServer {
  readonly store: Store;
  readonly port: number;
  /** A raw request: `fetch` would tidy up the path and refuse the headers that an attacker sends. */
  readonly ask: (path: string, options?: Asked) => Promise<Answer>;
  /** A POST as our own page sends it. */
  readonly post: (path: string, body: unknown) => Promise<Answer>;
  /** One more log file, stored. */
  readonly add: (name: string, text: string) => Promise<void>;
}

export const prompt = "MARKER-prompt-4711";

export interface Stored {
  /** Text of log files by name; default: three records. */
  readonly files?: Readonly<Record<string, string>>;
  /** Default: the time of the machine. */
  readonly now?: number;
  /** What stands before the store's query engine; default: nothing. */
  readonly engine?: (engine: Engine) => Engine;
  /** What stands before the engine of long work; default: nothing. */
  readonly batch?: (engine: Engine) => Engine;
  /** What the server takes its ingest to be doing; default: there is none. */
  readonly progress?: () => Status["ingest"];
}

function threeRecords(): string {
  const asked = { messages: [{ role: "user", content: [{ text: prompt }] }] };
  const first = record("r-1", { input: { inputBodyJson: asked, inputTokenCount: 12 } });
  return lines(first, record("r-2"), record("r/3;x"));
}

/** The app over a store of log files, on a free port. */
export function withServer(
  work: (server: TestServer) => Promise<void>,
  {
    engine = (plain) => plain,
    batch = (plain) => plain,
    files = { "calls.json": threeRecords() },
    now,
    progress = () => null,
  }: Stored = {},
): Promise<void> {
  const serve = async (workspace: Workspace): Promise<void> => {
    for (const [name, text] of Object.entries(files)) workspace.write(name, text);
    workspace.now = now ?? null;
    await workspace.withStore(async (store) => {
      await workspace.ingest(store);
      const app = createApp({
        store: { ...store, interactive: engine(store.interactive), batch: batch(store.batch) },
        prices: openPriceBook(),
        demo: false,
        version: "0.0.0",
        timeZone: "UTC",
        revealTtl: 300,
        webDir: null,
        ingestProgress: progress,
        notWriting: () => null,
        awsRequests: () => [],
      });
      const server = await new Promise<Server>((resolve) => {
        const listening = app.listen(0, "127.0.0.1", () => resolve(listening));
      });
      const { port } = server.address() as AddressInfo;
      const ask = (path: string, options: Asked = {}) => send(port, path, options);
      try {
        await work({
          store,
          port,
          ask,
          async add(name, text) {
            workspace.write(name, text);
            await workspace.ingest(store);
          },
          post: (path, body) => ask(path, { method: "POST", headers: ours(port), body: JSON.stringify(body) }),
        });
      } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    });
  };
  return inWorkspace(serve, { apart: true });
}

export function ours(port: number): Record<string, string> {
  return {
    "content-type": "application/json",
    "x-bedrock-audit": "1",
    origin: `http://127.0.0.1:${port}`,
    "sec-fetch-site": "same-origin",
  };
}

function send(port: number, path: string, { method = "GET", headers = {}, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part));
      response.on("error", reject);
      response.on("end", () => {
        const bytes = Buffer.concat(parts);
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text: bytes.toString("utf8"), bytes });
      });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}
