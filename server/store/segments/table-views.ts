import { tables, type Table, type TableName } from "../tables.ts";
import type { TableSegments } from "../engine/protocol.ts";

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function emptySelect({ columns }: Table): string {
  const typed = Object.entries(columns).map(([name, type]) => `cast(null as ${type}) as "${name}"`);
  return `select ${typed.join(", ")}, cast(null as varchar) as dt where false`;
}

function segmentsSelect({ columns }: Table, { files, old }: TableSegments): string {
  const names = old
    ? "*"
    : `${Object.keys(columns)
        .map((name) => `"${name}"`)
        .join(", ")}, dt`;
  const list = files.map(literal).join(", ");
  return `select ${names} from read_parquet([${list}], union_by_name = ${old}, hive_partitioning = true, hive_types = {'dt': varchar})`;
}

/**
 * The rows of some segments, with all columns of the table and `dt`. Reading every file's columns is dear, so they are compared only when
 * some segments are old; the columns that those lack are then NULL.
 */
export function tableSelect(name: TableName, segments: TableSegments): string {
  const table: Table = tables[name];
  if (segments.files.length === 0) return emptySelect(table);
  if (!segments.old) return segmentsSelect(table, segments);
  return `${emptySelect(table)} union all by name ${segmentsSelect(table, segments)}`;
}
