import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Days, FrameworkRequirement, Verdict } from "../domain/compliance.ts";

const Framework = z.strictObject({
  /** The file's name. */
  id: z.string(),
  title: z.string(),
  version: z.string(),
  requirements: z
    .array(
      z.strictObject({
        id: z.string(),
        summary: z.string(),
        /** Ids of the controls that support it. */
        controls: z.array(z.string()).min(1),
        /** Days for which it wants records kept. */
        minimumDays: z.number().int().positive().optional(),
      }),
    )
    .min(1),
});
export type Framework = Readonly<z.infer<typeof Framework>>;

/** In the order in which they are shown. */
const ids = [
  "cis-v8",
  "eu-ai-act",
  "pci-dss-4",
  "hipaa",
  "nydfs",
  "nist-800-53",
  "soc-2",
  "iso-27001",
  "iso-42001",
  "nist-ai-rmf",
];

/** What others ask of logs, and which of our controls support it. That is no verdict of theirs. */
export const frameworks: readonly Framework[] = ids.map((id) =>
  Framework.parse(JSON.parse(readFileSync(new URL(`./frameworks/${id}.json`, import.meta.url), "utf8"))),
);

/**
 * The requirements that a result supports. A PASS shows nothing of one that wants records kept longer than the policy asked for, unless they
 * are.
 */
export function supportedBy(
  control: string,
  {
    keptDays,
    minimumDays,
    verdict,
  }: { readonly verdict: Verdict; readonly keptDays: Days; readonly minimumDays: number },
): FrameworkRequirement[] {
  const shows = (wanted = 0): boolean =>
    verdict !== "PASS" || minimumDays >= wanted || keptDays === "forever" || (keptDays !== null && keptDays >= wanted);
  return frameworks.flatMap(({ requirements, title }) =>
    requirements
      .filter(({ controls, minimumDays: wanted }) => controls.includes(control) && shows(wanted))
      .map(({ id, summary }) => ({ framework: title, requirement: id, summary })),
  );
}
