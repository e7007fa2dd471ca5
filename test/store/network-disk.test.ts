import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { loadConfig } from "../../server/config.ts";
import { silentLog } from "../../server/lib/log.ts";
import { realFileSystems, refuseNetworkDisk } from "../../server/store/network-disk.ts";
import { openStore } from "../../server/store/open-store.ts";
import { seededRandom, tempFolder, testNow } from "./temp-store.ts";

describe("a data directory on a network disk", () => {
  it.each([
    ["NFS", 0x6969],
    ["SMB", 0x517b],
    ["SMB", 0xfe534d42],
    ["SMB", 0xff534d42 | 0],
    ["FUSE", 0x65735546],
  ])("on %s (type %i) is refused, with the setting that allows it", (name, type) => {
    expect(() => refuseNetworkDisk("/mnt/share/data", { typeOf: () => type })).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(`/mnt/share/data lies on a network disk (${name})`) as unknown,
        remedy: expect.stringContaining("store.allowNetworkDisk") as unknown,
        exitCode: 3,
      }),
    );
  });

  it.each([
    ["ext4", 0xef53],
    ["XFS", 0x58465342],
    ["Btrfs", 0x9123683e],
    ["tmpfs", 0x01021994],
    ["overlay", 0x794c7630],
    ["ZFS", 0x2fc12fc1],
    ["a system that does not tell", null],
  ])("%s is none", (_, type) => {
    expect(() => refuseNetworkDisk("/data", { typeOf: () => type })).not.toThrow();
  });

  it("that is not made yet is judged by the folder that it will lie in", () => {
    const typeOf = (folder: string) => {
      if (folder !== "/mnt") throw Object.assign(new Error("no such folder"), { code: "ENOENT" });
      return 0x6969;
    };
    expect(() => refuseNetworkDisk("/mnt/new/data", { typeOf })).toThrow("NFS");
  });

  it("is not made, and is used where the setting says so", async () => {
    const root = tempFolder();
    const dataDir = path.join(root, "data");
    const fileSystems = { typeOf: () => 0x6969 };
    const options = { dataDir, fileSystems, clock: () => testNow, random: seededRandom("network"), log: silentLog };
    try {
      await expect(openStore(options)).rejects.toMatchObject({ exitCode: 3 });
      await expect(openStore({ ...options, existing: true })).rejects.toThrow("network disk");
      expect(existsSync(dataDir)).toBe(false);
      await (await openStore({ ...options, allowNetworkDisk: true })).close();
      expect(existsSync(dataDir)).toBe(true);
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it("is refused unless the setting says otherwise", () => {
    expect(loadConfig({}, {}, null).store.allowNetworkDisk).toBe(false);
    const allowed = loadConfig({}, { BEDROCK_AUDIT_STORE_ALLOW_NETWORK_DISK: "true" }, null);
    expect(allowed.store.allowNetworkDisk).toBe(true);
  });

  it.runIf(process.platform === "linux")("is judged by what this system tells", () => {
    expect(realFileSystems.typeOf("/proc")).toBe(0x9fa0);
  });
});
