/** What goes over the wire, but for the headers that every answer has. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | string;
}

/** How a service speaks: each wraps its errors in its own way. */
/** `rest-xml-wrapped`: errors stand in an envelope, as in `query`. */
export type Protocol = "rest-xml" | "rest-xml-wrapped" | "query" | "ec2" | "json-1.0" | "json-1.1" | "rest-json";

/** An error as AWS would answer it; a handler throws it. */
export class AwsError extends Error {
  override readonly name = "AwsError";
  readonly status: number;
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}

const contentTypes: Record<Protocol, string> = {
  "rest-xml": "application/xml",
  "rest-xml-wrapped": "application/xml",
  query: "text/xml",
  ec2: "text/xml",
  "json-1.0": "application/x-amz-json-1.0",
  "json-1.1": "application/x-amz-json-1.1",
  "rest-json": "application/json",
};

export function answer(protocol: Protocol, body: string): Answer {
  return { status: 200, headers: { "content-type": contentTypes[protocol] }, body };
}

export function errorAnswer(protocol: Protocol, { status, code, message, headers }: AwsError): Answer {
  const type = { "content-type": contentTypes[protocol], ...headers };
  if (protocol === "rest-xml")
    return { status, headers: type, body: document(element("Error", { Code: code, Message: message })) };
  if (protocol === "ec2") {
    const Errors = { Error: { Code: code, Message: message } };
    return { status, headers: type, body: document(element("Response", { Errors, RequestID: "simulated" })) };
  }
  if (protocol === "query" || protocol === "rest-xml-wrapped") {
    const error = { Type: status < 500 ? "Sender" : "Receiver", Code: code, Message: message };
    return {
      status,
      headers: type,
      body: document(element("ErrorResponse", { Error: error, RequestId: "simulated" })),
    };
  }
  if (protocol === "rest-json")
    return { status, headers: { ...type, "x-amzn-errortype": code }, body: JSON.stringify({ message }) };
  return { status, headers: type, body: JSON.stringify({ __type: code, message }) };
}

export function document(xml: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xml}`;
}

/** Values that XML can hold: a list becomes its element again and again, undefined becomes nothing. */
export type XmlValue =
  string | number | boolean | Date | undefined | null | readonly XmlValue[] | { readonly [name: string]: XmlValue };

export function element(name: string, value: XmlValue, xmlns?: string): string {
  if (value === undefined || value === null) return "";
  if (Array.isArray(value)) return value.map((item: XmlValue) => element(name, item)).join("");
  const attribute = xmlns === undefined ? "" : ` xmlns="${xmlns}"`;
  return `<${name}${attribute}>${content(value)}</${name}>`;
}

function content(value: Exclude<XmlValue, undefined | null>): string {
  if (value instanceof Date) return value.toISOString();
  if (typeof value !== "object") return escapeXml(String(value));
  return Object.entries(value)
    .map(([name, child]) => element(name, child as XmlValue))
    .join("");
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]|\p{Cc}/gu, (character) => `&#${character.charCodeAt(0)};`);
}
