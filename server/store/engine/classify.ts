import { EngineError, type EngineErrorCode } from "./engine-error.ts";

/** The beginnings of DuckDB's messages, which are its only error codes. */
const beginnings: readonly (readonly [RegExp, EngineErrorCode])[] = [
  [/^INTERRUPT Error/, "ENGINE_CANCELLED"],
  [/^Out of Memory Error|std::bad_alloc/, "ENGINE_MEMORY"],
  [
    /^IO Error: (No files found|Cannot open file|.*[Nn]o such file)|^Invalid Input Error: .*(too small to be a Parquet|No magic bytes)/,
    "SEGMENT_MISSING",
  ],
  [/^(?:Failed to \w+ statements?: )?(Parser|Binder|Catalog|Permission|Not implemented) Error/, "ENGINE_REFUSED"],
];

/** The code of what was thrown; the engine's words only where they speak of our statement, not of data. */
export function classify(error: unknown): { code: EngineErrorCode; detail: string | null } {
  if (error instanceof EngineError) {
    return { code: error.code, detail: error.cause instanceof Error ? error.cause.message : null };
  }
  const message = error instanceof Error ? error.message : "";
  const code = beginnings.find(([begins]) => begins.test(message))?.[1] ?? "ENGINE_FAILED";
  return { code, detail: code === "ENGINE_REFUSED" ? message : null };
}
