import type { SourceKind } from "../../domain/coverage.ts";
import type { UnitTrouble } from "../../domain/ledger.ts";
import { bodyKind, type Unit } from "./ledger.ts";

type Troubled = Pick<Unit, "id" | "kind" | "state" | "error_code" | "error">;

interface Words {
  /** Where the ledger has none of its own. */
  readonly reason: string;
  readonly remedy: string;
}

const againByItself = "It is tried again by itself.";

const refused: Readonly<Record<SourceKind, string>> = {
  s3: `Grant s3:GetObject on the object, and kms:Decrypt on its key, to the role that reads the bucket. ${againByItself}`,
  cloudwatch: `Grant logs:FilterLogEvents on the log group, and kms:Decrypt on its key, to the role that reads it. ${againByItself}`,
  folder: `Let this program read the file. ${againByItself}`,
};

const gone: Readonly<Record<SourceKind, string>> = {
  s3: "Find out from CloudTrail who deleted it.",
  cloudwatch: "See whether the log group deletes events sooner than they are read.",
  folder: "Put it back.",
};

/** What a person can say to have it read once more. */
function retryOf({ id }: Troubled, more = ""): string {
  return `"bedrock-audit ingest retry --unit ${id}${more}" reads it again.`;
}

function wordsOf(unit: Troubled, source: SourceKind): Words | null {
  switch (unit.state) {
    case "listed":
      return {
        reason: "It was listed and not read yet.",
        remedy: unit.error_code === null ? "Nothing is to be done: the next run reads it." : againByItself,
      };
    case "fetching":
      return { reason: "It is being read.", remedy: "Nothing is to be done." };
    case "denied":
      return { reason: "Reading it was refused.", remedy: refused[source] };
    case "archived":
      return {
        reason: "It is archived.",
        remedy: "Restore it for a few days, and let the lifecycle of the bucket archive logs later. It is tried daily.",
      };
    case "corrupt":
      return {
        reason: "It is damaged.",
        remedy: `Put a whole copy in its place, if there is one. ${againByItself} After five times in a day what is readable of it is stored.`,
      };
    case "vanished":
      return {
        reason: "It was listed, then gone.",
        remedy: `${gone[source]} If it is there again: ${retryOf(unit)}`,
      };
    case "crashed":
      return {
        reason: "It ended its reader twice.",
        remedy: `With a newer version of this program: ${retryOf(unit)}`,
      };
    case "oversize":
      return {
        reason: "It is over a limit.",
        remedy: `If it is to be trusted: ${retryOf(unit, " --max-bytes N")}`,
      };
    case "partial":
      return {
        reason: "Only a part of it is readable.",
        remedy: `The rest stands in quarantine: "bedrock-audit ingest quarantine list" names it, to be repaired or dismissed.`,
      };
    case "replaced":
      return {
        reason: "It was overwritten before it was read.",
        remedy: "Nothing is to be done: what took its place is a unit of its own.",
      };
    default:
      return null;
  }
}

/** A body counts no record: the call that names it is stored without it. */
function bodyWords(unit: Troubled, source: SourceKind): Words | null {
  const without = "Its call is stored without it.";
  switch (unit.state) {
    case "listed":
      return { reason: "It is waited for.", remedy: `${without} It is asked for again until the 14th day.` };
    case "vanished":
      return { reason: "It never came.", remedy: `${without} If it is there by now: ${retryOf(unit)}` };
    case "oversize":
    case "partial":
      return { reason: "It cannot be read.", remedy: `${without} Nothing else is lost.` };
    default:
      return wordsOf(unit, source);
  }
}

/** Why a unit is not accounted for, and what to do about it; null: it is. */
export function unitTrouble(unit: Troubled, source: SourceKind): UnitTrouble | null {
  const words = unit.kind === bodyKind ? bodyWords(unit, source) : wordsOf(unit, source);
  return words === null ? null : { code: unit.error_code, reason: unit.error ?? words.reason, remedy: words.remedy };
}
