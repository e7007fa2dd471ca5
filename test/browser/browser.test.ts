import { describe } from "vitest";
import { launchChromium } from "./chromium.ts";
import { openStage } from "./stage.ts";
import { complianceSuite } from "./suites/compliance.ts";
import { pagesSuite } from "./suites/pages.ts";
import { workSuite } from "./suites/work.ts";

const browser = await launchChromium();

/** Each suite runs only with a browser; `launchChromium` has said why there is none. */
describe.skipIf(browser === null)("in the browser", () => {
  const stage = openStage(browser);
  describe("each page", () => pagesSuite(stage));
  describe("the Compliance page", () => complianceSuite(stage));
  describe("the work of an analyst", () => workSuite(stage));
});
