import { checkAsff } from "./check-asff.ts";
import { checkCsv } from "./check-csv.ts";
import type { CheckFormat } from "./check-format.ts";
import { checkGithub } from "./check-github.ts";
import { checkHtml } from "./check-html.ts";
import { checkJson } from "./check-json.ts";
import { checkJunit } from "./check-junit.ts";
import { checkMarkdown } from "./check-markdown.ts";
import { checkOcsf } from "./check-ocsf.ts";
import { checkSarif } from "./check-sarif.ts";
import { checkText } from "./check-text.ts";

/** Every format of the check, by its name on the command line. */
export const checkFormats: readonly CheckFormat[] = [
  checkText,
  checkJson,
  checkJunit,
  checkSarif,
  checkOcsf,
  checkAsff,
  checkMarkdown,
  checkGithub,
  checkCsv,
  checkHtml,
];
