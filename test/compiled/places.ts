import path from "node:path";

export const checkout = path.join(import.meta.dirname, "../..");
/** Within `node_modules`, so that packages are found from there. */
export const compiled = path.join(checkout, "node_modules/.cache/compiled");
/** Packages are loaded from `node_modules` itself, as by those who install the program. */
export const benched = path.join(checkout, "node_modules/.cache/benched");
