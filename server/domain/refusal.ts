/** What can be done about a key, by the name of KMS's exception. */
const keyRemedies: readonly (readonly [of: RegExp, remedy: string])[] = [
  [/Disabled/, "its key is disabled: enable it"],
  [/InvalidState/, "its key is in no state to be used, such as waiting to be deleted: cancel that"],
  [/NotFound/, "its key is not there: what it has encrypted can be read by nobody, unless the key comes back"],
  [/AccessDenied/, "grant kms:Decrypt on its key"],
  [/OptInRequired/, "its key is in a region or account that may not use KMS"],
  [/./, "look at its key"],
];

/** `KMS.DisabledException (its key is disabled: enable it)`: why AWS refuses, and what to do where the code tells of a key. */
export function toldRefusal(code: string): string {
  if (!/^KMS/i.test(code)) return code;
  const [, remedy = ""] = keyRemedies.find(([of]) => of.test(code)) ?? [];
  return `${code} (${remedy})`;
}
