import type { CheckProgress } from "../server/check.ts";

const terminalEveryMs = 250;
const plainEveryMs = 10_000;

/** One line that renews itself on a terminal, a line every ten seconds elsewhere. */
export function checkProgress(): { readonly show: (progress: CheckProgress) => void; readonly end: () => void } {
  const { isTTY } = process.stderr;
  const startedAt = Date.now();
  let shownAt = 0;
  return {
    show({ done, fails, targets }) {
      const now = Date.now();
      if (now - shownAt < (isTTY ? terminalEveryMs : plainEveryMs) && !(isTTY && done === targets)) return;
      if (!isTTY && now - startedAt < plainEveryMs) return;
      shownAt = now;
      const left = Math.round((((now - startedAt) / done) * (targets - done)) / 1_000);
      const text = `${done}/${targets} targets · ${fails} FAIL · about ${left} s left`;
      process.stderr.write(isTTY ? `\r\u001b[K${text}` : `${text}\n`);
    },
    end() {
      if (isTTY && shownAt > 0) process.stderr.write("\r\u001b[K");
    },
  };
}
