import { s3BodyPlace } from "../sources/body-place.ts";
import { cloudWatchSource, type CloudWatchSourceOptions } from "../sources/cloudwatch.ts";
import { s3PlaceName, s3Source, type S3Place, type S3SourceOptions } from "../sources/s3.ts";
import type { Source } from "../sources/source.ts";
import type { PlaceName } from "../store/catalog/source-places.ts";
import type { IngestSource } from "./options.ts";

export type S3Parts = { readonly kind: "s3" } & S3SourceOptions;

/** What a source is made of: two of one id can be made into one that has the places of both. */
export type SourceParts =
  | S3Parts
  | ({ readonly kind: "cloudwatch"; readonly bodies: readonly S3Place[] } & Omit<CloudWatchSourceOptions, "bodies">);

/** A source that was found. */
export interface FoundSource extends IngestSource {
  /** Absent: it has one place, which is all that it is. */
  readonly parts?: SourceParts;
}

export function sourceOf(parts: SourceParts): Source {
  if (parts.kind === "s3") return s3Source(parts);
  const bodies = parts.bodies.map(({ bucket, prefix }) => s3BodyPlace(bucket, prefix, parts.scope));
  return cloudWatchSource({ ...parts, bodies });
}

/** The places in S3 of a source that a configuration names. */
export function placesOf(parts: SourceParts): readonly PlaceName[] {
  return namesOf(parts, ({ unnamed = false }) => !unnamed);
}

/** Those in which a folder of it was found that no configuration names. */
export function unnamedPlacesOf(parts: SourceParts): readonly PlaceName[] {
  return namesOf(parts, ({ unnamed = false }) => unnamed);
}

/** The same without places in which no more than a folder of it was found. */
export function onlyNamed(parts: SourceParts): SourceParts {
  return parts.kind === "s3" ? { ...parts, places: parts.places.filter(({ unnamed = false }) => !unnamed) } : parts;
}

/** Whether all that is known of a source is its folder. */
export function isUnnamed({ parts }: FoundSource): boolean {
  return parts?.kind === "s3" && placesOf(parts).length === 0;
}

function namesOf(parts: SourceParts, is: (place: S3Place) => boolean): readonly PlaceName[] {
  const [role, places] =
    parts.kind === "s3" ? (["records", parts.places] as const) : (["bodies", parts.bodies] as const);
  const names = new Set(places.filter(is).map(({ bucket, prefix }) => s3PlaceName(bucket.bucket, prefix)));
  return [...names].map((place) => ({ role, place }));
}

/** The same source with more places; those that it has come first. */
export function withPlaces(parts: SourceParts, more: readonly S3Place[]): SourceParts {
  if (parts.kind === "s3") return { ...parts, places: [...parts.places, ...more] };
  return { ...parts, bodies: [...parts.bodies, ...more] };
}

/** Each source once: one that was found again has the places of all, and is else what it was at first. */
export function joinedSources(found: readonly FoundSource[]): readonly FoundSource[] {
  const joined = new Map<string, FoundSource>();
  for (const entry of found) {
    const known = joined.get(entry.source.id);
    joined.set(entry.source.id, known === undefined ? entry : joinedTo(known, entry));
  }
  return [...joined.values()];
}

function joinedTo(known: FoundSource, { parts: other }: FoundSource): FoundSource {
  if (known.parts === undefined || other === undefined) return known;
  const parts = withPlaces(known.parts, other.kind === "s3" ? other.places : other.bodies);
  return { ...known, parts, source: sourceOf(parts) };
}
