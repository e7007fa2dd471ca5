/** A server with demo data, ready to be looked at. */
export interface RunningServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** The one at `BEDROCK_AUDIT_URL`, started by somebody else. */
export async function startServer(): Promise<RunningServer> {
  const url = process.env["BEDROCK_AUDIT_URL"];
  if (url === undefined) throw new Error("set BEDROCK_AUDIT_URL to the address of a server with demo data");
  return { url: url.replace(/\/$/, ""), close: async () => undefined };
}
