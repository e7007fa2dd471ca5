import { type AwsOptions, openAws } from "../server/aws/aws.ts";
import { simulatedCredentials } from "./demo/aws/keys.ts";
import { startSimulatedAws } from "./demo/aws/simulated-aws.ts";
import { accounts } from "./demo/traffic/targets.ts";
import { demoWorld, publisherRole } from "./demo/world.ts";

/** AWS as the demo simulates it, seen from the first of its accounts; `publisher` as the role sees it that may import findings. */
export async function openDemoAws(
  options: Pick<AwsOptions, "clock" | "log" | "accounts" | "organization" | "onRequest">,
) {
  const world = demoWorld({ seed: 7, days: 30, now: options.clock() });
  const simulated = await startSimulatedAws(world, { clock: options.clock });
  const how: AwsOptions = {
    ...(options.organization === true ? {} : { accounts: Object.values(accounts) }),
    ...options,
    region: "us-east-1",
    endpoint: simulated.url,
    purpose: "checking",
    quotaShare: 100,
    // On a slow machine it answers late, since it shares this thread; it never hangs.
    patience: { attempts: 6, pauseMs: 100, longestPauseMs: 5_000, callMs: Infinity },
    credentials: async () => simulatedCredentials(accounts.shop),
  };
  const publisher = openAws({ ...how, roleName: publisherRole, alsoInOwn: true });
  return { aws: openAws(how), publisher, close: simulated.close };
}
