import type { NextFunction, Request, RequestHandler, Response } from "express";
import helmet from "helmet";

/** A request that is refused before anything is looked at. */
export class RefusedRequest extends Error {
  override readonly name = "RefusedRequest";
  readonly status: number;
  readonly type: string;

  constructor(status: number, type: string, message: string) {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** The headers of every answer. Nothing inline, no other host, no HTML from strings. */
export function securityHeaders(): RequestHandler[] {
  const self = ["'self'"];
  const none = ["'none'"];
  return [
    helmet({
      contentSecurityPolicy: {
        useDefaults: false,
        directives: {
          defaultSrc: none,
          scriptSrc: self,
          styleSrc: self,
          imgSrc: self,
          connectSrc: self,
          fontSrc: self,
          baseUri: none,
          formAction: self,
          frameAncestors: none,
          objectSrc: none,
          requireTrustedTypesFor: ["'script'"],
          trustedTypes: none,
          reportUri: ["/api/v1/csp-reports"],
        },
      },
      referrerPolicy: { policy: "no-referrer" },
      crossOriginOpenerPolicy: { policy: "same-origin" },
      crossOriginResourcePolicy: { policy: "same-origin" },
      strictTransportSecurity: false, // loopback speaks plain HTTP
      xPoweredBy: false,
    }),
    (_request: Request, response: Response, next: NextFunction) => {
      response.setHeader("Permissions-Policy", "camera=(), geolocation=(), microphone=(), clipboard-read=()");
      next();
    },
  ];
}

/** Only our own page, on our own address, may ask; a path means what it says. */
export function guardRequests(): RequestHandler {
  return (request, _response, next) => {
    checkHost(request);
    checkPath(request);
    if (request.path.startsWith("/api/") || request.path === "/openapi.json") checkOrigin(request);
    next();
  };
}

const loopbackNames: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** A page of another name that resolves to loopback must not reach us: DNS rebinding. */
function checkHost(request: Request): void {
  const host = request.headers.host ?? "";
  const [, name = "", port = ""] = /^(.*?)(?::(\d+))?$/.exec(host) ?? [];
  if (loopbackNames.has(name) && Number(port || 80) === request.socket.localPort) return;
  throw new RefusedRequest(421, "invalid_request", "This server answers under its own address only.");
}

function checkPath({ originalUrl }: Request): void {
  const [path = ""] = originalUrl.split("?");
  if (/\/\/|\/\.{1,2}(\/|$)|;|%2e%2e|%3b|%00|%5c|\\/i.test(path)) {
    throw new RefusedRequest(404, "not_found", "there is no such address");
  }
}

function checkOrigin(request: Request): void {
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") throw crossSite();
  if (request.method === "GET" || request.path === "/api/v1/csp-reports") return;
  if (!/^application\/json(;|$)/i.test(request.headers["content-type"] ?? "")) {
    throw new RefusedRequest(415, "invalid_request", "The body must be application/json.");
  }
  if (request.headers["x-bedrock-audit"] !== "1") {
    throw new RefusedRequest(403, "forbidden", "The header X-Bedrock-Audit: 1 is missing.");
  }
  const { origin, host } = request.headers;
  if (origin !== undefined && origin !== `http://${host ?? ""}`) throw crossSite();
  if (origin === undefined && site === "none") throw crossSite();
}

function crossSite(): RefusedRequest {
  return new RefusedRequest(403, "forbidden", "Pages of other sites may not ask this server.");
}
