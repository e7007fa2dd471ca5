/** Where a geographic inference profile may send a call. Destinations depend on the source region. */
export interface Geography {
  readonly geo: string;
  /** Reached from every region that may call it. */
  readonly destinations: readonly string[];
  /** Reached from some source regions only. */
  readonly sometimes: readonly string[];
}

/** Ordered by size: the first one that contains a set of regions is the smallest. `global` has no list: it grows. */
export const geographies: readonly Geography[] = [
  { geo: "jp", destinations: ["ap-northeast-1", "ap-northeast-3"], sometimes: [] },
  { geo: "au", destinations: ["ap-southeast-2", "ap-southeast-4"], sometimes: [] },
  { geo: "ca", destinations: ["ca-central-1", "ca-west-1"], sometimes: [] },
  { geo: "us-gov", destinations: ["us-gov-east-1", "us-gov-west-1"], sometimes: [] },
  { geo: "us", destinations: ["us-east-1", "us-east-2", "us-west-2"], sometimes: ["us-west-1", "ca-central-1"] },
  {
    geo: "eu",
    destinations: ["eu-central-1", "eu-north-1", "eu-south-1", "eu-south-2", "eu-west-1", "eu-west-3"],
    sometimes: ["eu-west-2"],
  },
  {
    geo: "apac",
    destinations: [
      "ap-northeast-1",
      "ap-northeast-2",
      "ap-northeast-3",
      "ap-south-1",
      "ap-south-2",
      "ap-southeast-1",
      "ap-southeast-2",
      "ap-southeast-4",
    ],
    sometimes: ["ap-southeast-3", "ap-southeast-5", "ap-southeast-7", "ap-east-2"],
  },
];

/** The smallest geography that contains all of the regions; null if none does. */
export function smallestGeography(regions: readonly string[]): string | null {
  const found = geographies.find(({ destinations, sometimes }) =>
    regions.every((region) => destinations.includes(region) || sometimes.includes(region)),
  );
  return found?.geo ?? null;
}
