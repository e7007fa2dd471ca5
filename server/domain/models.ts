/** A base model that this program knows by name. AWS's own lists, where they were read, override it. */
export interface KnownModel {
  readonly id: string;
  readonly name: string;
  /** Inference profiles that exist for it: `global` and geographies; null where it is not known. */
  readonly profiles: readonly string[] | null;
  /** UTC day from which AWS calls it legacy, and the day after which it no longer answers; null: not announced. */
  readonly legacyFrom: string | null;
  readonly endOfLife: string | null;
  /** Its maker calls it deprecated, or it is legacy. */
  readonly deprecated: boolean;
}

const deprecatedByMaker = new Set([
  "anthropic.claude-3-7-sonnet-20250219-v1:0",
  "anthropic.claude-3-opus-20240229-v1:0",
  "anthropic.claude-3-5-haiku-20241022-v1:0",
]);

function model(
  id: string,
  name: string,
  profiles: readonly string[] | null,
  legacyFrom: string | null = null,
  endOfLife: string | null = null,
): KnownModel {
  const deprecated = deprecatedByMaker.has(id) || legacyFrom !== null || endOfLife !== null;
  return { id, name, profiles, legacyFrom, endOfLife, deprecated };
}

/** As published in October 2026. */
export const knownModels: readonly KnownModel[] = [
  model(
    "anthropic.claude-sonnet-4-5-20250929-v1:0",
    "Claude Sonnet 4.5",
    ["global", "us", "eu", "jp"],
    "2026-10-08",
    "2027-04-08",
  ),
  model(
    "anthropic.claude-sonnet-4-20250514-v1:0",
    "Claude Sonnet 4",
    ["global", "us", "eu", "apac"],
    "2026-04-14",
    "2026-10-14",
  ),
  model("anthropic.claude-3-7-sonnet-20250219-v1:0", "Claude Sonnet 3.7", ["us", "eu", "apac"]),
  model("anthropic.claude-opus-4-5-20251101-v1:0", "Claude Opus 4.5", ["global", "us", "eu"]),
  model("anthropic.claude-opus-4-1-20250805-v1:0", "Claude Opus 4.1", ["us"], "2026-07-08", "2027-01-08"),
  model("anthropic.claude-opus-4-20250514-v1:0", "Claude Opus 4", ["us"]),
  model("anthropic.claude-3-opus-20240229-v1:0", "Claude Opus 3", ["us"]),
  model("anthropic.claude-haiku-4-5-20251001-v1:0", "Claude Haiku 4.5", ["global", "us", "eu"]),
  model("anthropic.claude-3-5-haiku-20241022-v1:0", "Claude Haiku 3.5", ["us"]),
  model("anthropic.claude-3-haiku-20240307-v1:0", "Claude Haiku 3", ["us", "eu", "apac"], "2026-03-10", "2026-09-10"),
  model("anthropic.claude-3-sonnet-20240229-v1:0", "Claude Sonnet 3", null, null, "2026-07-30"),
  model("ai21.jamba-1-5-large-v1:0", "Jamba 1.5 Large", null, "2026-05-26", "2026-11-26"),
  model("ai21.jamba-1-5-mini-v1:0", "Jamba 1.5 Mini", null, "2026-05-26", "2026-11-26"),
  model("amazon.nova-canvas-v1:0", "Nova Canvas", null, "2026-03-30", "2026-09-30"),
  model("amazon.nova-reel-v1:0", "Nova Reel 1.0", null, "2026-03-30", "2026-09-30"),
  model("amazon.nova-reel-v1:1", "Nova Reel 1.1", null, "2026-03-30", "2026-09-30"),
  model("amazon.nova-sonic-v1:0", "Nova Sonic", null, "2026-03-13", "2026-09-14"),
  model("amazon.nova-premier-v1:0", "Nova Premier", null, "2026-03-13", "2026-09-14"),
  model("amazon.titan-image-generator-v2:0", "Titan Image Generator v2", null, null, "2026-06-30"),
  model("cohere.command-r-v1:0", "Command R", null, "2026-02-19", "2026-08-19"),
  model("cohere.command-r-plus-v1:0", "Command R+", null, "2026-02-19", "2026-08-19"),
  model("twelvelabs.marengo-embed-2-7-v1:0", "Marengo Embed 2.7", null, "2026-05-29", "2026-11-30"),
];
