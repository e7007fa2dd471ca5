import { commit } from "../../server/store/commit.ts";
import { type Disk, realDisk } from "../../server/store/disk.ts";
import { takeLease } from "../../server/store/lease.ts";
import { openTestStore } from "./temp-store.ts";
import { commitWork } from "./commit-work.ts";

/* Commits one batch and dies before its n-th touch of the disk; 0 dies inside the catalog's transaction. */

const [, , dataDir = "", killAt = ""] = process.argv;
let touches = 0;
let armed = false;

function touch(): void {
  if (armed && ++touches === Number(killAt)) process.kill(process.pid, "SIGKILL");
}

const deadlyDisk: Disk = {
  ...realDisk,
  makeFolder: (folder) => (touch(), realDisk.makeFolder(folder)),
  move: (from, to) => (touch(), realDisk.move(from, to)),
  replace: (file, text) => (touch(), realDisk.replace(file, text)),
  remove: (target) => (touch(), realDisk.remove(target)),
};

const store = await openTestStore(dataDir, { disk: deadlyDisk });
const lease = await takeLease(store, "child");
const work = await commitWork(store);
armed = true;
await commit(store, lease, {
  ...work,
  async apply(transaction, snapshot) {
    await work.apply(transaction, snapshot);
    if (killAt === "0") process.kill(process.pid, "SIGKILL");
  },
});
await store.close();
process.stdout.write("done");
