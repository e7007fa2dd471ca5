/** A text to search in, and where its units stand in the raw text. */
export interface View {
  readonly text: string;
  /** The pieces in order; null: unit for unit. */
  readonly map: readonly Piece[] | null;
}

/** A stretch of folded text, from its offset on, and the raw span that it came from. */
interface Piece {
  readonly at: number;
  readonly rawStart: number;
  readonly rawEnd: number;
  /** Whether its units stand for raw units one by one; else each stands for the whole raw span. */
  readonly apart: boolean;
}

/** The raw span of `[start, end)` of a view. */
export function rawSpan({ map }: View, start: number, end: number): { start: number; end: number } {
  if (map === null || end <= start) return { start, end };
  const first = pieceAt(map, start);
  const last = pieceAt(map, end - 1);
  return {
    start: first.apart ? first.rawStart + start - first.at : first.rawStart,
    end: last.apart ? last.rawStart + end - last.at : last.rawEnd,
  };
}

const nowhere: Piece = { at: 0, rawStart: 0, rawEnd: 0, apart: true };

/** The last piece that begins at or before a folded offset: a piece that folds to nothing is passed over. */
function pieceAt(map: readonly Piece[], offset: number): Piece {
  let low = 0;
  let high = map.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((map[middle]?.at ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return map[low] ?? nowhere;
}

/** Characters for which folding is lower case, unit for unit. */
const simpleSet =
  "\\x00-\\x7f¡-§©«¬®°±¶·»¿À-ÿĀ-įıĴ-ľŁ-ňŊ-ž\\u0400-\\u045f\\u05d0-\\u05ea\\u0621-\\u064a\\u2010\\u2012-\\u2015\\u2018-\\u201e\\u2022\\u20ac\\u2190-\\u21ff\\u2500-\\u25ff\\u3001-\\u3003\\u3041-\\u3096\\u30a1-\\u30fc\\u4e00-\\u9fff\\uac00-\\ud7a3";
const removedSet =
  "\\u00AD\\u034F\\u061C\\u180B-\\u180F\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u2064\\u2066-\\u2069\\u3164\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\u{E0000}-\\u{E007F}\\u{E0100}-\\u{E01EF}";
const continuationSet = `\\p{M}\\u0E33\\u0EB3\\u1160-\\u11FF\\u3131-\\u318E\\uFF9E\\uFF9F\\uFFA0-\\uFFDC\\u{16D67}\\u{16D68}${removedSet}`;

const simple = new RegExp(`^[${simpleSet}]*$`);
const simpleRun = new RegExp(`[${simpleSet}]+`, "y");
const removedCharacters = new RegExp(`[${removedSet}]`, "gu");
const continuation = new RegExp(`[${continuationSet}]`, "u");
/** One character with its continuations: marks, jamo, removed ones; at most 64 code points. */
const cluster = new RegExp(`[^][${continuationSet}]{0,63}`, "uy");

/** Length of the simple characters from `at` on that nothing continues. */
function runLength(raw: string, at: number): number {
  simpleRun.lastIndex = at;
  if (!simpleRun.test(raw)) return 0;
  const end = simpleRun.lastIndex;
  return end < raw.length && continuation.test(String.fromCodePoint(raw.codePointAt(end) ?? 0))
    ? end - at - 1
    : end - at;
}

function clusterLength(raw: string, at: number): number {
  cluster.lastIndex = at;
  cluster.test(raw);
  return cluster.lastIndex - at;
}

/** Without invisible characters, in NFKC, in lower case. */
export function fold(raw: string): View {
  if (simple.test(raw)) return { text: raw.toLowerCase(), map: null };
  const map: Piece[] = [];
  let text = "";
  let at = 0;
  while (at < raw.length) {
    const run = runLength(raw, at);
    const rawEnd = at + (run > 0 ? run : clusterLength(raw, at));
    const part = raw.slice(at, rawEnd);
    map.push({ at: text.length, rawStart: at, rawEnd, apart: run > 0 });
    text += run > 0 ? part.toLowerCase() : part.replace(removedCharacters, "").normalize("NFKC").toLowerCase();
    at = rawEnd;
  }
  return { text, map };
}

const mixedWord = /[\p{L}\p{M}]*(?:[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z])[\p{L}\p{M}]*/gu;
const lookAlikes = new Map(
  Array.from("аaеeоoрpсcхxуyіiјjѕsԁdһhԛqԝwкkмmтtвbнhαaοoρpνvτtιiκkυuεeχx").reduce<[string, string][]>(
    (pairs, letter, index, all) => {
      if (index % 2 === 0) pairs.push([letter, all[index + 1] ?? letter]);
      return pairs;
    },
    [],
  ),
);

/** A folded view in which words that mix scripts are spelled in Latin letters; the same view if no word does. */
export function unconfused(folded: View): View {
  if (!/[\u0370-\u052f]/.test(folded.text)) return folded;
  const text = folded.text.replace(mixedWord, (word) =>
    Array.from(word)
      .map((letter) => lookAlikes.get(letter) ?? letter)
      .join(""),
  );
  return text === folded.text ? folded : { text, map: folded.map };
}
