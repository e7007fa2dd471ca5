/** Where Bedrock puts the logs of one region. */
export interface S3Place {
  readonly bucket: string;
  /** Without slash at its end; empty: keys begin with `AWSLogs/`. */
  readonly prefix: string;
}

interface Where {
  readonly accountId: string;
  readonly region: string;
  /** Milliseconds: its hour of UTC names the folder. */
  readonly time: number;
}

export const hourMs = 3_600_000;

export function startOfHour(time: number): number {
  return Math.floor(time / hourMs) * hourMs;
}

/** `2026-11-24T02:00:00Z`. */
export function hourName(time: number): string {
  return `${new Date(startOfHour(time)).toISOString().slice(0, 19)}Z`;
}

/** `<prefix>/AWSLogs/<account>/BedrockModelInvocationLogs/<region>/`. */
export function regionFolder(accountId: string, region: string, place: S3Place): string {
  const prefix = place.prefix === "" ? "" : `${place.prefix}/`;
  return `${prefix}AWSLogs/${accountId}/BedrockModelInvocationLogs/${region}/`;
}

/** Ends in `YYYY/MM/DD/HH/`. */
export function hourFolder({ accountId, region, time }: Where, place: S3Place): string {
  const hour = new Date(time).toISOString().slice(0, 13).replaceAll("-", "/").replace("T", "/");
  return `${regionFolder(accountId, region, place)}${hour}/`;
}

export function dataFolder(where: Where, place: S3Place): string {
  return `${hourFolder(where, place)}data/`;
}

/** `20260314T092653589Z_0123456789abcdef.json.gz`: named by the time of delivery. */
export function objectName(delivered: number, hex16: string): string {
  const at = new Date(delivered).toISOString().replaceAll(/[-:.]/g, "");
  return `${at}_${hex16}.json.gz`;
}
