import type { Filter, FilterField } from "../server/domain/metric.ts";

const words: Readonly<Record<FilterField, string>> = {
  account: "Account",
  region: "Region",
  inferenceRegion: "Inference region",
  residency: "Residency",
  model: "Model",
  provider: "Provider",
  modelId: "Model id",
  endpointType: "Endpoint type",
  endpoint: "Endpoint",
  geo: "Geography",
  principal: "Principal",
  actorClass: "Class",
  session: "Session",
  operation: "Operation",
  status: "Status",
  error: "Error",
  stop: "Stop",
  serviceTier: "Service tier",
  guardrail: "Guardrail",
  guardrailId: "Guardrail id",
  guardrailPolicy: "Guardrail policy",
  signal: "Signal",
  signalSeverity: "Signal severity",
  source: "Source",
  inputBody: "Input body",
  outputBody: "Output body",
  tokens: "Tokens",
  cost: "Cost",
  latency: "Latency",
  priced: "Priced",
};

export function fieldWord(field: FilterField): string {
  return words[field];
}

const relations: Readonly<Record<Filter["op"], string>> = {
  in: "is",
  notIn: "is not",
  glob: "is like",
  notGlob: "is not like",
  null: "is not recorded",
  notNull: "is recorded",
  gte: "from",
  lt: "below",
};

/** "Model is", "Region is not recorded": what stands before the values. */
export function filterRelation({ field, op }: Filter): string {
  return `${words[field]} ${relations[op]}`;
}

export function filterWords(filter: Filter): string {
  return [filterRelation(filter), filter.values.join(", ")].join(" ").trim();
}
