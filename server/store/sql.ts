/** A value that may be bound to a statement. */
export type SqlValue = string | number | bigint | boolean | null | readonly string[];

/**
 * A statement whose values stand apart from its text: `?` in the text, the value in `params`.
 * A class, so that no parsed JSON can pass for one.
 */
export class Sql {
  readonly text: string;
  readonly params: readonly SqlValue[];

  constructor(text: string, params: readonly SqlValue[]) {
    this.text = text;
    this.params = params;
  }
}

/** Values become `?`; only another `Sql` is spliced into the text. */
export function sql(strings: TemplateStringsArray, ...values: readonly (SqlValue | Sql)[]): Sql {
  let text = strings[0] ?? "";
  const params: SqlValue[] = [];
  values.forEach((value, index) => {
    if (value instanceof Sql) {
      text += value.text;
      params.push(...value.params);
    } else {
      text += "?";
      params.push(value);
    }
    text += strings[index + 1] ?? "";
  });
  return new Sql(text, params);
}

/** Text of our own code (a column of `tables.ts`, a keyword), never anything that came from a request or a record. */
export function raw(text: string): Sql {
  return new Sql(text, []);
}

/** `parts` with `separator` between them; no parts give an empty text. */
export function join(parts: readonly Sql[], separator: string): Sql {
  return new Sql(
    parts.map(({ text }) => text).join(separator),
    parts.flatMap(({ params }) => params),
  );
}

/** An instant as a TIMESTAMP value, from ISO 8601 UTC text; the form that both engines read. */
export function instant(iso: string): Sql {
  const text = new Date(iso).toISOString().replace("T", " ").replace("Z", "");
  return sql`cast(${text} as timestamp)`;
}
