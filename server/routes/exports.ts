import { api } from "../domain/api.ts";
import { InvocationQuery } from "../domain/invocation-answers.ts";
import type { ExportManifest, ExportRequest } from "../domain/export.ts";
import type { PriceLookup } from "../domain/price.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { isoTime } from "../lib/time.ts";
import { bucketStates, holesWithin, targetsOf } from "../metrics/evidence.ts";
import { wholeList, type WholeList } from "../metrics/invocations.ts";
import { invocationColumns, invocationFormats } from "../reports/invocation-file.ts";
import type { Moment } from "../store/moments.ts";
import type { Store } from "../store/store.ts";
import { appendTrail, type TrailAct } from "../trail/trail.ts";
import { ExportDesk, type ReadyFile } from "./export-desk.ts";
import { handle, type Route } from "./route.ts";

interface Deps {
  readonly store: Store;
  readonly prices: PriceLookup;
  readonly moment: () => Promise<Moment>;
  readonly demo: boolean;
}

/** Rows of which a file is made at a time: what is in memory of it. */
const pieceRows = 1_000;

export function exportRoutes(deps: Deps): readonly Route[] {
  const { store } = deps;
  const desk = new ExportDesk({
    clock: store.clock,
    random: store.random,
    onStart: async (actor, manifest) => void (await appendTrail(store, started(actor, manifest))),
    onEnd: async (actor, manifest) => void (await appendTrail(store, ended(actor, manifest))),
  });
  return [
    handle(api.exportStart, async ({ actor, input }) => desk.begin(actor, await fileOf(deps, input))),
    handle(api.exportFile, async ({ actor, input: { id }, signal }) => {
      const { format, name } = desk.manifest(actor, id);
      return { name, mediaType: invocationFormats[format].mediaType, chunks: await desk.fetch(actor, id, signal) };
    }),
    handle(api.exportManifest, async ({ actor, input: { id } }) => desk.manifest(actor, id)),
  ];
}

async function fileOf({ demo, moment, prices, store }: Deps, input: ExportRequest): Promise<ReadyFile> {
  const { coverage, since, snapshot } = await moment();
  const targets = targetsOf(coverage, input.filters);
  const { format, ...filter } = input;
  // Its slots are its own: who only looks does not wait for a file.
  const deps = { engine: store.batch, snapshot: async () => snapshot, prices, clock: store.clock };
  const list = await wholeList(deps, { ...InvocationQuery.parse(filter), limit: pieceRows });
  return {
    about: {
      name: nameOf(list, invocationFormats[format].extension, demo),
      format,
      columns: [...invocationColumns],
      filters: input.filters,
      range: { from: isoTime(list.span.start), to: isoTime(list.span.end) },
      timeZone: input.timeZone,
      asOf: list.asOf,
      snapshot: list.snapshot,
      demo,
      coverage: bucketStates([list.span], targets, since)[0] ?? "uncovered",
      since,
      partial: holesWithin(targets, list.span),
    },
    async *pieces(signal) {
      const { head, lines } = invocationFormats[format];
      yield { text: head, rows: 0 };
      for await (const items of list.pages(signal)) yield { text: lines(items), rows: items.length };
    },
  };
}

function nameOf({ span }: WholeList, extension: string, demo: boolean): string {
  const [from, to] = [span.start, span.end].map((at) => isoTime(at).slice(0, 16).replaceAll(/[-:]/g, ""));
  return `${demo ? "DEMO-DATA-" : ""}bedrock-audit-invocations-${from}-${to}.${extension}`;
}

function started(actor: string, { filters, format, id, range }: ExportManifest): TrailAct {
  const objects = [
    { type: "export", id },
    { type: "query", id: canonicalJson({ filters, format, range }) },
  ];
  return { actor, action: "export", objects, reason: null, ticket: null, outcome: "allowed" };
}

/** The counts and the hash of the file, so that who has it can show that it is this one. */
function ended(actor: string, { bytes, id, rows, sha256 }: ExportManifest): TrailAct {
  const whole = sha256 === null ? [] : [{ type: "sha256", id: sha256 }];
  const objects = [{ type: "export", id }, ...whole];
  const outcome = sha256 === null ? "failed" : "allowed";
  return { actor, action: "export-end", objects, counts: { rows, bytes }, reason: null, ticket: null, outcome };
}
