import { statSync } from "node:fs";
import type { DoctorLine } from "./doctor.ts";
import { errorCode } from "./lib/errors.ts";
import { dataPaths } from "./store/data-dir.ts";

const loopback: ReadonlySet<string> = new Set(["127.0.0.1", "::1", "localhost"]);
const othersMask = 0o077;

/** What this machine itself shows to others: the store's files, and the address that is listened on. */
export function hostLines({
  dataDir,
  host,
}: {
  readonly dataDir: string;
  readonly host: string;
}): readonly DoctorLine[] {
  const { catalog, hmacKey, lake, quarantine, root } = dataPaths(dataDir);
  const files = [root, catalog, lake, quarantine, hmacKey].flatMap(fileLine);
  const bind = line(
    "server.host",
    loopback.has(host) ? "OK" : "EXCESS",
    loopback.has(host) ? "this machine alone; no login" : "others reach it, and there is no login: bind 127.0.0.1",
  );
  return [...files, bind];
}

function line(action: string, state: DoctorLine["state"], said: string): DoctorLine {
  return { role: "host", account: null, principal: null, action, state, said };
}

/** None for what is not there yet: it is made for its owner alone. */
function fileLine(file: string): readonly DoctorLine[] {
  try {
    const mode = statSync(file).mode & 0o777;
    const octal = mode.toString(8).padStart(3, "0");
    const isPrivate = (mode & othersMask) === 0;
    return [
      line(`mode of ${file}`, isPrivate ? "OK" : "EXCESS", isPrivate ? octal : `${octal}: run chmod -R go-rwx on it`),
    ];
  } catch (error) {
    return errorCode(error) === "ENOENT" ? [] : [line(`mode of ${file}`, "UNKNOWN", errorCode(error))];
  }
}
