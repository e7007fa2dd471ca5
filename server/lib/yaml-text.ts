import { LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { UserError } from "./errors.ts";

type Path = readonly PropertyKey[];

export interface YamlText {
  readonly value: unknown;
  /** `file:line` of what stands at a path; of the nearest thing above it, where nothing does. */
  readonly place: (path: Path) => string;
}

/** Reads YAML 1.2, of which JSON is a part; nothing at all is an empty map. Throws `UserError` that names the place. */
export function readYaml(file: string, text: string): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number): string => `${file}:${lines.linePos(offset).line}`;
  const [error] = document.errors;
  if (error !== undefined)
    throw new UserError(`${lineOf(error.pos[0])}: not readable as YAML (${error.code})`, "Correct the file.");
  const place = (path: Path): string => {
    const node = document.getIn(path, true) as { readonly range?: readonly [number, number, number] } | undefined;
    if (node?.range !== undefined) return lineOf(node.range[0]);
    return path.length === 0 ? file : place(path.slice(0, -1));
  };
  try {
    return { value: document.toJS() ?? {}, place };
  } catch (cause) {
    throw new UserError(`${file}: too many aliases, or one to nothing`, "Write the values out.", { cause });
  }
}

/** What a schema makes of a YAML text. Throws `UserError` with file, line and field of the first thing that is wrong. */
export function parseYaml<T>(schema: z.ZodType<T>, file: string, text: string): T {
  const { place, value } = readYaml(file, text);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw wrongField(parsed.error.issues[0], place, value);
}

/** The error that names where a field is and what is wrong with it. */
export function wrongField(issue: z.core.$ZodIssue | undefined, place: YamlText["place"], value: unknown): UserError {
  const extra = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const path = [...(issue?.path ?? []), ...extra];
  return new UserError(
    `${place(path)}: ${path.map(String).join(".") || "(file)"}: ${saidOf(issue, path, value)}`,
    "Correct the field.",
  );
}

function saidOf(issue: z.core.$ZodIssue | undefined, path: Path, value: unknown): string {
  if (issue?.code === "unrecognized_keys") return "there is no such field";
  if (issue?.code === "invalid_type" && path.length > 0 && valueAt(value, path) === undefined) return "it is missing";
  return issue?.message ?? "not readable";
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === "object" && inner !== null ? (inner as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  );
}
