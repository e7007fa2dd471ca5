import { describe, expect, it } from "vitest";
import { FairTurns, NoTurn, type TurnLimits } from "../../server/lib/fair-turns.ts";

const limits: TurnLimits = { atWork: 3, atWorkOfOne: 2, waiting: 4, ofOne: 4, waitMs: 2_000, lateMs: 60_000 };
const here = new AbortController().signal;

interface Turn {
  readonly name: string;
  readonly end: () => void;
  /** What became of it; null: it is at work or waits. */
  outcome: string | null;
}

/** Turns whose work goes on until it is told to end; `begun` names in order those that had theirs. */
function workshop(more: Partial<TurnLimits> = {}) {
  let now = 0;
  const turns = new FairTurns({ ...limits, ...more }, () => now);
  const begun: string[] = [];
  const ask = (party: string, name = party, signal = here): Turn => {
    let end = () => undefined as void;
    const work = new Promise<void>((resolve) => (end = resolve));
    const turn: Turn = { name, end: () => end(), outcome: null };
    const asked = turns.run(party, () => (begun.push(name), work), signal);
    asked.then(
      () => (turn.outcome = "done"),
      (error: unknown) => (turn.outcome = error instanceof NoTurn ? error.reason : String(error)),
    );
    return turn;
  };
  return { ask, begun, turns, pass: (ms: number) => (now += ms) };
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

/** The reason and the time to wait with which a request of the party is refused. */
async function refusal(turns: FairTurns, party: string): Promise<unknown> {
  return turns.run(party, async () => "let in", here).catch((error: unknown) => error);
}

describe("a turn", () => {
  it("is had at once where there is room, and of one party no more than its share", async () => {
    const { ask, begun } = workshop();
    for (const name of ["a1", "a2", "a3"]) ask("a", name);
    await settle();
    expect(begun).toEqual(["a1", "a2"]);
    ask("b");
    await settle();
    expect(begun).toEqual(["a1", "a2", "b"]);
  });

  it("goes next to the party that has the least at work, then to who came first", async () => {
    const { ask, begun } = workshop();
    const [a1, a2, b1] = [ask("a", "a1"), ask("a", "a2"), ask("b", "b1")];
    ask("a", "a3");
    ask("b", "b2");
    ask("c", "c1");
    a1.end();
    await settle();
    expect(begun.slice(3)).toEqual(["c1"]);
    b1.end();
    await settle();
    expect(begun.slice(3)).toEqual(["c1", "b2"]);
    a2.end();
    await settle();
    expect(begun.slice(3)).toEqual(["c1", "b2", "a3"]);
  });

  it("is given back by work that fails", async () => {
    const { turns } = workshop({ atWork: 1, atWorkOfOne: 1, waiting: 0 });
    await expect(turns.run("a", () => Promise.reject(new Error("no")), here)).rejects.toThrow("no");
    expect(await refusal(turns, "b")).toBe("let in");
  });

  it("is not waited for by who has left", async () => {
    const { ask, begun } = workshop({ atWork: 1, atWorkOfOne: 1 });
    const first = ask("a");
    const gone = new AbortController();
    const left = ask("b", "b", gone.signal);
    ask("c");
    gone.abort("left");
    await settle();
    expect(left.outcome).toBe("left");
    first.end();
    await settle();
    expect(begun).toEqual(["a", "c"]);
  });
});

describe("a refusal", () => {
  it("comes at once where too many wait, and says how long they will take", async () => {
    const { ask, pass, turns } = workshop({ waiting: 2 });
    const first = ask("a");
    await settle();
    pass(600);
    first.end();
    await settle();
    for (const party of ["b", "c", "d", "e", "f"]) ask(party);
    expect(await refusal(turns, "g")).toMatchObject({ reason: "full", waitMs: 1_000 });
  });

  it("comes at once where those who wait will take too long", async () => {
    const { ask, pass, turns } = workshop();
    const first = ask("a");
    await settle();
    pass(6_300);
    first.end();
    await settle();
    for (const party of ["b", "c", "d", "e"]) ask(party);
    expect(await refusal(turns, "f")).toMatchObject({ reason: "full", waitMs: 8_400 });
  });

  it("meets the one who has too much under way, and nobody else", async () => {
    const { ask, turns } = workshop();
    const own = [1, 2, 3, 4].map((n) => ask("a", `a${n}`));
    expect(await refusal(turns, "a")).toMatchObject({ reason: "greedy" });
    expect(await refusal(turns, "b")).toBe("let in");
    own[0]?.end();
    await settle();
    ask("a", "a5");
    await settle();
    expect(own.map(({ outcome }) => outcome)).toEqual(["done", null, null, null]);
  });

  it("does not meet one who waits for its own work alone, however long that takes", async () => {
    const { ask, begun, pass } = workshop();
    const first = ask("a");
    await settle();
    pass(60_000);
    first.end();
    await settle();
    const own = [1, 2, 3, 4].map((n) => ask("a", `a${n}`));
    await settle();
    expect(own.map(({ outcome }) => outcome)).toEqual([null, null, null, null]);
    expect(begun).toEqual(["a", "a1", "a2"]);
  });

  it("comes to who was let in and has waited beyond all measure", async () => {
    const { ask } = workshop({ atWork: 1, atWorkOfOne: 1, lateMs: 20 });
    ask("a");
    const late = ask("b");
    await expect.poll(() => late.outcome, { timeout: 30_000 }).toBe("late");
  });
});
