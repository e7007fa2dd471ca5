import type { Aws } from "./aws/aws.ts";
import { givenIn, published } from "./check-publish.ts";
import { checkWithSnapshot, type CheckOptions, compared, earlierLooks, type History, saveCheck } from "./check.ts";
import type { CheckReport } from "./domain/compliance.ts";
import type { Store } from "./store/store.ts";

/** Where the findings go, too. */
export interface ScheduledPublication {
  /** AWS as the role sees it that may import findings. */
  readonly aws: Aws;
  readonly roleName: string;
  /** null: each region its own. */
  readonly home: string | null;
}

export type ScheduledCheck = Omit<CheckOptions, "allowUnknown" | "failOn"> & {
  /** null: nothing leaves. */
  readonly publish: ScheduledPublication | null;
};

/** A run of the server's own: compared with the one before, brought to Security Hub if that is asked for, and kept. */
export async function scheduledCheck(
  { aws, store }: { readonly aws: Aws; readonly store: Store },
  { publish, ...wish }: ScheduledCheck,
): Promise<CheckReport> {
  const { catalog, clock, log, random } = store;
  const history: History = (target, range) => earlierLooks(catalog, target, range);
  const checked = await checkWithSnapshot(
    { aws, clock, log, random, earlierLooks: history },
    { failOn: "high", allowUnknown: [], ...wish },
  );
  const { previous, report: judged } = await compared(catalog, checked, checked.judging);
  const { scope, run } = checked.snapshot;
  const report =
    publish === null
      ? judged
      : await published(judged, {
          ...publish,
          given: givenIn(store, scope, Date.parse(run.clock)),
          ...(wish.signal === undefined ? {} : { signal: wish.signal }),
        });
  await saveCheck(catalog, report, { snapshot: checked.snapshot, previous });
  return report;
}
