import type { SegmentKind } from "../../domain/invocation.ts";
import { toolCallText, type Segments } from "../segments.ts";

/** A block of a streamed answer, put together from its events. */
export interface StreamedBlock {
  kind: SegmentKind;
  /** Of the block's first event. */
  readonly path: string;
  text: string;
  name: string | null;
  refId: string | null;
}

/** Joins the deltas of each block; blocks stay in the order in which they began. */
export class BlockStream {
  private readonly blocks = new Map<unknown, StreamedBlock>();

  /** The block of this index, begun here if no event came before. */
  block(index: unknown, path: string): StreamedBlock {
    const known = this.blocks.get(index);
    if (known !== undefined) return known;
    const begun: StreamedBlock = { kind: "assistant", path, text: "", name: null, refId: null };
    this.blocks.set(index, begun);
    return begun;
  }

  addTo(segments: Segments): void {
    for (const { kind, path, text, name, refId } of this.blocks.values()) {
      const said = kind === "toolCall" ? toolCallText(text === "" ? {} : text) : text;
      segments.add({ kind, role: kind === "toolResult" ? "tool" : "assistant", path, text: said, name, refId });
    }
  }
}
