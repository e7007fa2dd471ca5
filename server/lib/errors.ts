/**
 * What the reader can mend. The message names the thing and the reason, `remedy` the way out.
 * It prints without a stack, exits with the code of usage (2) unless told otherwise, and answers 400.
 */
export class UserError extends Error {
  override readonly name = "UserError";
  readonly remedy: string;
  readonly exitCode: number;

  constructor(message: string, remedy: string, options: { readonly exitCode?: number; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.remedy = remedy;
    this.exitCode = options.exitCode ?? 2;
  }
}

/** What it says and the way out, to be followed by a full stop. */
export function withRemedy({ message, remedy }: Pick<UserError, "message" | "remedy">): string {
  return `${message}. ${remedy.replace(/\.$/, "")}`;
}

/** The `code` of a Node or engine error, else its class name. Never its message, which can quote data. */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return "Unknown";
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? code : error.name;
}

/** Where an unexpected error came from: the functions, files and lines of its stack, without its message. */
export function stackFrames(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const frames = (error.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return frames
    .slice(0, 8)
    .map((line) => line.trim().slice(3))
    .join(" < ");
}
