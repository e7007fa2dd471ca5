import { BIGINT, DOUBLE, type DuckDBType, LIST, MAP, STRUCT, TIMESTAMP, VARCHAR } from "@duckdb/node-api";
import type { ColumnType } from "../tables.ts";

const hit = { guardrail_id: VARCHAR, stage: VARCHAR, policy: VARCHAR, label: VARCHAR, action: VARCHAR };

export const duckTypes: Readonly<Record<ColumnType, DuckDBType>> = {
  VARCHAR,
  BIGINT,
  DOUBLE,
  TIMESTAMP,
  "VARCHAR[]": LIST(VARCHAR),
  "MAP(VARCHAR, VARCHAR)": MAP(VARCHAR, VARCHAR),
  "STRUCT(guardrail_id VARCHAR, stage VARCHAR, policy VARCHAR, label VARCHAR, action VARCHAR)[]": LIST(STRUCT(hit)),
};
