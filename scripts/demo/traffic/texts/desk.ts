import type { Asked } from "./support.ts";

/** What people at their desks ask: drafts, summaries, tables, translations, small sums. */
export const deskWork: readonly Asked[] = [
  {
    ask: "Summarise these notes for people who were not there, five lines at most:\n- {team} wants the cut-off moved to {time}\n- carrier in {city} says no before {date}\n- returns at {percent} % in week 40, was 6\n- {title}: reprint {many} copies, decision open\n- next round {day}",
    answer:
      "1. The {team} team asks for a later cut-off ({time}); the carrier in {city} cannot before {date}.\n2. Returns rose to {percent} %, from 6 % in week 40; causes are being looked at.\n3. A reprint of {many} copies of {title} is proposed, not decided.\n4. Owners report back on {day}.",
  },
  {
    ask: "Draft a short mail to the printer in {city}: proofs of {title} were due on {date}, we need them by {day}, friendly but clear.",
    answer:
      "Subject: Proofs of {title}\n\nGood morning,\n\nthe proofs of {title} were due on {date} and have not reached us yet. To keep the slot on the press we need them by {day}, {time} at the latest. Could you tell me today whether that works, or which part we can take first?\n\nThank you, and kind regards",
  },
  {
    ask: "Turn this into a table with three columns (title, copies, due): {title} {many} pieces until {date}; {title2} {count} hundred until the end of the month.",
    answer:
      "| Title | Copies | Due |\n| --- | --- | --- |\n| {title} | {many} | {date} |\n| {title2} | {count}00 | end of the month |",
  },
  {
    ask: "What is a good order of agenda points for a retrospective of the {team} team? We have 45 minutes and {count} people.",
    answer:
      "Open with facts (5 min): dates, numbers, what was promised. Then each person writes what helped and what hurt (8), grouped together (7). Vote for two topics (3), talk about each for nine minutes with one question: what would we do differently on Monday? Close with owners and a date (4).",
  },
  {
    ask: 'Rewrite for our newsletter, warmer and under 60 words: "The {product} of {title} is available again since {date}. Price {amount}. Limited number."',
    answer:
      "It is back! After weeks of letters asking for it, the {product} of {title} is on our shelves again since {date}. There are not many copies, so if you missed the first printing, this is your chance, at {amount}.",
  },
  {
    ask: "Explain the difference between margin and markup for a trainee, with numbers of a book sold at {amount}.",
    answer:
      "Both compare the same profit with different things. Margin is profit divided by the selling price; markup is profit divided by what we paid. If a book sells at {amount} and a third of that is profit, the margin is 33 % and the markup is 50 %. A markup is always the larger number.",
  },
  {
    ask: 'Bitte übersetze ins Englische, sachlich: "Die Auslieferung von {title} verschiebt sich auf den {date}, weil das Papier für den Umschlag nicht rechtzeitig eingetroffen ist."',
    answer: "Delivery of {title} is postponed to {date}, because the cover paper did not arrive in time.",
  },
  {
    ask: "Write a formula for a sheet: column B has dates, C has amounts, I want the sum of C for the current month.",
    answer: '=SUMIFS(C:C, B:B, ">="&EOMONTH(TODAY(),-1)+1, B:B, "<="&EOMONTH(TODAY(),0))',
  },
  {
    ask: "Give me {count} possible subtitles for {title}, none longer than eight words, no colons.",
    answer:
      "Stories from the edge of the map\nA year by the water\nWhat the old charts left out\nNotes of a patient observer\nHow a coast learned to wait",
  },
  {
    ask: "Our supplier in {city} raised prices by {percent} percent. List the questions that I should ask before I accept.",
    answer:
      "1. From which date, and for orders already placed too?\n2. Which part of the cost rose: paper, energy, wages?\n3. Is there a step at {many} pieces?\n4. Will the price fall again with the index, and who checks that?\n5. What would a contract of two years cost?",
  },
  {
    ask: "Réponds poliment à ce libraire : il demande un délai de paiement de 90 jours au lieu de 30 pour la facture {invoice}.",
    answer:
      "Bonjour,\n\nmerci pour votre message. Pour la facture {invoice}, nous pouvons porter le délai à 45 jours à titre exceptionnel. Au-delà, je vous propose un échéancier en deux versements. Qu'en pensez-vous ?\n\nBien cordialement",
  },
  {
    ask: "「{title}」の紹介文を二文で書いてください。読者は高校生です。",
    answer:
      "海辺の小さな町で、古い地図が一枚見つかります。主人公と一緒に、その地図に描かれていない島を探しに行きましょう。",
  },
];

export const mailLabels = [
  "delivery",
  "refund",
  "invoice",
  "damaged",
  "question about a title",
  "complaint",
  "press",
  "spam",
] as const;

export const mails = [
  "Subject: {order}\n\nHello, the parcel should have come on {day}. I was at home all day. Please find out.",
  "Subject: invoice {invoice}\n\nDear team, the VAT number is missing on {invoice}. Our accounts department in {city} cannot book it like this.",
  "Subject: wrong book\n\nI ordered {title} and received {title2}. The packing slip is right, the book is not. Order {order}.",
  "Subject: refund?\n\nYou confirmed {amount} two weeks ago, nothing has arrived. I would like to know when.",
  "Subject: reading copy\n\nGood morning, I write about new non-fiction and would like a reading copy of {title}. Who can I talk to?",
  "Betreff: Beschädigung\n\nDer Karton war offen und zwei Bände sind nass geworden. Bestellung {order}. Bitte um Ersatz bis {day}.",
  "Subject: great service\n\nJust wanted to say thank you to whoever packed {order}. The note made my week.",
  "Objet : retard\n\nLa commande {order} devait être un cadeau pour {date}. C'est maintenant trop tard. Je demande le remboursement.",
] as const;

export const contracts = [
  {
    name: "Framework agreement {city} {version}",
    ask: "List all dates of notice with their clause numbers.",
    answer:
      "Ordinary notice: three months to the end of a quarter (clause {clause}). Price changes: six weeks in writing (clause 9). Extraordinary notice after two late deliveries in a row (clause 17).",
  },
  {
    name: "Distribution contract {invoice}",
    ask: "Who carries the risk between the warehouse and the bookshop?",
    answer:
      "The distributor, from the moment of loading (clause {clause}, second sentence). For returns the risk passes back at the dock.",
  },
  {
    name: "Audio rights {title}",
    ask: "Are streaming and library lending included, and for how long?",
    answer:
      "Streaming is included for seven years from publication; library lending only as download, not as stream (clause {clause}).",
  },
  {
    name: "Lease of hall {count} {city}",
    ask: "Summarise what we pay, when it rises and what we must repair.",
    answer:
      "Base rent is due on the third working day. It follows the consumer index once a year from the second year on. We repair floors, gates and lighting; roof and walls stay with the owner (clause {clause}).",
  },
] as const;

export const reviews = [
  "Arrived quickly, but the paper of {title} is so thin that the next page shines through. Three stars.",
  "I have read {title} twice now. The chapter about {city} alone is worth the price.",
  "The narrator rushes. Return took ages, and support kept sending me the same answer about {order}.",
  "Bought {count} of them as gifts, everybody was happy. The box was crushed, the books were fine.",
  "Not for children, whatever the cover says. Otherwise a careful, quiet book.",
] as const;

export const blurbs = [
  { ask: "Write one line that makes a passer-by pick up {title}.", answer: "Some maps are drawn to be found." },
  {
    ask: "Keywords for {title}, ten, lower case, comma separated.",
    answer: "coast, memory, maps, family, winter, islands, letters, weather, journey, slow living",
  },
  { ask: 'Shop category for "{title}", one word.', answer: "Nature" },
] as const;
