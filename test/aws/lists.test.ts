import { describe, expect, it } from "vitest";
import { listing } from "../../server/aws/accounts.ts";
import { pagesOf } from "../../server/aws/pages.ts";
import { account, otherAccount } from "./small-world.ts";

async function readAll(tokenOf: (page: number) => string | undefined): Promise<number> {
  let pages = 0;
  const fetch = async () => ++pages;
  for await (const _ of pagesOf(fetch, tokenOf));
  return pages;
}

describe("a list in pages", () => {
  it("is read until no token is left", async () => {
    expect(await readAll((page) => (page < 3 ? `t${page}` : undefined))).toBe(3);
  });

  it("is not read where a token comes back", async () => {
    await expect(readAll((page) => `t${page % 2}`)).rejects.toMatchObject({ name: "UnreadableAnswer" });
  });

  it("is not read for ever where each page names another one", async () => {
    await expect(readAll((page) => `t${page}`)).rejects.toMatchObject({ name: "UnreadableAnswer" });
  });
});

describe("the accounts of an organisation", () => {
  it("are each listed once, however often they were told or asked for", () => {
    const told = { id: account, state: "ACTIVE" };
    expect(listing([told, told], [])).toEqual([{ ...told, standing: "open" }]);
    const asked = listing([told], [account, otherAccount, otherAccount]);
    expect(asked.map(({ id, standing }) => [id, standing])).toEqual([
      [account, "open"],
      [otherAccount, "stranger"],
    ]);
  });
});
