import type { Language } from "./slots.ts";

export interface Asked {
  readonly ask: string;
  readonly answer: string;
}

/** What customers ask a book shop, and what its assistant says. */
export const support: Readonly<Record<Language, readonly Asked[]>> = {
  en: [
    {
      ask: "Hi, where is my order {order}? The tracking page has shown the same line since {day}.",
      answer:
        "Order {order} left our warehouse on {day} and is with the carrier in {city} under {parcel}. Scans there can pause for two working days. If nothing has moved by {time} tomorrow, write back here and I will open a trace for you.",
    },
    {
      ask: 'The {product} of "{title}" arrived with a torn cover. Can I get another one without sending it back first?',
      answer:
        "I am sorry that {title} reached you like that. For damage in transit we send the replacement first: please add one photo of the cover to order {order}, and the new copy ships the same day. A return label comes in the parcel.",
    },
    {
      ask: "I was charged twice, once {amount} and once the same again. Order {order}.",
      answer:
        "I see one payment of {amount} that was captured and a second one that is only an authorisation. The second disappears by itself, usually within three to five working days. Nothing else is open on {order}.",
    },
    {
      ask: "Can I change the delivery address? I am in {city} until {date}.",
      answer:
        "Yes, as long as the parcel has not been packed. {order} is still in picking, so I can point it to {city}. Please confirm the street and the postcode, and tell me whether a neighbour may take it.",
    },
    {
      ask: "Is {title} available as an audiobook, and who reads it?",
      answer:
        "{title} is out as an audiobook of about {count} hours, unabridged. You find the reader and a sample of five minutes on the product page. With a library card of a partner it can also be borrowed.",
    },
    {
      ask: "My voucher says it is not valid for this basket. It is for {amount}, and I only have one {product} in it.",
      answer:
        "The voucher works for books only, and in some countries a {product} counts as a licence, not as a book. Put a printed title in the basket and it will be accepted; the rest of its value stays on your account.",
    },
    {
      ask: "I would like to cancel {order} please, I ordered the wrong edition of {title}.",
      answer:
        "I have cancelled {order}; the {amount} goes back to the card that you paid with, in three to five days. The edition with the new foreword is the one with the green spine. Shall I put it in your basket?",
    },
    {
      ask: "Do you ship to {city}, and what does it cost for {count} books?",
      answer:
        "We do. For {count} books to {city} the parcel goes by road, four to six working days, for a flat fee; above {amount} shipping is free. Customs are not due inside the single market.",
    },
    {
      ask: "How do I read the e-book on an older reader? It says the file is protected.",
      answer:
        'Open the file once in our web reader and choose "send to device". Readers from before 2016 need the second format that is offered there. Your account allows six devices; two are in use.',
    },
  ],
  de: [
    {
      ask: "Guten Tag, meine Bestellung {order} ist seit {day} nicht weitergekommen. Können Sie bitte nachsehen?",
      answer:
        "Gern. Die Sendung {parcel} liegt im Verteilzentrum und wurde heute um {time} Uhr wieder erfasst. Die Zustellung ist für morgen geplant. Sollte sie ausbleiben, leite ich eine Nachforschung ein.",
    },
    {
      ask: "Der Schuber von „{title}“ ist eingedrückt. Ich möchte das Buch aber behalten, gibt es einen Nachlass?",
      answer:
        "Das tut mir leid. Bei leichten Schäden am Schuber können wir 15 Prozent erstatten, das wären {amount} Euro. Ein Foto genügt, die Gutschrift kommt auf dasselbe Zahlungsmittel.",
    },
    {
      ask: "Ich brauche die Rechnung zu {order} mit unserer Umsatzsteuernummer, geht das nachträglich?",
      answer:
        "Ja. Bitte tragen Sie die Nummer im Konto unter „Rechnungsdaten“ ein; danach lässt sich die Rechnung {invoice} einmal neu ausstellen. Das Datum bleibt unverändert.",
    },
    {
      ask: "Wann erscheint „{title}“ als Taschenbuch?",
      answer:
        "Das Taschenbuch ist für {date} angekündigt. Ich kann Sie vormerken, dann kommt am Erscheinungstag eine Nachricht.",
    },
  ],
  fr: [
    {
      ask: "Bonjour, je n'ai toujours pas reçu la commande {order}, le suivi indique {city} depuis plusieurs jours.",
      answer:
        "Bonjour, je vois que le colis {parcel} attend un deuxième passage. Il sera présenté demain avant {time}. Si vous préférez un point relais, dites-le-moi et je change la livraison.",
    },
    {
      ask: "Puis-je échanger « {title} » contre l'édition illustrée ?",
      answer:
        "Oui, l'échange est gratuit pendant trente jours. La différence est de {amount} euros ; l'étiquette de retour arrive par courriel dans quelques minutes.",
    },
    {
      ask: "Le code promotionnel ne fonctionne pas pour un {product}, pourquoi ?",
      answer:
        "Ce code vaut pour les livres imprimés seulement. Le prix d'un livre numérique est fixé par l'éditeur et ne peut pas être réduit.",
    },
  ],
  es: [
    {
      ask: "Hola, pedí {count} ejemplares de «{title}» y solo llegaron dos. ¿Dónde está el resto?",
      answer:
        "Gracias por avisar. El pedido {order} salió en dos paquetes; el segundo, {parcel}, llega el jueves. Si falta alguno, lo reenviamos sin coste.",
    },
    {
      ask: "¿Cuánto tarda un envío a {city} y cuánto cuesta?",
      answer: "Entre cuatro y seis días laborables. A partir de {amount} euros el envío es gratuito.",
    },
  ],
  it: [
    {
      ask: "Buongiorno, vorrei restituire «{title}», ordine {order}. Come devo fare?",
      answer:
        "Buongiorno, può stampare l'etichetta dalla pagina dell'ordine e consegnare il pacco in qualsiasi ufficio. Il rimborso di {amount} euro arriva entro cinque giorni.",
    },
  ],
  pl: [
    {
      ask: "Dzień dobry, czy książka „{title}” będzie jeszcze dostępna w twardej oprawie?",
      answer:
        "Dzień dobry, dodruk jest zaplanowany na {date}. Mogę zapisać Pana zamówienie, a wiadomość przyjdzie w dniu dostawy do magazynu.",
    },
  ],
  pt: [
    {
      ask: "Boa tarde, a fatura {invoice} veio com a morada antiga. É possível corrigir?",
      answer: "Boa tarde, sim. Atualize a morada na conta e peça a segunda via; o número {invoice} mantém-se.",
    },
  ],
  nl: [
    {
      ask: "Mijn cadeaubon van {amount} euro wordt niet herkend bij het afrekenen van {order}.",
      answer:
        "De bon is geldig, maar staat nog op een andere account. Ik heb hem overgezet; probeer het over vijf minuten opnieuw.",
    },
  ],
  ja: [
    {
      ask: "注文番号 {order} の配送状況を教えてください。追跡画面が {day} から変わっていません。",
      answer:
        "ご不便をおかけしております。お荷物 {parcel} は現在、大阪の営業所で保管されています。明日の午前中に配達の予定です。届かない場合は、こちらで調査をお申し込みいたします。",
    },
    {
      ask: "「{title}」の日本語版はいつ発売されますか。",
      answer: "日本語版は来年の春に刊行予定です。発売日が決まりましたら、ご登録のアドレスへお知らせいたします。",
    },
    {
      ask: "電子書籍を二台の端末で読むことはできますか。",
      answer:
        "はい、一つのアカウントで六台までご利用いただけます。端末の一覧は「マイページ」の「端末の管理」でご確認ください。",
    },
  ],
  ko: [
    {
      ask: "주문 {order} 배송지를 변경할 수 있나요?",
      answer: "아직 포장 전이라 변경이 가능합니다. 새 주소와 연락 가능한 시간을 알려 주시면 바로 수정해 드리겠습니다.",
    },
  ],
  tr: [
    {
      ask: "Merhaba, {order} numaralı siparişimi iptal etmek istiyorum.",
      answer:
        "Merhaba, siparişiniz henüz paketlenmedi, bu yüzden iptal edebildim. {amount} tutarındaki iade üç gün içinde kartınıza geçer.",
    },
  ],
};

/** What follows once the first answer is there. */
export const followUps: Readonly<Record<"en" | "de" | "ja", readonly Asked[]>> = {
  en: [
    {
      ask: "Thanks. And how long will the refund take?",
      answer: "Three to five working days after the parcel is scanned at our dock. You get a message at that moment.",
    },
    {
      ask: "OK, please do that.",
      answer: "Done. You find the change in your account under {order}; a confirmation is on its way.",
    },
    {
      ask: "Could you send me that by mail as well?",
      answer: "Of course, it goes to the address of your account within a few minutes.",
    },
    {
      ask: "That is not what I asked. I need it before {day}.",
      answer:
        "Understood. With express delivery from our shelf in {city} it arrives on {day} before noon; I have waived the fee of {amount}.",
    },
  ],
  de: [
    { ask: "Danke. Wie lange dauert das?", answer: "Drei bis fünf Werktage, danach erhalten Sie eine Nachricht." },
    { ask: "Bitte so machen.", answer: "Ist erledigt. Die Änderung sehen Sie im Konto unter {order}." },
  ],
  ja: [
    {
      ask: "ありがとうございます。返金はいつになりますか。",
      answer: "商品の到着後、三日から五日ほどでお手続きいたします。",
    },
  ],
};
