import { bucketSizes, type Bucket } from "../../server/domain/metric.ts";
import { useView } from "../view.tsx";
import { Icon } from "./icon.tsx";
import { Popover } from "./popover.tsx";

const words: Readonly<Record<Bucket, string>> = {
  none: "whole",
  auto: "Automatic",
  "1m": "1 minute",
  "5m": "5 minutes",
  "15m": "15 minutes",
  "1h": "1 hour",
  "1d": "1 day",
  "1w": "1 week",
  "1M": "1 month",
};

const per: Readonly<Record<Bucket, string>> = {
  none: "in all",
  auto: "over time",
  "1m": "per minute",
  "5m": "per 5 minutes",
  "15m": "per 15 minutes",
  "1h": "per hour",
  "1d": "per day",
  "1w": "per week",
  "1M": "per month",
};

/** "per hour" */
export function perBucket(bucket: Bucket): string {
  return per[bucket];
}

/** How wide the bars are; what the server chose is named. */
export function BucketChoice({ shown }: { shown: Bucket }) {
  const { state, change } = useView();
  const button = (
    <>
      {words[shown]}
      <Icon name="down" small />
    </>
  );
  const choices: readonly Bucket[] = ["auto", ...bucketSizes];
  return (
    <Popover label="Width of the bars" buttonClass="btn small" button={button} align="end">
      {(close) => (
        <ul className="choices">
          {choices.map((bucket) => (
            <li key={bucket}>
              <button
                type="button"
                aria-pressed={(state.bucket ?? "auto") === bucket}
                onClick={() => {
                  change({ ...state, bucket: bucket === "auto" ? null : bucket });
                  close();
                }}
              >
                {words[bucket]}
              </button>
            </li>
          ))}
        </ul>
      )}
    </Popover>
  );
}
