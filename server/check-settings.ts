import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { type Baseline, parseBaseline } from "./controls/baseline.ts";
import { controls } from "./controls/list.ts";
import { parsePolicy, shippedPolicy } from "./controls/policy-file.ts";
import { type CheckPolicy, profileNames } from "./controls/policy.ts";
import { parseWaivers } from "./controls/waiver-file.ts";
import { chains, detections } from "./detections/list.ts";
import type { Waiver } from "./domain/waiver.ts";
import { errorCode, UserError } from "./lib/errors.ts";

export interface NamedPolicy {
  /** Of the shipped one, or of its file. */
  readonly name: string;
  /** null: it ships with the program. */
  readonly file: string | null;
  readonly settings: CheckPolicy;
}

/** The policy of a file, or a shipped one by its name. Throws `UserError`, before AWS is asked for anything. */
export function openPolicy(named: string): NamedPolicy {
  const shipped = profileNames.some((name) => name === named) || !looksLikeFile(named);
  if (shipped) return { name: named, file: null, settings: shippedPolicy(named) };
  return { name: path.basename(named), file: named, settings: readPolicy(named, textOf(named, "policy")) };
}

/** A policy from its text; `file` is how it is called in errors. */
export function readPolicy(file: string, text: string): CheckPolicy {
  const ids = controls.map(({ id }) => id);
  return parsePolicy(file, text, ids);
}

/** What is neither there nor written like a file is a wrong name. */
function looksLikeFile(named: string): boolean {
  return /[/\\.]/.test(named) || existsSync(named);
}

/** The waivers of controls and detections; null: none. Throws `UserError` with file, line and field. */
export function openWaivers(file: string | null, now: number): readonly Waiver[] {
  return waiversWithText(file, now).waivers;
}

/** The same with the text that they were read from; null: there is none. */
export function waiversWithText(file: string | null, now: number) {
  if (file === null) return { waivers: [], text: null };
  const text = textOf(file, "waivers");
  return { waivers: readWaivers(file, text, now), text };
}

/** Waivers from their text; `file` is how it is called in errors. */
export function readWaivers(file: string, text: string, now: number): readonly Waiver[] {
  const known = { controls: controls.map(({ id }) => id), detections: [...detections, ...chains].map(({ id }) => id) };
  return parseWaivers(file, text, { ...known, now });
}

/** What was known before; null: nothing. Throws `UserError` with file, line and field. */
export function openBaseline(file: string | null, now: number): Baseline | null {
  return file === null ? null : parseBaseline(file, textOf(file, "baseline"), now);
}

function textOf(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    throw new UserError(`${file} could not be read: ${errorCode(cause)}`, `Name a readable file of the ${what}.`, {
      cause,
    });
  }
}
