import type { Judged } from "./record.ts";
import { isoMs } from "../lib/iso-ms.ts";
import type { RowBatch } from "../store/segments/row-batch.ts";
import { rollupMeasureColumns, type RollupTable, tables } from "../store/tables.ts";

type Key = readonly (string | null)[];
type MeasureName = (typeof rollupMeasureColumns)[number];
type HourTable = "rollups" | "rollups_model";

/** The rollup by hour that each table's rows are made from. */
const hoursOf: Readonly<Record<RollupTable, HourTable>> = {
  rollups: "rollups",
  rollups_model: "rollups_model",
  rollups_day: "rollups",
  rollups_model_day: "rollups_model",
};

interface Sums {
  /** Start of the hour or day, ms. */
  readonly start: number;
  readonly key: Key;
  /** In the order of `rollupMeasureColumns`. */
  readonly values: Float64Array;
}

/** Partial sums of a batch by hour and key; those of days are added up from them at the end. */
export class RollupSums {
  readonly #sums: Readonly<Record<HourTable, Map<string, Sums>>> = { rollups: new Map(), rollups_model: new Map() };
  readonly #measured = new Float64Array(rollupMeasureColumns.length);

  /** `times` is -1 for what is taken back. */
  add(judged: Judged, times: 1 | -1 = 1): void {
    Object.values(measuresOf(judged)).forEach((measure, index) => (this.#measured[index] = times * measure));
    const hour = hourOf(judged.record.invocation.time);
    this.#addTo("rollups", hour, principalKeyOf(judged));
    this.#addTo("rollups_model", hour, modelKeyOf(judged));
  }

  /** Column by column: no object is made for a row. */
  batch<N extends RollupTable>(table: N): RowBatch<N> {
    const [time = "", ...columns] = Object.keys(tables[table].columns).filter((name) => !measureNames.has(name));
    const hours = this.#sums[hoursOf[table]];
    const sums = [...(time === "day" ? daysOf(hours.values()) : hours).values()];
    const cells: Record<string, unknown[]> = { [time]: sums.map(({ start }) => start) };
    for (const [index, column] of columns.entries()) cells[column] = sums.map(({ key }) => key[index] ?? null);
    for (const [index, name] of rollupMeasureColumns.entries())
      cells[name] = sums.map(({ values }) => values[index] ?? 0);
    return { rows: sums.length, columns: cells as unknown as RowBatch<N>["columns"] };
  }

  #addTo(table: HourTable, hour: number, key: Key): void {
    addTo(this.#sums[table], hour, key, this.#measured);
  }
}

function addTo(sums: Map<string, Sums>, start: number, key: Key, added: Float64Array): void {
  const id = start + idOf(key);
  let entry = sums.get(id);
  if (entry === undefined) {
    entry = { start, key, values: new Float64Array(rollupMeasureColumns.length) };
    sums.set(id, entry);
  }
  const { values } = entry;
  // With a default for what cannot be missing, each number would be put on the heap.
  for (let at = 0; at < values.length; at += 1) values[at] = (values[at] as number) + (added[at] as number);
}

function daysOf(hours: Iterable<Sums>): Map<string, Sums> {
  const days = new Map<string, Sums>();
  for (const { start, key, values } of hours) addTo(days, Math.floor(start / dayMs) * dayMs, key, values);
  return days;
}

/** Two keys never share an id, whatever their texts hold: each text stands behind its length. */
function idOf(key: Key): string {
  let id = "";
  for (const part of key) id += part === null ? ";" : `;${part.length}:${part}`;
  return id;
}

const measureNames: ReadonlySet<string> = new Set(rollupMeasureColumns);
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const longContextFrom = 200_000;

function hourOf(time: string): number {
  return Math.floor(isoMs(time) / hourMs) * hourMs;
}

/** In the order of the columns between `hour` and the measures. */
function principalKeyOf({ priceKey, record: { invocation: call } }: Judged): Key {
  const { accountId, actorClass, endpointType, endpointTypeBehind, model, principalKey, region } = call;
  return [accountId, region, model, endpointType, endpointTypeBehind, principalKey, actorClass, priceKey];
}

function modelKeyOf({ priceKey, record: { invocation: call } }: Judged): Key {
  return [
    call.accountId,
    call.region,
    call.inferenceRegion,
    call.residency,
    call.model,
    call.provider,
    call.geo,
    call.endpointType,
    call.endpointTypeBehind,
    call.operation,
    call.status,
    call.errorCode,
    call.stopClass,
    call.guardrailOutcome,
    priceKey,
  ];
}

const outcomesOfIntervention: ReadonlySet<string | null> = new Set(["blocked", "masked", "intervened"]);

/** What one invocation adds to each sum, in the order of `rollupMeasureColumns`. */
function measuresOf({ record: { invocation: call } }: Judged): Readonly<Record<MeasureName, number>> {
  const { guardrailOutcome: outcome, residency, status } = call;
  const succeeded = status === "success";
  const failed = call.errorCode !== null;
  const tokens =
    (call.inputTokens ?? 0) + (call.outputTokens ?? 0) + (call.cacheReadTokens ?? 0) + (call.cacheWriteTokens ?? 0);
  return {
    invocations: 1,
    succeeded: one(succeeded),
    blocked: one(status === "blocked"),
    client_errors: one(status === "client-error"),
    server_errors: one(status === "server-error"),
    throttled: one(status === "throttled"),
    other_errors: one(status === "other-error"),
    interventions: one(outcomesOfIntervention.has(outcome)),
    masked: one(outcome === "masked"),
    detected: one(outcome === "detected"),
    guardrail_no_evidence: one(outcome === "no-evidence"),
    guardrail_unknown: one(outcome === null),
    input_tokens: call.inputTokens ?? 0,
    output_tokens: call.outputTokens ?? 0,
    cache_read_tokens: call.cacheReadTokens ?? 0,
    cache_write_tokens: call.cacheWriteTokens ?? 0,
    cache_write_1h_tokens: call.cacheWrite1hTokens ?? 0,
    with_tokens: one(tokens > 0),
    latency_known: one(call.latencyMs !== null),
    other_region: one(succeeded && residency === "other-region"),
    not_recorded: one(succeeded && residency === "not-recorded"),
    long_context: one((call.contextTokens ?? 0) > longContextFrom),
    bodies_in_s3: one(!failed && (call.inputBodyState === "s3" || call.outputBodyState === "s3")),
    bodies_absent: one(!failed && (call.inputBodyState === "absent" || call.outputBodyState === "absent")),
  };
}

function one(holds: boolean): number {
  return holds ? 1 : 0;
}
