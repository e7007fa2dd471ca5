import { compliance } from "./compliance.tsx";
import { control } from "./control.tsx";
import { finding } from "./finding.tsx";
import { findings } from "./findings.tsx";
import { invocation } from "./invocation.tsx";
import { invocations } from "./invocations.tsx";
import { models } from "./models.tsx";
import { overview } from "./overview.tsx";
import type { Page } from "./page.ts";

/** In the order of the navigation. */
export const pages: readonly Page[] = [
  overview,
  findings,
  finding,
  invocations,
  invocation,
  models,
  compliance,
  control,
];
