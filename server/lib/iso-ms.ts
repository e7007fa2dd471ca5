import { memo } from "./memo.ts";

/** Milliseconds of an ISO time. It remembers the last ones: each table that a call goes into asks for the same. */
export const isoMs = memo((iso) => Date.parse(iso), 1_000, 32);
