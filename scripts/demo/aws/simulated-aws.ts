import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Answer, AwsError, errorAnswer } from "./answer.ts";
import { type FaultPlan, openFaults, refusal, type WireFault } from "./faults.ts";
import { callerOf, unknownKeys } from "./keys.ts";
import type { Operation, PageSize, Service } from "./operation.ts";
import { type AwsRequest, readRequest } from "./request.ts";
import { account } from "./services/account.ts";
import { bedrock } from "./services/bedrock.ts";
import { cloudtrail } from "./services/cloudtrail.ts";
import { cloudwatch } from "./services/cloudwatch.ts";
import { ec2 } from "./services/ec2.ts";
import { iam } from "./services/iam.ts";
import { kms } from "./services/kms.ts";
import { logs } from "./services/logs.ts";
import { organizations } from "./services/organizations.ts";
import { s3control, s3controlPath } from "./services/s3-control.ts";
import { s3 } from "./services/s3.ts";
import { securityhub } from "./services/security-hub.ts";
import { ssm } from "./services/ssm.ts";
import { sts } from "./services/sts.ts";
import type { World } from "./world.ts";

export interface SimulatedAwsOptions {
  /** Default: any free one. */
  readonly port?: number;
  /** Its time: what comes later than that is not there yet. */
  readonly clock: () => number;
  readonly faults?: FaultPlan;
  /** Default: AWS's own, 1,000 keys and 10,000 events. */
  readonly pageSize?: Partial<PageSize>;
  /** Told of each call when it comes. */
  readonly onRequest?: (request: SeenRequest) => void;
}

/** One call that came, as far as it was understood. */
export interface SeenRequest {
  /** By the simulation's clock. */
  readonly at: number;
  /** As it is signed for: `s3`, `monitoring`. */
  readonly service: string;
  readonly api: string;
  readonly account: string;
  readonly region: string;
  readonly resource: string;
  readonly status: number;
  /** Code of the error; null for none. */
  readonly code: string | null;
}

export interface SimulatedAws {
  readonly url: string;
  /** The last calls, oldest first: 10,000 at most. */
  readonly requests: () => readonly SeenRequest[];
  /** Puts another plan in the place of the one before; its calls are counted from here. */
  readonly plan: (faults: FaultPlan) => void;
  readonly close: () => Promise<void>;
}

/** By the service name in the credential scope. CloudWatch signs as `monitoring`. */
const services = new Map<string, Service>([
  ["account", account],
  ["bedrock", bedrock],
  ["cloudtrail", cloudtrail],
  ["ec2", ec2],
  ["iam", iam],
  ["kms", kms],
  ["logs", logs],
  ["monitoring", cloudwatch],
  ["organizations", organizations],
  ["s3", s3],
  ["securityhub", securityhub],
  ["ssm", ssm],
  ["sts", sts],
]);

/** S3 Control signs as S3 does: its paths tell them apart. */
function serviceOf(name: string, { path }: AwsRequest): Service | undefined {
  return name === "s3" && path.startsWith(s3controlPath) ? s3control : services.get(name);
}

const keptRequests = 10_000;
const noWireFault: WireFault = { delayMs: 0, stopAfter: null, replace: null, rewrite: null };

/** Answers on loopback as AWS does, for one world. The SDK talks to it when it is given the URL as its endpoint. */
export async function startSimulatedAws(world: World, options: SimulatedAwsOptions): Promise<SimulatedAws> {
  let faults = openFaults(options.faults ?? { seed: 0, faults: [] });
  const pageSize = { keys: 1_000, events: 10_000, ...options.pageSize };
  const seen: SeenRequest[] = [];

  async function handle(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(message);
    const { answer, wire, ...call } = answerTo(request);
    if (seen.length === keptRequests) seen.shift();
    const one = { ...call, at: options.clock(), status: answer.status };
    seen.push(one);
    options.onRequest?.(one);
    await send(response, answer, wire, options.clock());
  }

  function answerTo(request: AwsRequest): { answer: Answer; wire: WireFault } & Omit<SeenRequest, "status" | "at"> {
    const { accessKeyId = "", region = "", service: name = "" } = request.scope ?? {};
    const service = serviceOf(name, request);
    if (service === undefined) {
      const error = new AwsError(
        403,
        "MissingAuthenticationToken",
        "The request is not signed for a service known here.",
      );
      return {
        answer: errorAnswer("rest-json", error),
        wire: noWireFault,
        service: name,
        api: "",
        account: "",
        region,
        resource: "",
        code: error.code,
      };
    }
    let wire = noWireFault;
    const seen = { service: name, api: "", account: "", region, resource: "" };
    try {
      const operation = routed(service, request);
      seen.api = operation.api;
      seen.resource = operation.resource;
      const caller = callerOf(world, accessKeyId);
      const here = caller?.account.regions.get(region);
      const isOn = here !== undefined && here.optStatus !== "DISABLED";
      if (caller === null || !isOn) throw unknownKeys(name);
      seen.account = caller.account.id;
      const hit = faults.hit(operation, `${caller.account.id} ${region}`, name, options.clock());
      wire = hit.wire;
      if (hit.error !== null) throw hit.error;
      if (here.denies.includes(operation.action)) throw refusal(name, denial(caller.account.callerArn, operation));
      const call = { world, caller, region, here, now: options.clock(), pageSize, distortion: hit.distortion };
      return { ...seen, answer: operation.answer(call), wire, code: null };
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      return { ...seen, answer: errorAnswer(service.protocol, error), wire, code: error.code };
    }
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, (message, response) => {
    handle(message, response).catch((error: unknown) => {
      response.destroy(error instanceof Error ? error : undefined);
    });
  });
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests: () => [...seen],
    plan: (plan) => void (faults = openFaults(plan)),
    close: () => close(server),
  };
}

function routed(service: Service, request: AwsRequest): Operation {
  const operation = service.route(request);
  if (operation !== null) return operation;
  if (service.protocol.startsWith("rest-xml"))
    throw new AwsError(501, "NotImplemented", "A header or query is not implemented.");
  if (service.protocol === "query" || service.protocol === "ec2")
    throw new AwsError(400, "InvalidAction", "Could not find operation for version.");
  throw new AwsError(service.protocol === "rest-json" ? 404 : 400, "UnknownOperationException", "Unknown operation.");
}

function denial(callerArn: string, { action, resource }: Operation): string {
  const on = resource === "" ? "" : ` on resource: ${resource}`;
  return `User: ${callerArn} is not authorized to perform: ${action}${on} because no identity-based policy allows the ${action} action`;
}

async function send(response: ServerResponse, answer: Answer, wire: WireFault, now: number): Promise<void> {
  const status = wire.replace?.status ?? answer.status;
  const body = Buffer.from(wire.replace?.body ?? rewritten(answer, wire));
  const requestId = randomUUID();
  if (wire.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, wire.delayMs));
  response.sendDate = false;
  response.writeHead(status, {
    date: new Date(now).toUTCString(),
    "x-amzn-requestid": requestId,
    "x-amz-request-id": requestId,
    "content-length": body.byteLength,
    ...answer.headers,
    ...wire.replace?.headers,
  });
  if (wire.stopAfter === null) return void response.end(body);
  response.write(body.subarray(0, wire.stopAfter.bytes), () => {
    if (wire.stopAfter?.close === true) response.destroy();
  });
}

function rewritten({ body }: Answer, { rewrite }: WireFault): Answer["body"] {
  return rewrite === null ? body : rewrite(Buffer.from(body).toString());
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
