import { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";

/** What the SDK looks for in the environment and in its files, or opens, anew for each client. */
const names = [
  "authSchemePreference",
  "defaultsMode",
  "disableRequestCompression",
  "disableS3ExpressSessionAuth",
  "requestChecksumCalculation",
  "requestHandler",
  "requestMinCompressionSizeBytes",
  "responseChecksumValidation",
  "sigv4aSigningRegionSet",
  "useArnRegion",
  "useDualstackEndpoint",
  "useFipsEndpoint",
  "userAgentAppId",
];

type Settings = Readonly<Record<string, unknown>>;

/** A check has a client for each account, region and service: what they have in common is found out once. */
export interface SharedSettings {
  /** Many accounts are asked of the same hosts: a connection to one serves them all. */
  readonly agents: { readonly httpAgent: HttpAgent; readonly httpsAgent: HttpsAgent };
  /** What the first client of a service found; empty before there is one. */
  readonly known: (service: string) => Settings;
  /** Keeps what a client found, of each service the first one's. */
  readonly keep: (service: string, config: object) => void;
}

export function sharedSettings(): SharedSettings {
  const options = { keepAlive: true, maxSockets: 256 };
  const found = new Map<string, Settings>();
  return {
    agents: { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) },
    known: (service) => found.get(service) ?? {},
    keep(service, config) {
      if (!found.has(service))
        found.set(service, Object.fromEntries(Object.entries(config).filter(([name]) => names.includes(name))));
    },
  };
}
