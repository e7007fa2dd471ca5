import type { Finding } from "../domain/finding.ts";
import type { Severity } from "../domain/severity.ts";
import { gapMs } from "../lib/spans.ts";
import { dayOf, type Words } from "./detection-rule.ts";
import { groupBy, hourMs } from "./windows.ts";

/** What a chain reads of a finding. */
export type Link = Pick<Finding, "detectionId" | "subject" | "bucket" | "firstSeen" | "lastSeen">;

export interface ChainExample {
  readonly name: string;
  readonly findings: readonly Link[];
  /** `links`: how many findings it is made of. */
  readonly finds?: readonly { readonly subject: string; readonly bucket: string; readonly links: number }[];
}

/**
 * Findings about one subject that together say more than each alone. Every link stands as a finding with its own evidence: weak hits
 * never add up to a grave one. Pure.
 */
export interface Chain extends Words {
  readonly severity: Severity;
  /** One finding of each group, in the order in which the story goes. The second one is the anchor: its day is the chain's. */
  readonly links: readonly [readonly string[], anchor: readonly string[], ...(readonly string[])[]];
  /** How far from the anchor the others may stand. */
  readonly withinHours: number;
  readonly examples: { readonly finds: readonly ChainExample[]; readonly ignores: readonly ChainExample[] };
}

/** A chain that holds, with the findings that it is made of, in order of time. */
export interface ChainHit<L extends Link> {
  readonly subject: string;
  /** UTC day of its first anchor's first record. */
  readonly bucket: string;
  readonly firstSeen: string;
  readonly lastSeen: string;
  readonly links: readonly L[];
}

/** Every chain that the findings make. Their order changes nothing. */
export function chained<L extends Link>(chain: Chain, findings: readonly L[]): readonly ChainHit<L>[] {
  const sorted = findings.toSorted((a, b) => compare(orderOf(a), orderOf(b)));
  const anchors = sorted.filter(({ detectionId }) => chain.links[1].includes(detectionId));
  const days = groupBy(anchors, ({ subject, firstSeen }) => `${dayOf(firstSeen)} ${subject}`);
  return [...days.values()].flatMap((own) => {
    const links = new Set(own.flatMap((anchor) => linksOf(chain, anchor, sorted)));
    return links.size === 0
      ? []
      : [
          hitOf(
            sorted.filter((finding) => links.has(finding)),
            own,
          ),
        ];
  });
}

/** One finding of each group at least, all near the anchor; or nothing. */
function linksOf<L extends Link>({ links, withinHours }: Chain, anchor: L, findings: readonly L[]): readonly L[] {
  const near = findings.filter(
    (other) => other.subject === anchor.subject && gapMs(anchor, other) <= withinHours * hourMs,
  );
  const groups = links.map((ids) => near.filter(({ detectionId }) => ids.includes(detectionId)));
  return groups.every((group) => group.length > 0) ? groups.flat() : [];
}

/** A standing finding is older than the story: only the others say when that was. */
function hitOf<L extends Link>(links: readonly L[], anchors: readonly L[]): ChainHit<L> {
  const dated = links.filter(({ bucket }) => bucket !== "-");
  return {
    subject: anchors[0]?.subject ?? "",
    bucket: dayOf(anchors[0]?.firstSeen ?? ""),
    firstSeen: dated.map(({ firstSeen }) => firstSeen).sort()[0] ?? "",
    lastSeen:
      dated
        .map(({ lastSeen }) => lastSeen)
        .sort()
        .at(-1) ?? "",
    links,
  };
}

function orderOf({ firstSeen, detectionId, subject, bucket }: Link): string {
  return [firstSeen, detectionId, subject, bucket].join("\n");
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
