import { takeLease } from "../../server/store/lease.ts";
import { openTestStore } from "./temp-store.ts";

/* Takes the lease, says so and holds it until it is killed. */

const store = await openTestStore(process.argv[2] ?? "", { seed: String(process.pid) });
try {
  await takeLease(store, "ingest run");
  process.stdout.write("taken");
  setInterval(() => undefined, 1_000);
} catch (error) {
  process.stdout.write(error instanceof Error ? error.message : "failed");
  await store.close();
}
