import { createHash } from "node:crypto";
import { z } from "zod";
import type { InvocationQuery } from "../domain/invocation-answers.ts";
import { UserError } from "../lib/errors.ts";

/** The cursor belongs to another filter, sort or range than the query that it came with. */
export class CursorMismatchError extends UserError {
  constructor() {
    super("The cursor belongs to another list.", "Ask for the first page again.");
  }
}

/** The last row of a page, and what the list is pinned to: its range in absolute times, and the newest data that it shows. */
const Cursor = z.strictObject({
  list: z.string().length(16),
  from: z.iso.datetime({ precision: 3 }),
  to: z.iso.datetime({ precision: 3 }),
  asOf: z.iso.datetime({ precision: 3 }).nullable(),
  /** What the list is sorted by, of the last row; text for money, so that no digit is lost. */
  value: z.union([z.number(), z.string().regex(/^-?\d{1,38}$/), z.null()]),
  time: z.iso.datetime({ precision: 3 }),
  accountId: z.string().max(40),
  region: z.string().max(40),
  requestId: z.string().max(300),
});
export type Cursor = Readonly<z.infer<typeof Cursor>>;

/** Names the list that a query asks for, whatever its page. */
export function listName({ range, timeZone, filters, sort }: InvocationQuery): string {
  return createHash("sha256")
    .update(JSON.stringify([range, timeZone, filters, sort]))
    .digest("hex")
    .slice(0, 16);
}

export function writeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify(cursor)).toString("base64url");
}

export function readCursor(query: InvocationQuery): Cursor | null {
  if (query.cursor === null) return null;
  const parsed = Cursor.safeParse(parseJson(Buffer.from(query.cursor, "base64url").toString()));
  if (!parsed.success || parsed.data.list !== listName(query)) throw new CursorMismatchError();
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
