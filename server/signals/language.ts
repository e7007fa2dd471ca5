const minimumCharacters = 40;
const readCharacters = 160;

const scripts: readonly (readonly [string, RegExp])[] = [
  ["ja", /[\u3041-\u30ff]/g],
  ["ko", /[\uac00-\ud7a3]/g],
  ["zh", /[\u4e00-\u9fff]/g],
  ["ru", /[\u0400-\u04ff]/g],
  ["ar", /[\u0600-\u06ff]/g],
  ["hi", /[\u0900-\u097f]/g],
  ["he", /[\u0590-\u05ff]/g],
  ["el", /[\u0370-\u03ff]/g],
  ["th", /[\u0e00-\u0e7f]/g],
];

/** Words that a language has and its neighbours have not. */
const stopWords: Readonly<Record<string, string>> = {
  en: "the and of to is that for with you this are what how your from have not",
  de: "der die und das ist nicht ein eine mit für auf den wie bitte ich sie wir",
  fr: "les des est une pour dans vous que avec sur pas nous être cette du au",
  es: "los las una para con por que está del como más pero muy usted el",
  it: "gli della che per con una sono non questo come nel alla più il di",
  pt: "não uma para com os as você mais como dos das ao está são em",
  nl: "het een van niet voor dat met zijn op ook aan wat deze ik je de",
  pl: "nie się jest na do że jak dla przez czy są oraz w z i",
  tr: "ve bir bu için ile olarak daha çok değil nasıl ne gibi var mı",
};
const languagesByWord = new Map<string, string[]>();
for (const [language, words] of Object.entries(stopWords)) {
  for (const word of words.split(" ")) languagesByWord.set(word, [...(languagesByWord.get(word) ?? []), language]);
}

/** The likely language of a text by its script and its commonest words; null when it is short or nothing stands out. */
export function languageOf(text: string): string | null {
  if (text.length < minimumCharacters) return null;
  const start = text.slice(0, readCharacters);
  return byScript(start) ?? byWords(start);
}

function byScript(text: string): string | null {
  if (!/[\u0370-\uffff]/.test(text)) return null;
  for (const [language, letters] of scripts) {
    if ((text.match(letters)?.length ?? 0) * 5 > text.length) return language;
  }
  return null;
}

function byWords(text: string): string | null {
  const counts = new Map<string, number>();
  for (const word of text.toLowerCase().split(/[^a-zà-ÿąćęłńóśźżğış]+/)) {
    for (const language of languagesByWord.get(word) ?? []) counts.set(language, (counts.get(language) ?? 0) + 1);
  }
  const [best, second] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return best === undefined || best[1] < 2 || best[1] === second?.[1] ? null : best[0];
}
