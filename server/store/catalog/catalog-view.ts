import { Kysely } from "kysely";
import { libsqlDialect, openSqlite } from "./dialect.ts";
import type { CatalogSchema } from "./schema.ts";

/** The catalog as it is at one moment, read while others go on writing. To be closed soon: until then its journal only grows. */
export interface CatalogView {
  readonly catalog: Kysely<CatalogSchema>;
  close(): Promise<void>;
}

export function openCatalogView(file: string): CatalogView {
  const database = openSqlite(file);
  database.exec("begin");
  // The moment is that of the first reading.
  database.prepare("select value from meta limit 1").all();
  const catalog = new Kysely<CatalogSchema>({ dialect: libsqlDialect(database, file) });
  return {
    catalog,
    async close() {
      database.exec("rollback");
      await catalog.destroy();
    },
  };
}
