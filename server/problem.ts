import { z } from "zod";
import type { Problem } from "./domain/endpoint.ts";
import { ConflictError } from "./findings/triage.ts";
import { TooManyBucketsError } from "./lib/buckets.ts";
import { errorCode, stackFrames, UserError, withRemedy } from "./lib/errors.ts";
import { NoTurn } from "./lib/fair-turns.ts";
import { CursorMismatchError } from "./metrics/cursor.ts";
import { TooManyExports } from "./routes/export-desk.ts";
import { NotFoundError } from "./routes/route.ts";
import { RefusedRequest } from "./security.ts";
import { CatalogReplaced } from "./store/catalog/dialect.ts";
import { diskTrouble } from "./store/disk-trouble.ts";
import { EngineError } from "./store/engine/engine-error.ts";

interface Answer {
  readonly problem: Problem;
  readonly retryAfterSeconds: number | null;
  /** What to log of an error that is a bug: its code and frames, never its message. Null for the others. */
  readonly unexpected: { readonly code: string; readonly frames: string } | null;
}

interface Words {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: Problem["errors"];
}

/** The answer to an error, in our own words: those of parsers, engines and the SDK can quote data. */
export function problemOf(error: unknown, requestId: string): Answer {
  const words = wordsOf(error);
  const isBug = words === null;
  const { type, title, status, detail, errors } = words ?? internal;
  return {
    problem: { type, title, status, detail, requestId, errors: errors ?? [] },
    retryAfterSeconds: status === 503 || status === 429 ? retryAfter(error) : null,
    unexpected: isBug ? { code: errorCode(error), frames: stackFrames(error) } : null,
  };
}

/** By what waits; where nothing is known of that, soon. In seconds. */
function retryAfter(error: unknown): number {
  return error instanceof NoTurn ? Math.max(1, Math.ceil(error.waitMs / 1_000)) : 2;
}

const internal: Words = {
  type: "internal",
  title: "Something went wrong here",
  status: 500,
  detail: "The request could not be answered. The server's log has more under this request id.",
};

function wordsOf(error: unknown): Words | null {
  if (error instanceof z.ZodError) return invalid("The request does not have the form that is expected.", error.issues);
  if (error instanceof TooManyBucketsError) return user(error, "too_many_buckets");
  if (error instanceof CursorMismatchError) {
    const detail = "This page belongs to another filter or order. Start from the first page.";
    return { type: "cursor_mismatch", title: "Another list", status: 400, detail };
  }
  if (error instanceof CatalogReplaced)
    return { type: "busy", title: "Busy", status: 503, detail: `${withRemedy(error)}.` };
  if (error instanceof UserError) return user(error, "invalid_request");
  if (error instanceof NotFoundError)
    return { type: "not_found", title: "Not found", status: 404, detail: `${sentence(error.message)} ${lost}` };
  if (error instanceof ConflictError) {
    return { type: "conflict", title: "Somebody was quicker", status: 409, detail: error.message };
  }
  if (error instanceof RefusedRequest) {
    return { type: error.type, title: "Refused", status: error.status, detail: error.message };
  }
  if (error instanceof TooManyExports) {
    const detail = "Two files of yours, or four in all, are under way: fetch them first, or try again in a minute.";
    return { type: "rate_limited", title: "Too much at once", status: 429, detail };
  }
  if (error instanceof NoTurn) return turnWords(error);
  if (error instanceof EngineError) return engineWords(error);
  return storeWords(error) ?? httpWords(error);
}

const lost = "The address may have been cut short, or what it names is no longer kept.";

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function invalid(detail: string, issues: z.core.$ZodIssue[]): Words {
  const errors = issues.map(({ path, message }) => ({ path: path.map(String).join("."), message }));
  return { type: "invalid_request", title: "Not understood", status: 400, detail, errors };
}

function user({ message, remedy }: UserError, type: string): Words {
  return { type, title: "Not possible", status: 400, detail: `${message.replace(/\.$/, "")}. ${remedy}` };
}

function turnWords({ reason }: NoTurn): Words {
  if (reason === "greedy") {
    const detail = "You have asked for too much at the same time; try again in a moment.";
    return { type: "rate_limited", title: "Too much at once", status: 429, detail };
  }
  return {
    type: "busy",
    title: "Busy",
    status: 503,
    detail: "Too many questions wait already; try again in a moment.",
  };
}

function engineWords({ code, message }: EngineError): Words | null {
  if (code === "ENGINE_BUSY" || code === "ENGINE_RESTARTED") {
    return { type: "busy", title: "Busy", status: 503, detail: `${message}; try again in a moment.` };
  }
  if (code === "ENGINE_TIMEOUT" || code === "ENGINE_CANCELLED" || code === "ENGINE_MEMORY") {
    return { type: "deadline", title: "Too slow", status: 504, detail: `${message}. Ask for a shorter time range.` };
  }
  return null;
}

/** What was to be kept was not: the catalog's disk takes nothing more. */
function storeWords(error: unknown): Words | null {
  const code = errorCode(error);
  const trouble = code.startsWith("SQLITE_") ? diskTrouble(code, "the data directory") : null;
  if (trouble === null) return null;
  return { type: "read_only", title: "Reading only", status: 503, detail: `${withRemedy(trouble)}.` };
}

/** Errors of the body parser: too large, not JSON, broken off. */
function httpWords(error: unknown): Words | null {
  const status = error instanceof Error && "status" in error ? error.status : null;
  if (typeof status !== "number" || status < 400 || status > 499) return null;
  return { type: "invalid_request", title: "Not understood", status, detail: "The request's body could not be read." };
}
