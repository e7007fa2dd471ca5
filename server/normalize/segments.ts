import type { Segment, SegmentKind, Side } from "../domain/invocation.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { pointerStep } from "./json-values.ts";

export const contentLimits = { depth: 32, segments: 2000, characters: 2 * 1024 * 1024 } as const;

export type Role = Segment["role"];

/** A segment as a family reader sees it; what it leaves out is null. */
export interface Piece {
  readonly kind: SegmentKind;
  readonly role: Role;
  readonly path: string;
  readonly turn?: number | null;
  readonly text?: string | null;
  readonly name?: string | null;
  readonly refId?: string | null;
  readonly uri?: string | null;
  readonly isError?: boolean | null;
}

const mediaKinds: ReadonlySet<SegmentKind> = new Set(["document", "image", "video", "audio"] as const);

/** Collects the segments of one side of a record, under the limits of content. */
export class Segments {
  readonly list: Segment[] = [];
  /** Counted beyond the limits too. */
  toolCalls = 0;
  media = 0;
  complete = true;
  private characters: number;
  private readonly side: Side;
  private readonly first: number;
  private readonly hmac: (text: string) => string;

  /** Goes on with the indices and the limits where the side before ended. */
  constructor(side: Side, hmac: (text: string) => string, before: Segments | null = null) {
    this.side = side;
    this.hmac = hmac;
    this.first = before === null ? 0 : before.first + before.list.length;
    this.characters = before?.characters ?? 0;
  }

  add(piece: Piece): void {
    if (piece.kind === "toolCall") this.toolCalls++;
    if (mediaKinds.has(piece.kind)) this.media++;
    const index = this.first + this.list.length;
    const text = index < contentLimits.segments ? this.fit(piece.text ?? null) : undefined;
    if (text === undefined) this.complete = false;
    else this.list.push(this.segment(piece, index, text));
  }

  /** The text, or as much of it as still fits; undefined if nothing does. */
  private fit(text: string | null): string | null | undefined {
    if (text === null) return null;
    const room = contentLimits.characters - this.characters;
    if (text.length > room) this.complete = false;
    if (room <= 0) return undefined;
    const fitting = text.length > room ? withoutHalfPair(text.slice(0, room)) : text;
    this.characters += fitting.length;
    return fitting;
  }

  private segment(piece: Piece, index: number, text: string | null): Segment {
    return {
      side: this.side,
      kind: piece.kind,
      role: piece.role,
      index,
      turn: piece.turn ?? null,
      path: piece.path,
      text,
      name: piece.name ?? null,
      refId: piece.refId ?? null,
      uri: piece.uri ?? null,
      isError: piece.isError ?? null,
      hash: text === null ? null : this.hmac(`${piece.kind}\n${text}`),
    };
  }

  /** Each string leaf as a segment that no reader knows, keys in order, level by level. */
  addLeaves(value: unknown, path: string, turn: number | null = null): void {
    let level: (readonly [unknown, string])[] = [[value, path]];
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > contentLimits.depth) {
        this.complete = false;
        return;
      }
      level = level.flatMap(([node, at]) => this.open(node, at, turn));
    }
  }

  private open(node: unknown, path: string, turn: number | null): (readonly [unknown, string])[] {
    if (typeof node === "string") this.add({ kind: "unknown", role: null, path, turn, text: node });
    if (typeof node !== "object" || node === null) return [];
    const fields: [string, unknown][] = Object.entries(node);
    const ordered = Array.isArray(node) ? fields : fields.toSorted(byKey);
    return ordered.map(([key, child]) => [child, path + pointerStep(key)]);
  }
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function withoutHalfPair(text: string): string {
  return text.replace(/[\uD800-\uDBFF]$/, "");
}

/** A tool as it is offered; its text does not depend on the order of keys. */
export function toolDefinition(path: string, name: string | null, description: unknown, schema: unknown): Piece {
  const text = canonicalJson({ description, schema });
  return { kind: "toolDefinition", role: null, path, name, text };
}

/** Arguments as JSON text, whatever form they came in. */
export function toolCallText(input: unknown): string {
  if (typeof input !== "string") return canonicalJson(input);
  try {
    return canonicalJson(JSON.parse(input));
  } catch {
    return input;
  }
}
