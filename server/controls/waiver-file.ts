import { type Waiver, waiverFile, type WaiverRules } from "../domain/waiver.ts";
import { parseYaml } from "../lib/yaml-text.ts";

/** Reads the waivers of controls and detections. Throws `UserError` with file, line and field of a breach. */
export function parseWaivers(file: string, text: string, rules: WaiverRules): readonly Waiver[] {
  return parseYaml(waiverFile(rules), file, text).waivers;
}
