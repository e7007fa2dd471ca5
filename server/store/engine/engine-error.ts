/** Why a query gave no rows. */
export type EngineErrorCode =
  | "ENGINE_BUSY" // no slot in time: ask again in a moment
  | "ENGINE_TIMEOUT"
  | "ENGINE_CANCELLED"
  | "ENGINE_MEMORY"
  | "ENGINE_RESTARTED" // the engine died under this query, twice
  | "ENGINE_REFUSED" // not one SELECT, or not valid SQL: an error of ours
  | "ENGINE_FAILED" // the engine could not compute it: a cast, an overflow
  | "RESULT_TOO_LARGE"
  | "SEGMENT_MISSING";

const words: Record<EngineErrorCode, string> = {
  ENGINE_BUSY: "the query engine is busy",
  ENGINE_TIMEOUT: "the query took too long",
  ENGINE_CANCELLED: "the query was cancelled",
  ENGINE_MEMORY: "the query needs more memory than the engine may use",
  ENGINE_RESTARTED: "the query ended the engine, which was started again",
  ENGINE_REFUSED: "the statement was refused",
  ENGINE_FAILED: "the query could not be computed",
  RESULT_TOO_LARGE: "the result is larger than allowed",
  SEGMENT_MISSING: "a segment of the lake can't be read",
};

/** Its message is in our words; the engine's own text, which can quote data, is the `cause` of the errors in our SQL alone. */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, detail: string | null = null) {
    super(words[code], detail === null ? {} : { cause: new Error(detail) });
    this.code = code;
  }
}
