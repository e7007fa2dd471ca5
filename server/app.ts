import { randomUUID } from "node:crypto";
import compression from "compression";
import express, { type ErrorRequestHandler, type Express, type Request, type Response } from "express";
import { singleUser, type Caller } from "./auth/single.ts";
import { latestCheck } from "./controls/check-runs.ts";
import { api } from "./domain/api.ts";
import type { Endpoint, FileStream } from "./domain/endpoint.ts";
import type { Status } from "./domain/status.ts";
import type { PriceLookup } from "./domain/price.ts";
import { sendStream } from "./file-stream.ts";
import { problemOf } from "./problem.ts";
import { checkMetrics, metricsType, type RequestCount } from "./reports/check-metrics.ts";
import { complianceRoutes } from "./routes/compliance.ts";
import { exportRoutes } from "./routes/exports.ts";
import { findingRoutes } from "./routes/findings.ts";
import { invocationRoutes } from "./routes/invocations.ts";
import { metricRoutes } from "./routes/metrics.ts";
import { openApi } from "./routes/openapi.ts";
import { NotFoundError, type Route } from "./routes/route.ts";
import { statusRoutes } from "./routes/status.ts";
import { trailRoutes } from "./routes/trail.ts";
import { guardRequests, securityHeaders } from "./security.ts";
import { serveShell } from "./shell.ts";
import { EngineError } from "./store/engine/engine-error.ts";
import { openMoments } from "./store/moments.ts";
import type { Store } from "./store/store.ts";
import { openTurns, type Turns, viewerOf } from "./turns.ts";

export interface AppDeps {
  readonly store: Store;
  readonly prices: PriceLookup;
  readonly demo: boolean;
  readonly version: string;
  readonly timeZone: string;
  readonly revealTtl: number;
  /** Folder of the built web; null: the API alone. */
  readonly webDir: string | null;
  readonly ingestProgress: () => Status["ingest"];
  /** Why this server writes nothing now; null: it does. */
  readonly notWriting: () => string | null;
  /** Attempts of AWS calls by this process. */
  readonly awsRequests: () => readonly RequestCount[];
}

/** Routes, the checks before them and the one error handler. Does not listen. Throws when an endpoint has no route, or two. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable("x-powered-by");
  app.disable("etag");
  app.set("query parser", "simple");
  app.set("case sensitive routing", true);
  app.set("strict routing", true);
  const caller = singleUser();
  app.use(securityHeaders(), guardRequests());
  app.get("/healthz", (_request, response) => void response.type("text").send("ok"));
  app.get("/readyz", async (_request, response) => {
    await deps.store.snapshot();
    response.type("text").send("ready");
  });
  app.get("/metrics", noStore, async (_request, response) => {
    const { catalog } = deps.store;
    response.type(metricsType).send(checkMetrics(await latestCheck(catalog), deps.awsRequests()));
  });
  app.use("/api", noStore);
  app.post("/api/v1/csp-reports", express.json({ limit: "8kb", type: () => true }), (_request, response) => {
    deps.store.log.warn({ event: "csp-report" });
    response.status(204).end();
  });
  app.get("/openapi.json", noStore, (_request, response) => void response.json(openApi(deps.version)));
  app.use(compression());
  const turns = openTurns();
  for (const route of everyRoute(deps)) mount(app, route, { caller, turns });
  if (deps.webDir !== null) serveShell(app, deps.webDir);
  app.use(() => {
    throw new NotFoundError("there is no such address");
  });
  app.use(errorHandler(deps));
  return app;
}

/** In ms. While much is being read, a screen shows what was stored so long ago. */
const calmMs = 10_000;

function everyRoute(given: AppDeps): readonly Route[] {
  const isReading = () => !["idle", undefined].includes(given.ingestProgress()?.state);
  const deps = { ...given, moment: openMoments(given.store, () => (isReading() ? calmMs : 0)) };
  const routes = [
    statusRoutes,
    metricRoutes,
    invocationRoutes,
    exportRoutes,
    findingRoutes,
    complianceRoutes,
    trailRoutes,
  ].flatMap((routesOf) => routesOf(deps));
  for (const endpoint of Object.values<Endpoint>(api)) {
    const found = routes.filter((route) => route.endpoint === endpoint).length;
    if (found !== 1) throw new Error(`${endpoint.method} ${endpoint.path} has ${found} routes`);
  }
  return routes;
}

interface Desk {
  readonly caller: Caller;
  readonly turns: Turns;
}

function mount(app: Express, { endpoint, answer }: Route, { caller: { actor, permissions }, turns }: Desk): void {
  const method = endpoint.method === "GET" ? "get" : "post";
  app[method](endpoint.path, express.json({ limit: "64kb" }), async (request: Request, response: Response) => {
    const input = endpoint.input.parse(inputOf(endpoint, request));
    const gone = new AbortController();
    response.on("close", () => response.writableFinished || gone.abort(new EngineError("ENGINE_CANCELLED")));
    const call = { input, actor, permissions, signal: gone.signal };
    if (endpoint.turn !== undefined) {
      const answered = await turns[endpoint.turn]({ endpoint, viewer: viewerOf(request), call }, answer);
      return answered.send(request, response);
    }
    const answered = await answer(call);
    if (endpoint.streams === true) {
      const { chunks, mediaType, name } = answered as FileStream;
      response.attachment(name).type(mediaType);
      await sendStream(response, chunks);
    } else if (endpoint.mediaType === undefined) response.json(answered);
    else response.type(endpoint.mediaType).attachment().send(answered);
  });
}

/** Path parameters, and the query string (GET) or the body, in one object; a name that stands in both is the path's. */
function inputOf(endpoint: Endpoint, { params, query, body }: Request): unknown {
  const given: unknown = endpoint.method === "GET" ? query : body;
  if (typeof given !== "object" || given === null || Array.isArray(given)) return given;
  return { ...given, ...params };
}

function noStore(_request: Request, response: Response, next: () => void): void {
  response.setHeader("Cache-Control", "no-store");
  next();
}

function errorHandler({ store }: AppDeps): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const requestId = randomUUID();
    const { problem, retryAfterSeconds, unexpected } = problemOf(error, requestId);
    if (unexpected !== null) {
      store.log.error({ event: "request-failed", requestId, method: request.method, ...unexpected });
    }
    if (response.headersSent || response.destroyed) return void response.destroy();
    if (retryAfterSeconds !== null) response.setHeader("Retry-After", String(retryAfterSeconds));
    response.setHeader("Cache-Control", "no-store");
    response.status(problem.status).type("application/problem+json").send(JSON.stringify(problem));
  };
}
