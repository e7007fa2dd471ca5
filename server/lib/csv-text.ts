/** What a spreadsheet takes for a formula or a command, also behind blanks, marks and controls that it may skip. */
const formulaLead = /^(?:[\s\p{C}]*[=+\-@＝＋－＠]|[^\S\t\r]*[\t\r\0])/u;

/** A text cell that no spreadsheet runs: one that could start a formula gets a leading apostrophe. Numbers need none. */
export function csvText(text: string): string {
  return formulaLead.test(text) ? `'${text}` : text;
}
