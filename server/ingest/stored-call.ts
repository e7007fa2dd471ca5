import type { Features } from "../domain/signal.ts";
import { invocationOf } from "../metrics/row.ts";
import type { Row } from "../store/store.ts";
import type { Judged } from "./record.ts";

/** A row of `invocations` with all its columns as it was before it was written; without its content and signals. */
export function storedCall(row: Row): Judged {
  return {
    record: {
      unitId: Number(row["unit_id"]),
      sourceId: String(row["source_id"]),
      position: Number(row["position"]),
      invocation: invocationOf(row),
      content: null,
      recordHash: BigInt(row["record_hash"] as number | bigint),
      again: () => null,
      ingestedAt: String(row["ingested_at"]),
    },
    signals: [],
    features: {
      outcome: row["outcome"] as Features["outcome"],
      userHash: text(row["user_hash"]),
      userChars: count(row["user_chars"]),
      systemHash: text(row["system_hash"]),
      systemChars: count(row["system_chars"]),
      conversationHash: text(row["conversation_hash"]),
      historyHash: text(row["history_hash"]),
      extendedHash: text(row["extended_hash"]),
      toolCallHashes: (row["tool_call_hashes"] ?? null) as readonly string[] | null,
      language: text(row["language"]),
      refusalCategory: text(row["refusal_category"]),
      scan: (row["scan"] ?? []) as readonly string[],
    },
    priceKey: text(row["price_key"]),
    priceFlags: (row["price_flags"] ?? []) as readonly string[],
  };
}

function text(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}

function count(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
