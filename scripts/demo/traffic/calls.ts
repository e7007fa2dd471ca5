import type { Call, Exchange, Operation } from "./exchange.ts";
import { type ModelName, models, modelUse, type Name } from "./models.ts";
import type { Random } from "./random.ts";
import { latencyOf, usageOf } from "./usage.ts";

/** A call as its caller means it. */
export interface Request {
  readonly time: number;
  readonly accountId: string;
  readonly region: string;
  readonly identityArn: string;
  readonly operation: Operation;
  readonly model: ModelName;
  readonly how: Name;
  readonly exchange: Exchange;
  readonly largeInput?: boolean;
  readonly largeOutput?: boolean;
  readonly errorCode?: string;
}

const noUsage = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0 };

/** Most calls of a profile run near to where they were made. */
function inferenceRegionOf(random: Random, request: Request, destinations: readonly string[]): string | null {
  const nearest = destinations[0];
  if (nearest === undefined) return null;
  // Converse* over a geographic profile sometimes leaves it out.
  if (!destinations.includes("ap-southeast-2") && request.operation.startsWith("Converse") && random.chance(0.08))
    return null;
  return random.chance(0.6) ? nearest : random.pick(destinations);
}

export function callOf(random: Random, request: Request): Call {
  const { time, accountId, region, identityArn, operation, exchange } = request;
  const converse = operation.startsWith("Converse");
  const model = modelUse(request.model, request.how, { accountId, region, converse });
  const errorCode = request.errorCode ?? null;
  const usage = errorCode === null ? countsOf(request) : noUsage;
  return {
    time,
    requestId: random.uuid(),
    accountId,
    region,
    identityArn,
    operation,
    model,
    mark: random.token(22),
    exchange,
    usage,
    ...latencyOf(random, usage, models[request.model].pace),
    inferenceRegion: errorCode === null ? inferenceRegionOf(random, request, model.destinations) : null,
    errorCode,
    inputBody: request.largeInput ? "s3" : "inline",
    outputBody: request.largeOutput ? "s3" : "inline",
  };
}

function countsOf(request: Request): Call["usage"] {
  const usage = usageOf(request.exchange);
  const { caches, family } = models[request.model];
  const output = family === "embedding" ? 0 : usage.output;
  // Where the model knows no cache, everything is plain input.
  return caches
    ? { ...usage, output }
    : { input: usage.input + usage.cacheRead + usage.cacheWrite, cacheRead: 0, cacheWrite: 0, output };
}

/** Chances that an attempt fails. */
export interface Weather {
  readonly throttled: number;
  readonly unavailable: number;
  readonly invalid: number;
}

function failureOf(random: Random, weather: Weather): string | null {
  const draw = random.next();
  if (draw < weather.throttled) return "ThrottlingException";
  if (draw < weather.throttled + weather.unavailable)
    return random.pick([
      "ServiceUnavailableException",
      "ServiceUnavailableException",
      "InternalServerException",
      "ModelTimeoutException",
    ]);
  return draw < weather.throttled + weather.unavailable + weather.invalid ? "ValidationException" : null;
}

/**
 * The records of one request: each try of the SDK is one, with an id of its own. Backs off 1, 2, 4, 8 s; after the fifth
 * failure, or a refusal that no retry mends, the caller gives up.
 */
export function attemptsOf(
  random: Random,
  request: Request,
  weather: Weather,
): { readonly calls: Call[]; readonly answered: boolean } {
  const calls: Call[] = [];
  let time = request.time;
  for (let attempt = 0; attempt < 5; attempt++) {
    const errorCode = request.errorCode ?? failureOf(random, weather);
    calls.push(callOf(random, { ...request, time, ...(errorCode === null ? {} : { errorCode }) }));
    if (errorCode === null) return { calls, answered: true };
    if (request.errorCode !== undefined || errorCode === "ValidationException") break;
    time += 1000 * 2 ** attempt + random.int(0, 900);
  }
  return { calls, answered: false };
}
