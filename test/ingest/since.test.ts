import { expect, it } from "vitest";
import { homeRegion } from "../faults/stage.ts";
import { openTrial, type Trial } from "../faults/trial.ts";
import { hour, minute } from "../faults/virtual-time.ts";

/** A window is read, grows older than what a first start reads, and then something comes to it. */
async function lateInAnOldWindow(trial: Trial, deliver: (call: Record<string, unknown>, at: number) => void) {
  const { stage, time } = trial;
  const at = time.now - 3 * hour;
  deliver(stage.call(at), at);
  await trial.run();
  time.pass(30 * hour);
  await trial.run();
  deliver(stage.call(at + 2 * minute), at);
}

it("an object that comes to an hour that was read is read, however old the hour is by then", async () => {
  const trial = await openTrial({ deliveries: { [homeRegion]: "s3" }, since: "1d" });
  await lateInAnOldWindow(trial, (call, at) => trial.stage.put([call], at));
  trial.time.pass(25 * hour);
  expect((await trial.run()).counts).toMatchObject({ read: 1, stored: 1, ignored: 0 });
  await trial.expectExact();
});

it("an event that comes to an hour that was read is read, however old the hour is by then", async () => {
  const trial = await openTrial({ deliveries: { [homeRegion]: "cloudwatch" }, since: "1d" });
  const late = () => trial.time.now;
  await lateInAnOldWindow(trial, (call) => trial.stage.log([call], { shownAt: late() }));
  trial.time.pass(7 * 24 * hour);
  expect((await trial.run()).counts).toMatchObject({ read: 1, stored: 1, ignored: 0 });
  await trial.expectExact();
});
