import { type Exchange, type JsonObject, type Part, plainExchange, type Turn } from "../exchange.ts";
import { agentSystem, agentTools, codeTasks } from "../texts/code.ts";
import { filler } from "../texts/slots.ts";
import type { Random } from "../random.ts";
import { assistant, type Scene, type Step, type Talk, text, user } from "./talk.ts";

interface Act {
  readonly say: string;
  readonly tool: string;
  readonly input: JsonObject;
  readonly result: string;
}

function acts(random: Random, fill: (template: string) => string): { task: string; acts: Act[]; summary: string } {
  const chosen = random.pick(codeTasks);
  const path = fill(chosen.path);
  const read: Act = {
    say: "I will read the file first.",
    tool: "read_file",
    input: { path },
    result: fill(chosen.source),
  };
  const search: Act = {
    say: "Who else uses it?",
    tool: "search_code",
    input: { pattern: path.split("/").at(-1)?.split(".")[0] ?? "main", glob: "**/*" },
    result: `${path}:1\n${fill("src/{service}/index.ts:{line}")}`,
  };
  const edit: Act = {
    say: fill(chosen.thought),
    tool: "edit_file",
    input: { path, old: fill(chosen.source), new: fill(chosen.change) },
    result: "1 passage replaced",
  };
  const run: Act = {
    say: "Now the tests.",
    tool: "run_tests",
    input: { package: path.split("/")[0] ?? "." },
    result: fill(chosen.test),
  };
  const list = random.chance(0.5) ? [read, search, edit, run] : [read, edit, run];
  return { task: fill(chosen.task), acts: list, summary: fill(chosen.summary) };
}

function exchangeOf(
  random: Random,
  scene: Scene,
  turns: readonly Turn[],
  answer: readonly Part[],
  round: number,
  files: number,
): Exchange {
  return plainExchange("", "", {
    system: agentSystem,
    turns,
    tools: agentTools,
    answer,
    stop: answer.some((part) => part.kind === "toolCall") ? "tool" : "end",
    maxTokens: 8_192,
    // Instructions, tools and open files; all but the newest turn comes from the cache.
    cache: scene.cached ? (round === 0 ? { read: 0.55, write: 0.42 } : { read: 0.9, write: 0.09 }) : null,
    extraTokens: files === 0 ? 0 : files + round * random.int(2_500, 8_000),
    betas: scene.cached ? ["interleaved-thinking-2025-05-14"] : [],
    metadata: scene.metadata,
  });
}

/** An agent works on a task: it reads, changes, runs the tests and reports. */
export const codingAgent: Talk = (random, scene) => {
  const fill = filler(random);
  const { task, acts: todo, summary } = acts(random, fill);
  let turns: Turn[] = [user(text(task))];
  const steps: Step[] = [];
  // Two of three conversations drag open files along, and their requests are too long for a record.
  const files = random.chance(0.66) ? random.int(30_000, 70_000) : 0;
  const largeInput = files > 0;
  for (const [round, act] of todo.entries()) {
    const id = random.token(22);
    const thinking: Part[] = random.chance(0.25)
      ? [{ kind: "reasoning", text: `${act.say} ${task.slice(0, 80)}` }]
      : [];
    const answer: Part[] = [...thinking, text(act.say), { kind: "toolCall", id, name: act.tool, input: act.input }];
    steps.push({
      exchange: exchangeOf(random, scene, turns, answer, round, files),
      pause: random.int(2, 25),
      largeInput,
    });
    turns = [
      ...turns,
      assistant(...answer.filter((part) => part.kind !== "reasoning")),
      user({ kind: "toolResult", id, text: act.result, isError: false }),
    ];
  }
  steps.push({
    exchange: exchangeOf(random, scene, turns, [text(summary)], todo.length, files),
    pause: random.int(2, 20),
    largeInput,
  });
  return steps;
};
