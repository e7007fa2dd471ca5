/** Passages of a help centre and a staff handbook: what retrieval puts into a prompt. */
export const passages = [
  "Returns. Printed books can be sent back within thirty days in the state in which they were received. Audiobooks and e-books can be returned until the first chapter has been opened. The refund goes to the means of payment of the order; gift cards are refilled.",
  "Partial deliveries. When an order is larger than one parcel, or a title is printed on demand, we send what is on the shelf first. Shipping is charged once. The second parcel has a number of its own, and both stand on the page of the order.",
  "Price promises. Fixed book prices hold in DE, AT, FR, ES, IT, NL and PT. A voucher may not lower the price of a new book there. In other countries a voucher applies to the whole basket, but not to gift cards.",
  "Library accounts. A library can order on account, with one invoice a month. Marc records come with the dispatch note. Claims about missing copies are accepted for ninety days. Standing orders renew on the first of January.",
  "Print on demand. A title with the mark POD is printed after the order, which takes four to seven working days. It cannot be cancelled once the printer has taken the file. Colour covers use the coated stock unless the publisher says otherwise.",
  "Data about customers. Staff of first line see the last four digits of a card and the city of an address. Full addresses are shown in the packing view only. Screenshots of orders must not be pasted into chats or tickets.",
  "Damaged goods. For damage in transit ask for one photo that shows the damage and the label. Send the replacement before the return arrives if the value is below 80. Above that, or with the third claim of a year, hand the case to second line.",
  "Delivery times. From Leeds: UK one to three days, IE two to four. From Gdansk: PL, CZ, SK one to two days, DE and AT two to three. From Porto: PT, ES one to three. Islands and mountain posts need two days more.",
  "Opening hours of the phone line: 08:00 to 18:00 local time on working days, 09:00 to 13:00 on Saturdays in November and December. Chat is answered at all hours; people take over when the customer asks for one.",
  "Author events. Signed copies are sold as separate items and are excluded from returns unless damaged. A dedication is copied exactly as written by the customer, up to sixty characters, without emoji.",
  "Corporate orders above fifty copies get a contact of their own. Prices depend on the edition and the time of delivery; no discount may be promised in chat. Samples are free up to two titles.",
  "Accessibility. E-books published since 2025 carry a conformance note. If a customer needs large print or braille, point to the partner libraries and offer to ask the publisher for a file.",
] as const;

export const passageQuestions = [
  {
    ask: "Can a customer return an audiobook after listening to the first minutes?",
    answer:
      "No. According to the passage on returns, audiobooks can be sent back only until the first chapter has been opened.",
  },
  {
    ask: "Which countries have fixed book prices, so that vouchers do not lower new books?",
    answer:
      "Germany, Austria, France, Spain, Italy, the Netherlands and Portugal. There a voucher may not lower the price of a new book.",
  },
  {
    ask: "The customer has had three damage claims this year. Who decides?",
    answer: "Second line does: with the third claim of a year the case is handed over, whatever the value.",
  },
  {
    ask: "How long does delivery from Gdansk to Austria take?",
    answer: "Two to three working days; mountain posts need two days more.",
  },
  {
    ask: "May I promise 10 percent for an order of 60 copies?",
    answer:
      "No discount may be promised in chat. Orders above fifty copies get a contact of their own, who makes the offer.",
  },
  {
    ask: "What does the library get with each dispatch?",
    answer: "MARC records come with the dispatch note, and one invoice is issued a month.",
  },
  {
    ask: "Kann ein POD-Titel noch storniert werden?",
    answer: "Nur solange die Druckerei die Datei noch nicht übernommen hat; danach ist keine Stornierung möglich.",
  },
  {
    ask: "What can first line see of a card number?",
    answer: "The last four digits only. Full addresses are shown in the packing view alone.",
  },
] as const;
