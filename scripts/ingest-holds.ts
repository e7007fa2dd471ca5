import { type Command, InvalidArgumentError } from "commander";
import { visibleText } from "../server/domain/visible-text.ts";
import { holdDays, releaseHold } from "../server/ingest/hold-days.ts";
import { safeJson } from "../server/lib/safe-json.ts";
import { type Hold, listHolds } from "../server/store/catalog/holds.ts";
import { exitCodes, guarded } from "./command.ts";
import { inStore, operator, type ReasonFlags, say, stored, type StoreFlags, withReason } from "./ingest-store.ts";

interface HoldFlags extends ReasonFlags {
  readonly account: string;
  readonly from: string;
  readonly to: string;
}

/** All days, where none is named. */
const [firstDay, lastDay] = ["0000-01-01", "9999-12-31"] as const;

/** Adds the commands that keep days from retention and erasure. */
export function addHoldCommands(hold: Command): void {
  withReason(stored(hold.command("add")))
    .description("Keep days of an account, whatever their age, until the hold is released.")
    .requiredOption("--account <id>", "whose calls and prompts stay", account)
    .option("--from <day>", "first day that stays (default: the first that there is)", day, firstDay)
    .option("--to <day>", "last day that stays (default: all that come)", day, lastDay)
    .action((flags: HoldFlags) => guarded(() => add(flags)));
  stored(hold.command("list"))
    .description("Days that are kept from retention and erasure, and why.")
    .action((flags: StoreFlags) => guarded(() => list(flags)));
  withReason(stored(hold.command("release").argument("<id>")))
    .description("Let retention and erasure have the days again.")
    .action((id: string, flags: ReasonFlags) => guarded(() => release(id, flags)));
}

function add(flags: HoldFlags): Promise<number> {
  return inStore(flags, async (store) => {
    const { account: of, from, reason, to } = flags;
    const hold = await holdDays(store, { account: of, from, to, reason, by: operator() });
    say(flags, hold, `hold ${hold.id}: ${daysOf(hold)} stay until it is released`);
    return exitCodes.done;
  });
}

function list(flags: StoreFlags): Promise<number> {
  return inStore(flags, async ({ catalog }) => {
    const holds = await listHolds(catalog);
    if (flags.json === true) console.log(safeJson(holds));
    else for (const hold of holds) console.log(`${hold.id} ${daysOf(hold)}: ${visibleText(hold.reason)}`);
    return exitCodes.done;
  });
}

function release(id: string, flags: ReasonFlags): Promise<number> {
  return inStore(flags, async (store) => {
    const hold = await releaseHold(store, id, { by: operator(), reason: flags.reason });
    say(flags, hold, `hold ${hold.id} is released: ${daysOf(hold)} go with their time`);
    return exitCodes.done;
  });
}

function daysOf({ account: of, from, to }: Hold): string {
  const whose = `days of ${of}`;
  if (from === firstDay && to === lastDay) return `all ${whose}`;
  if (from === firstDay) return `${whose} through ${to}`;
  return to === lastDay ? `${whose} from ${from} on` : `${whose} from ${from} through ${to}`;
}

function account(text: string): string {
  if (!/^\d{12}$/.test(text)) throw new InvalidArgumentError("Write the 12 digits of an account.");
  return text;
}

function day(text: string): string {
  const at = Date.parse(`${text}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text) || Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== text)
    throw new InvalidArgumentError("Write a day as 2026-11-01.");
  return text;
}
