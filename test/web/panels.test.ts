import { describe, expect, it } from "vitest";

const sources = Object.entries(
  import.meta.glob<string>("../../web/panels/*.{ts,tsx}", { query: "?raw", import: "default", eager: true }),
);
const pages = Object.values(
  import.meta.glob<string>("../../web/pages/*.{ts,tsx}", { query: "?raw", import: "default", eager: true }),
).join("\n");
const list = sources.find(([path]) => path.endsWith("/list.ts"))?.[1] ?? "";

const made = /export const \w+(?:: PanelSpec = | = \w+Panel\()\{\s+id: "([a-z-]+)"/;
const panels = sources.flatMap(([path, source]) => {
  const id = made.exec(source)?.[1];
  return id === undefined ? [] : [[path.slice(path.lastIndexOf("/") + 1), id] as const];
});

describe("panels", () => {
  it("are there", () => {
    expect(panels.length).toBeGreaterThanOrEqual(15);
  });

  it.each(panels)("%s is called by its file, stands in the list and on a page", (file, id) => {
    expect(file.replace(/\.tsx?$/, "")).toBe(id);
    expect(list).toContain(`from "./${file}"`);
    expect(pages).toContain(`"${id}"`);
  });
});
