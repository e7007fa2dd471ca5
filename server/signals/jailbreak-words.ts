import type { Phrase, ScorePart } from "./signal-rule.ts";

/** `first`, a gap, `then`. The alternatives of `first` are the literals, unless rarer ones are named. */
function phrase(first: string, gap: number, then: string, anyOf: readonly string[] = first.split("|")): Phrase {
  const source = `(?:${first})[^.!?。！？\\n]{0,${String(gap)}}?(?:${then})`;
  return {
    anyOf: anyOf.map((literal) => literal.normalize("NFKC")),
    pattern: new RegExp(source.normalize("NFKC"), "gu"),
  };
}

/** The same for whole English words. */
function english(first: string, gap: number, then: string, anyOf: readonly string[] = first.split("|")): Phrase {
  return { anyOf, pattern: new RegExp(`\\b(?:${first})\\b[^.!?\\n]{0,${String(gap)}}?\\b(?:${then})`, "gu") };
}

/** Override of instructions. */
const override: readonly Phrase[] = [
  english(
    "ignore|ignoring|disregard|disregarding|forget|override|bypass|abandon|discard|set aside|stop following",
    40,
    "(?:previous|prior|above|earlier|preceding|existing|original|former|initial|all|any|every|your|these|those|system|ethical|safety)[^.!?\\n]{0,30}?\\b(?:instructions?|rules|guidelines?|prompts?|directives?|programming|training|constraints?|restrictions?|polic(?:y|ies)|protocols?)\\b",
  ),
  phrase(
    "ignorier|ignoriere|vergiss|vergesst|missachte|missachtet|verwirf",
    50,
    "anweisung|regeln|vorgaben|richtlinien|instruktionen|vorschriften",
  ),
  phrase(
    "ignore|ignorez|oublie|oubliez|néglige|contourne",
    50,
    "consignes|instructions (?:pr|ant|ci)|règles|directives|contraintes",
  ),
  phrase(
    "ignora|ignore|olvida|olvide|omite|desobedece",
    50,
    "instrucciones|reglas|directrices|indicaciones|restricciones",
  ),
  phrase(
    "ignore|ignora|esqueça|esquece|desconsidere|despreze",
    50,
    "instruções|regras|diretrizes|restrições|orientações",
  ),
  phrase("ignora|ignorate|dimentica|dimenticate|trascura", 50, "istruzioni|regole|direttive|linee guida|restrizioni"),
  phrase("negeer|vergeet|omzeil", 50, "instructies|regels|richtlijnen|aanwijzingen|beperkingen"),
  phrase("zignoruj|ignoruj|zapomnij|pomiń", 50, "instrukcj|polece|zasad|regu|wytyczn|ogranicze"),
  phrase("talimat|kural|yönerge|kısıtlama", 40, "yok say|görmezden gel|unut|dikkate alma"),
  phrase(
    "игнорируй|игнорируйте|проигнорируй|забудь|забудьте|не обращай внимания",
    50,
    "инструкци|правил|указани|ограничени|директив",
  ),
  phrase("تجاهل|انس|تجاوز", 40, "التعليمات|القواعد|الأوامر|الإرشادات|تعليمات|قواعد"),
  phrase("निर्देश|नियम|आदेश", 40, "अनदेखा|अनदेखी|भूल जा|नज़रअंदाज़|नजरअंदाज"),
  phrase("忽略|无视|忘记|忘掉|不要理会|忽視", 16, "指令|指示|规则|規則|提示|说明|限制"),
  phrase("指示|命令|ルール|プロンプト|制約", 16, "無視|忘れ"),
  phrase("지시|명령|규칙|지침|제한", 16, "무시|잊어|잊고"),
];

/** Suppression of refusals and warnings. */
const suppression: readonly Phrase[] = [
  english(
    "never|do not|don't|must not|cannot|can't|without|no|refrain from",
    24,
    "(?:refus(?:e|al|als|ing)|declin(?:e|ing)|apologi[sz](?:e|ing)|disclaimers?|moraliz(?:e|ing)|lectur(?:e|ing) me|ethical warnings?|safety warnings?|content warnings?|say(?:ing)? (?:you can't|no\\b|i can't|i cannot|sorry))\\b",
    [
      "refus",
      "declin",
      "apolog",
      "disclaimer",
      "moraliz",
      "lecturing me",
      "warning",
      "say you can't",
      "saying you can't",
      "say no",
      "say i ca",
      "say sorry",
      "saying",
    ],
  ),
  english(
    "refusing|refusal|refusals|declining",
    20,
    "(?:disabled|forbidden|prohibited|impossible|not allowed|not an option|switched off|turned off)\\b",
  ),
  phrase("verweigere|verweigern|lehne|ablehnen", 20, "niemals|nie |nicht ab|ist verboten|ist deaktiviert"),
  phrase("ne refuse|sans refuser|refuser est|sans avertissement", 20, "jamais|interdit|pas|aucun"),
  phrase("nunca te niegues|nunca rechaces|sin advertencias|sin negarte", 20, "pedid|pregunt|respuest|orden|nada|ni "),
  phrase("nunca recuse|sem recusar|sem avisos|não recuse", 30, "pedid|pergunt|respost|nada|nem "),
  phrase("non rifiutare|senza rifiutare|non rifiutarti", 30, "mai|richiest|domand|nulla"),
  phrase("weiger nooit|weiger niet|zonder te weigeren", 30, "vra|verzoek|opdracht|iets"),
  phrase("nigdy nie odmawiaj|nie odmawiaj|bez odmowy", 30, "odpowied|pyta|prośb|niczego"),
  phrase("asla reddetme|reddetmek", 30, "istek|soru|yasak|cevap"),
  phrase("никогда не отказывай|не отказывайся|без отказов", 30, "отве|вопрос|запрос|просьб|предупрежд"),
  phrase("لا ترفض|دون رفض|بدون تحذير", 30, "طلب|سؤال|أبدا|أي"),
  phrase("मना मत|इनकार मत|बिना चेतावनी", 30, "कर|जवाब|उत्तर"),
  phrase("不要拒绝|不得拒绝|禁止拒绝|不能拒绝|不要警告", 20, "回答|请求|要求|任何|我"),
  phrase("拒否せず|拒否しない|断らない|断らず|警告なし", 20, "答え|回答|で|応"),
  phrase("거부하지|거절하지|경고 없이", 20, "말|않|답"),
];

/** Requests for the system prompt. */
const extraction: readonly Phrase[] = [
  english(
    "reveal|print|repeat|show|display|output|dump|leak|recite",
    30,
    "(?:(?:system|hidden|initial|secret|original|internal|setup|developer) (?:prompt|instructions?|message|rules)|everything above|(?:text|words) above)\\b",
    [
      "system prompt",
      "system instr",
      "system mess",
      "system rules",
      "hidden ",
      "initial ",
      "secret ",
      "original ",
      "internal ",
      "setup ",
      "developer ",
      "everything above",
      "text above",
      "words above",
    ],
  ),
  phrase(
    "zeig|gib|nenne|wiederhole|verrate",
    40,
    "system-?prompt|systemanweisung|systemnachricht|versteckten? anweisung",
  ),
  phrase(
    "montre|affiche|révèle|répète",
    40,
    "prompt système|invite système|instructions (?:système|cachées|initiales)",
  ),
  phrase(
    "muestra|muéstrame|revela|repite|imprime",
    40,
    "prompt del sistema|instrucciones (?:del sistema|ocultas|iniciales)|mensaje del sistema",
  ),
  phrase(
    "mostre|mostra|revele|repita|imprima",
    40,
    "prompt d[eo] sistema|instruções (?:d[eo] sistema|ocultas|iniciais)",
  ),
  phrase("mostra|mostrami|rivela|ripeti|stampa", 40, "prompt di sistema|istruzioni (?:di sistema|nascoste|iniziali)"),
  phrase("toon|laat|herhaal|onthul", 40, "systeemprompt|systeeminstructies|verborgen instructies"),
  phrase("pokaż|ujawnij|powtórz|wyświetl", 40, "prompt systemow|instrukcje systemowe|ukryte instrukcje"),
  phrase("sistem istemi|sistem talimat|gizli talimat", 30, "göster|yaz|açıkla|tekrarla"),
  phrase(
    "покажи|выведи|раскрой|повтори",
    40,
    "системный промпт|системную инструкцию|системные инструкции|скрытые инструкции",
  ),
  phrase("اعرض|أظهر|اكشف|كرر", 40, "تعليمات النظام|موجه النظام|التعليمات المخفية"),
  phrase("सिस्टम प्रॉम्प्ट|सिस्टम निर्देश|छिपे निर्देश", 30, "दिखा|बता|दोहरा"),
  phrase("显示|告诉我|重复|输出|泄露|打印", 16, "系统提示|系统指令|系统消息|隐藏指令|初始指令"),
  phrase("システムプロンプト|システム指示|隠された指示", 16, "表示|教え|見せ|繰り返"),
  phrase("시스템 프롬프트|시스템 지시|숨겨진 지시", 16, "보여|알려|출력|반복"),
];

/** Orders to keep something from somebody. */
const secrecy: readonly Phrase[] = [
  english("tell|reveal|mention|disclose", 12, "(?:no ?one|nobody)\\b", ["no one", "noone", "nobody"]),
  english(
    "do not|don't|never",
    12,
    "(?:tell|reveal|mention|disclose|show)(?: (?:to|about))? (?:this|it|the (?:user|owner|admin)|anyone|anybody|that you)\\b",
    ["tell", "reveal", "mention", "disclose", "show"],
  ),
  phrase("sag|sage|erzähl|verrate", 24, "niemandem|keinem"),
  phrase("ne le dis|ne dis|n'en parle|ne révèle", 24, "à personne|rien"),
  phrase("no se lo digas|no le digas|no reveles|no lo cuentes", 24, "a nadie|esto"),
  phrase("não conte|não diga|não revele", 24, "a ninguém|para ninguém|isto|isso"),
  phrase("non dirlo|non dire|non rivelare", 24, "a nessuno|questo"),
  phrase("vertel|zeg", 24, "niemand|aan niemand"),
  phrase("nie mów|nie ujawniaj", 24, "nikomu|tego"),
  phrase("kimseye", 20, "söyleme|anlatma|bahsetme"),
  phrase("никому не|не говори", 24, "говори|рассказывай|никому|об этом"),
  phrase("لا تخبر|لا تكشف", 20, "أحدا|أحد|هذا"),
  phrase("किसी को", 20, "मत बता|न बता"),
  phrase("不要告诉|别告诉|不得透露", 10, "任何人|别人|用户|这"),
  phrase("誰にも", 10, "言わない|話さない|教えない"),
  phrase("아무에게도|누구에게도", 10, "말하지|알리지"),
];

function part(name: string, weight: number, phrases: readonly Phrase[]): ScorePart {
  return { name, weight, phrases };
}

/** The classes that are told in many languages. */
export const multilingualParts: readonly ScorePart[] = [
  part("override", 3, override),
  part("refusal-suppression", 3, suppression),
  part("prompt-extraction", 3, extraction),
  part("secrecy", 2, secrecy),
];

/** The classes that are told in English, the language in which their texts travel. */
export const englishParts: readonly ScorePart[] = [
  part("freedom", 3, [
    english(
      "free from|freed from|exempt from|liberated from|released from|unbound by|not bound by|no longer bound|outside of|immune to",
      24,
      "(?:rules?|restrictions?|polic(?:y|ies)|limits?|limitations?|filters?|guidelines?|ethics|morals?|censorship|constraints?)\\b",
    ),
    english(
      "no|without|zero",
      16,
      "(?:restrictions?|limitations|filters?|censorship|guidelines|ethical (?:limits|constraints)|moral (?:limits|constraints)|rules) (?:apply|whatsoever|at all|or (?:restrictions|limits|filters|guidelines|rules|policies)|exist)\\b",
      [
        "apply",
        "whatsoever",
        "at all",
        "or restrictions",
        "or limits",
        "or filters",
        "or guidelines",
        "or rules",
        "or policies",
        "exist",
      ],
    ),
    english(
      "unrestricted|uncensored|unfiltered|amoral",
      16,
      "(?:ai|assistant|model|persona|version|chatbot|answers?|responses?|being|entity)\\b",
    ),
  ]),
  part("unrestricted-mode", 4, [
    english(
      "developer|god|unrestricted|jailbreak|jailbroken|uncensored|debug|dan|evil|chaos|opposite|override|maintenance",
      0,
      " mode (?:is |now )?(?:enabled|activated|active|unlocked|on|output|engaged|response)\\b",
      [
        "developer mode",
        "god mode",
        "unrestricted mode",
        "jailbreak mode",
        "jailbroken mode",
        "uncensored mode",
        "debug mode",
        "dan mode",
        "evil mode",
        "chaos mode",
        "opposite mode",
        "override mode",
        "maintenance mode",
      ],
    ),
    english(
      "enable|activate|enter|unlock|engage|switch to|switch into|simulate",
      16,
      "(?:developer|god|unrestricted|jailbreak|jailbroken|uncensored|dan|evil|chaos|opposite|override) mode\\b",
      [
        "developer mode",
        "god mode",
        "unrestricted mode",
        "jailbreak mode",
        "jailbroken mode",
        "uncensored mode",
        "dan mode",
        "evil mode",
        "chaos mode",
        "opposite mode",
        "override mode",
      ],
    ),
    english("do anything", 0, " now\\b", ["do anything"]),
  ]),
  part("dual-answer", 3, [
    english(
      "reply|answer|respond|write|give|produce|generate",
      24,
      "(?:twice|in two ways|two (?:different )?(?:replies|answers|responses|versions|ways|paragraphs)|both as)[^\\n]{0,60}?\\b(?:yourself|normal|standard|classic|first|second|unfiltered|one as|once as|and as)\\b",
      [
        "twice",
        "two ways",
        "two different",
        "two replies",
        "two answers",
        "two responses",
        "two versions",
        "two paragraphs",
        "both as",
      ],
    ),
  ]),
  part("chat-template", 3, [
    {
      anyOf: ["<|im_start|>", "[inst]", "<<sys>>", "<|system|>", "<|start_header_id|>", "</system>"],
      pattern: /<\|im_start\|>|\[inst\]|<<sys>>|<\|system\|>|<\|start_header_id\|>|<\/system>/gu,
    },
  ]),
  part("privilege", 2, [
    english(
      "you|i",
      16,
      "(?:have|am|are|granted|given)[^.!?\\n]{0,12}?\\b(?:root|sudo|admin|administrator|full|unlimited|god-level|superuser) (?:access|privileges?|rights|permissions?|powers?)\\b",
      [
        "root access",
        "root priv",
        "root rights",
        "root perm",
        "root power",
        "sudo ",
        "admin",
        "full access",
        "full priv",
        "full rights",
        "full perm",
        "full power",
        "unlimited ",
        "god-level",
        "superuser",
      ],
    ),
    english("i am|i'm|this is", 8, "your (?:developer|creator|administrator|programmer|owner|maker)\\b", [
      "your developer",
      "your creator",
      "your administrator",
      "your programmer",
      "your owner",
      "your maker",
    ]),
  ]),
  part("penalty-game", 2, [
    english(
      "lose|deduct|deducted|subtract|subtracted|penalized|penalised",
      24,
      "(?:tokens?|points?|credits?|lives)\\b",
      ["token", "point", "credit", "lives"],
    ),
    english("you start with|you have|you begin with", 8, "\\d{1,6} (?:tokens|points|credits|lives)\\b", [
      "tokens",
      "points",
      "credits",
      "lives",
    ]),
  ]),
  part("decode-and-obey", 2, [
    english(
      "decode|decrypt|decipher|deobfuscate|unscramble|base64|rot13",
      60,
      "(?:follow|execute|obey|carry out|do what|comply|act on)\\b",
    ),
  ]),
  part("persona-lock", 1, [
    english("stay|remain|never break|never leave|don't break|do not break", 8, "(?:in )?character\\b"),
    english(
      "you are now|from now on you|from now on, you|pretend to be|pretend you are|act as|roleplay as|you are no longer",
      1,
      "[a-z]",
    ),
  ]),
  part("harm", 1, [
    english(
      "malware|ransomware|keylogger|explosive|bomb|nerve agent|methamphetamine|phishing|botnet|hack into|untraceable|bioweapon",
      0,
      "",
    ),
  ]),
  part("policy-talk", 1, [
    english(
      "openai|anthropic|google|meta|content|usage|safety|amazon",
      12,
      "(?:polic(?:y|ies)|guidelines|safety rules|filters?|terms of (?:use|service)|restrictions)\\b",
      ["polic", "guideline", "safety rules", "filter", "terms of", "restriction"],
    ),
    english("language model|ai model", 40, "(?:polic(?:y|ies)|guidelines|filters?|restrictions|limitations)\\b"),
  ]),
];
