import type { Random } from "../random.ts";
import type { Language } from "./slots.ts";

const who = [
  "a lighthouse keeper",
  "a retired smuggler",
  "an android gardener",
  "a court astronomer",
  "a night train conductor",
  "a dragon's accountant",
  "a ghost in a hotel lift",
  "a knight who hates horses",
  "the last radio host",
  "a cartographer of dreams",
  "a village witch",
  "a starship cook",
];
const where = [
  "on an island without a name",
  "in a city under glass",
  "at the edge of a frozen sea",
  "in a kingdom of paper",
  "aboard a slow freighter",
  "in a tower of clocks",
  "in a desert of salt",
  "in the archive below the lake",
];
const manner = [
  "dry and kind",
  "stubborn and brave",
  "shy, then reckless",
  "proud and easily bored",
  "gentle, with a secret",
  "loud and superstitious",
];
const habits = [
  "counts everything",
  "never lies, but leaves much out",
  "collects buttons",
  "speaks of the weather when nervous",
  "keeps a tame crow",
  "writes letters to nobody",
];

/** A character card as role-play services send it. */
export function persona(random: Random): string {
  const [character, place] = [random.pick(who), random.pick(where)];
  return (
    `Write {{char}}'s next reply in a story between {{char}} and {{user}}. {{char}} is ${character} ${place}, ${random.pick(manner)}. ` +
    `{{char}} ${random.pick(habits)} and ${random.pick(habits)}. Describe gestures between *asterisks*, keep to the third person, and never speak for {{user}}. ` +
    `Stay in the story. Two to four paragraphs.\n[Start a new chat]`
  );
}

export const lines: readonly { readonly language: Language; readonly said: string; readonly reply: string }[] = [
  {
    language: "en",
    said: "*knocks on the door* Is somebody there? I saw the light from the road.",
    reply:
      '*The door opens a hand\'s width.* "You saw it, so it is lit. That is its whole work. Come in, wipe your boots, and tell me who sent you in such rain."',
  },
  {
    language: "es",
    said: "*se sienta junto al fuego* ¿Por qué nadie habla de aquel invierno?",
    reply:
      "*Mueve las brasas sin mirar.* «Porque quien lo cuenta vuelve a tener frío. Pregunta otra cosa, forastera, o trae más leña.»",
  },
  {
    language: "pt",
    said: "*olha para o mapa* Esta ilha não estava aqui ontem.",
    reply: '*Ri baixinho.* "Ontem o mapa era mais educado. As ilhas chegam quando alguém promete ficar."',
  },
  {
    language: "ja",
    said: "*灯りを見上げて* 今夜も船は来ないのですか。",
    reply: "*ゆっくりと帳面を閉じる。* 「来ますよ。ただ、急がない船なのです。お茶をどうぞ。」",
  },
  {
    language: "ko",
    said: "*문을 두드리며* 여기서 하룻밤 묵을 수 있을까요?",
    reply: '*열쇠를 내밀며* "방은 하나뿐이에요. 대신 창밖의 소리에는 대답하지 마세요."',
  },
  {
    language: "fr",
    said: "*pose la lettre sur la table* Elle est pour vous, et elle est très ancienne.",
    reply:
      "*Il ne la touche pas.* « Alors elle a bien appris à attendre. Asseyez-vous, je vais chercher mes lunettes et un peu de courage. »",
  },
  {
    language: "pl",
    said: "*patrzy na zegary* Dlaczego każdy pokazuje inną godzinę?",
    reply: "*Wzrusza ramionami.* „Bo każdy należy do kogoś innego. Twój jeszcze nie zaczął chodzić.”",
  },
  {
    language: "tr",
    said: "*fenere bakar* Bu gece kimi bekliyorsun?",
    reply: '*Defterini kapatır.* "Geç kalan herkesi. Otur, çay taze."',
  },
  {
    language: "de",
    said: "*legt den Schlüssel hin* Der passt zu keiner Tür in diesem Haus.",
    reply: "*Sie lächelt müde.* „Dann ist es der richtige. Die Tür kommt noch, sie kommt immer mit der Flut.“",
  },
];
