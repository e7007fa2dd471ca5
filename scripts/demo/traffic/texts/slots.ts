import type { Random } from "../random.ts";

export type Language = "en" | "de" | "fr" | "es" | "it" | "pl" | "pt" | "nl" | "ja" | "ko" | "tr";

const titles = [
  "Tides of Norrow",
  "Bees at Work",
  "The Cartographer's Lamp",
  "A Field Guide to Moss",
  "Salt Roads",
  "The Quiet Signal Box",
  "Knots and Splices",
  "Bread in Eleven Hours",
  "The Glass Ferry",
  "Winter Birds of the Estuary",
  "Small Engines, Mended",
  "Letters from the Weather Station",
  "The Night Gardener",
  "Paper Boats",
  "Stone Walls, Dry Laid",
  "A History of Harbours",
];
const products = [
  "hardcover",
  "paperback",
  "e-book",
  "audiobook",
  "gift card",
  "map set",
  "wall calendar",
  "boxed set",
];
const days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"];
const teams = ["catalogue", "rights", "warehouse", "storefront", "accounts", "print", "returns", "audio"];
const services = [
  "order-service",
  "cart-api",
  "stock-sync",
  "label-printer",
  "search-indexer",
  "invoice-worker",
  "price-feed",
  "login-gateway",
];
const cities = ["Rotterdam", "Leeds", "Porto", "Lyon", "Gdansk", "Turin", "Osaka", "Bergen", "Graz", "Halifax"];

type Draw = (random: Random) => string;

/** What stands for `{name}` in a template. */
const slots: Readonly<Record<string, Draw>> = {
  title: (random) => random.pick(titles),
  title2: (random) => random.pick(titles),
  product: (random) => random.pick(products),
  day: (random) => random.pick(days),
  team: (random) => random.pick(teams),
  service: (random) => random.pick(services),
  city: (random) => random.pick(cities),
  order: (random) => `QM-${random.int(204_100, 998_899)}`,
  parcel: (random) => `PX${random.int(10_000_000, 99_999_999)}`,
  invoice: (random) => `V-${random.int(1_002, 9_870)}`,
  ticket: (random) => `${random.pick(["SHOP", "OPS", "PRINT", "WEB"])}-${random.int(120, 4_890)}`,
  isbnEnd: (random) => `${random.int(100, 999)}-${random.int(0, 9)}`,
  amount: (random) => `${random.int(8, 180)}.${String(random.int(0, 99)).padStart(2, "0")}`,
  count: (random) => String(random.int(2, 48)),
  many: (random) => String(random.int(120, 9_400)),
  percent: (random) => `${random.int(2, 38)}`,
  date: (random) =>
    `${random.int(1, 28)} ${random.pick(["March", "April", "June", "September", "October", "November"])}`,
  time: (random) => `${String(random.int(7, 19)).padStart(2, "0")}:${random.pick(["05", "15", "30", "40", "55"])}`,
  version: (random) => `${random.int(1, 5)}.${random.int(0, 24)}.${random.int(0, 9)}`,
  line: (random) => String(random.int(14, 420)),
  member: (random) => `K-${random.int(1_100, 9_980)}`,
  hash: (random) => random.hex(7),
  clause: (random) => String(random.int(3, 31)),
};

/** Fills `{name}` with values drawn once: the same name has the same value in every text of one call. */
export function filler(random: Random): (template: string) => string {
  const drawn = new Map<string, string>();
  return (template) =>
    template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
      const known = drawn.get(name);
      if (known !== undefined) return known;
      const value = slots[name]?.(random) ?? whole;
      drawn.set(name, value);
      return value;
    });
}
