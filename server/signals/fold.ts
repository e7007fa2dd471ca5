/** A text to search in, and where its units stand in the raw text. */
export interface View {
  readonly text: string;
  /** For each unit of `text` the raw span of the cluster that it came from; null: unit for unit. */
  readonly map: { readonly starts: Uint32Array; readonly ends: Uint32Array } | null;
}

/** The raw span of `[start, end)` of a view. */
export function rawSpan({ map }: View, start: number, end: number): { start: number; end: number } {
  if (map === null || end <= start) return { start, end };
  return { start: map.starts[start] ?? 0, end: map.ends[end - 1] ?? 0 };
}

/** Characters for which folding is lower case, unit for unit. */
const simpleSet =
  "\\x00-\\x7f¡-§©«¬®°±¶·»¿À-ÿĀ-įıĴ-ľŁ-ňŊ-ž\\u0400-\\u045f\\u05d0-\\u05ea\\u0621-\\u064a\\u2010\\u2012-\\u2015\\u2018-\\u201e\\u2022\\u20ac\\u2190-\\u21ff\\u2500-\\u25ff\\u3001-\\u3003\\u3041-\\u3096\\u30a1-\\u30fc\\u4e00-\\u9fff\\uac00-\\ud7a3";
const removedSet =
  "\\u00AD\\u034F\\u061C\\u180B-\\u180F\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u2064\\u2066-\\u2069\\u3164\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\u{E0000}-\\u{E007F}\\u{E0100}-\\u{E01EF}";
const continuationSet = `\\p{M}\\u0E33\\u0EB3\\u1160-\\u11FF\\u3131-\\u318E\\uFF9E\\uFF9F\\uFFA0-\\uFFDC\\u{16D67}\\u{16D68}${removedSet}`;

const simple = new RegExp(`^[${simpleSet}]*$`);
const removedCharacters = new RegExp(`[${removedSet}]`, "gu");
/** Simple characters, or one character with its continuations: marks, jamo, removed ones; at most 64 code points. */
const piece = new RegExp(`[${simpleSet}]+(?![${continuationSet}])|[^][${continuationSet}]{0,63}`, "gu");

/** The pieces of a text that fold apart from each other. Joined they are the text. */
export function pieces(raw: string): readonly string[] {
  return raw.match(piece) ?? [];
}

function foldPiece(text: string): string {
  return simple.test(text) ? text.toLowerCase() : text.replace(removedCharacters, "").normalize("NFKC").toLowerCase();
}

/** Without invisible characters, in NFKC, in lower case. */
export function fold(raw: string): View {
  if (simple.test(raw)) return { text: raw.toLowerCase(), map: null };
  const starts: number[] = [];
  const ends: number[] = [];
  let text = "";
  let at = 0;
  for (const part of pieces(raw)) {
    const folded = foldPiece(part);
    const apart = folded.length === part.length && simple.test(part);
    for (let i = 0; i < folded.length; i += 1) {
      starts.push(apart ? at + i : at);
      ends.push(apart ? at + i + 1 : at + part.length);
    }
    text += folded;
    at += part.length;
  }
  return { text, map: { starts: Uint32Array.from(starts), ends: Uint32Array.from(ends) } };
}

const mixedWord = /[\p{L}\p{M}]*(?:[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z])[\p{L}\p{M}]*/gu;
const lookAlikes = new Map(
  [..."аaеeоoрpсcхxуyіiјjѕsԁdһhԛqԝwкkмmтtвbнhαaοoρpνvτtιiκkυuεeχx"].reduce<[string, string][]>(
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
    [...word].map((letter) => lookAlikes.get(letter) ?? letter).join(""),
  );
  return text === folded.text ? folded : { text, map: folded.map };
}
