import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import type { IngestSource } from "../../server/ingest/options.ts";
import { ingest, type IngestOptions, type IngestRun } from "../../server/ingest.ts";
import { folderSources } from "../../server/sources/folder.ts";
import { takeLease } from "../../server/store/lease.ts";
import type { Store } from "../../server/store/store.ts";
import { inProcessEngine, inProcessReader } from "../faults/in-process.ts";
import { openTestStore, tempFolder } from "../store/temp-store.ts";

export const hourPath = "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/11/20/09";

export interface RecordFields {
  readonly requestId?: string;
  readonly accountId?: string;
  readonly timestamp?: string;
  readonly modelId?: string;
  readonly input?: unknown;
  readonly output?: unknown;
  readonly inputTokenCount?: number;
}

/** A small valid record; what is given replaces what it would hold. */
export function record(requestId: string, fields: RecordFields = {}): Record<string, unknown> {
  const { inputTokenCount = 12, ...more } = fields;
  return {
    schemaType: "ModelInvocationLog",
    schemaVersion: "1.0",
    timestamp: "2026-11-20T09:15:00Z",
    accountId: "111122223333",
    identity: { arn: "arn:aws:iam::111122223333:user/petra" },
    region: "us-east-1",
    requestId,
    operation: "Converse",
    modelId: "anthropic.claude-3-haiku-20240307-v1:0",
    input: {
      inputContentType: "application/json",
      inputBodyJson: { messages: [{ role: "user", content: [{ text: `How is order ${requestId}?` }] }] },
      inputTokenCount,
    },
    output: {
      outputContentType: "application/json",
      outputBodyJson: {
        output: { message: { role: "assistant", content: [{ text: "It is on its way." }] } },
        stopReason: "end_turn",
        metrics: { latencyMs: 420 },
        usage: { inputTokens: inputTokenCount, outputTokens: 6, totalTokens: inputTokenCount + 6 },
      },
      outputTokenCount: 6,
    },
    ...more,
  };
}

/** Lines of records; a string stands as it is. */
export function lines(...records: readonly unknown[]): string {
  return records.map((line) => (typeof line === "string" ? line : JSON.stringify(line)) + "\n").join("");
}

/** When the machine of a workspace was started. */
const startedAt = Date.parse("2026-01-01T00:00:00Z");
/** A folder's clock by which files just written are still: nobody waits to see whether they are. */
export const anHourOn = () => Date.now() + 3_600_000;

export interface WorkspaceOptions {
  readonly dataDir?: string;
  /** Reads in threads and asks in processes of their own, as the program does; default: both in this one, which takes half the time. */
  readonly apart?: boolean;
}

/** A data directory and a folder of downloaded logs, both gone afterwards. */
export class Workspace {
  readonly root = tempFolder();
  readonly logs = path.join(this.root, "logs");
  readonly dataDir: string;
  readonly #apart: boolean;
  now: number | null = null;

  constructor({ apart = false, dataDir }: WorkspaceOptions = {}) {
    this.dataDir = dataDir ?? path.join(this.root, "data");
    this.#apart = apart;
    mkdirSync(this.logs);
  }

  /** Writes a file that was last changed an hour ago. Text is compressed when the name says so. */
  write(name: string, content: string | Uint8Array): string {
    const file = path.join(this.logs, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, typeof content === "string" && name.endsWith(".gz") ? gzipSync(content) : content);
    const settled = new Date(Date.now() - 3_600_000);
    utimesSync(file, settled, settled);
    return file;
  }

  open(): Promise<Store> {
    return openTestStore(this.dataDir, {
      seed: String(Math.random()),
      clock: () => this.now ?? Date.now(),
      ...(this.#apart ? {} : { engineOf: inProcessEngine }),
    });
  }

  async withStore<T>(use: (store: Store) => Promise<T>): Promise<T> {
    const store = await this.open();
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  }

  /** The folder's. */
  async sources(): Promise<readonly IngestSource[]> {
    const found = await folderSources({ path: this.logs, clock: anHourOn });
    return found.map((source) => ({ source, origin: "configured" }));
  }

  /** One run over the folder, in a store that is open. */
  async ingest(store: Store, options: Partial<IngestOptions> = {}): Promise<IngestRun> {
    const lease = await takeLease(store, "test");
    try {
      const sources = await this.sources();
      const signal = new AbortController().signal;
      const uptime = () => (this.now ?? Date.now()) - startedAt;
      const startThread = this.#apart ? {} : { startThread: inProcessReader };
      return await ingest(
        { store, lease, sources, uptime, ...startThread },
        { once: true, since: "30d", signal, workers: 1, ...options },
      );
    } finally {
      await lease.release();
    }
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Runs `use` in a workspace of its own. */
export async function inWorkspace(
  use: (workspace: Workspace) => Promise<void>,
  options: WorkspaceOptions = {},
): Promise<void> {
  const workspace = new Workspace(options);
  try {
    await use(workspace);
  } finally {
    workspace.remove();
  }
}
