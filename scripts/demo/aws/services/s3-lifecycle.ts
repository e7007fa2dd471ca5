import type { LifecycleRule } from "@aws-sdk/client-s3";
import type { XmlValue } from "../answer.ts";

/** The SDK's names for lists are plural, those on the wire are not. */
const onTheWire = new Map([
  ["Transitions", "Transition"],
  ["NoncurrentVersionTransitions", "NoncurrentVersionTransition"],
  ["Tags", "Tag"],
]);

export function lifecycleXml(rules: readonly LifecycleRule[]): XmlValue {
  return { Rule: rules.map((rule) => renamed({ ...rule } as unknown as XmlValue)) };
}

function renamed(value: XmlValue): XmlValue {
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item: XmlValue) => renamed(item));
  return Object.fromEntries(
    Object.entries(value as Readonly<Record<string, XmlValue>>).map(([name, child]) => [
      onTheWire.get(name) ?? name,
      renamed(child),
    ]),
  );
}
