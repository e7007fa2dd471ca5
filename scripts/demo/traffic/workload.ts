import type { Operation } from "./exchange.ts";
import type { Shape } from "./day-shape.ts";
import type { ModelName, Name } from "./models.ts";
import type { Random } from "./random.ts";
import type { Scene, Talk } from "./talks/talk.ts";

/** One way in which a caller uses one model. */
export interface Use {
  readonly weight: number;
  readonly model: ModelName;
  readonly how: Name;
  readonly operation: Operation;
  readonly talk: Talk;
}

/** The regular traffic of one caller in one region. */
export interface Workload {
  /** Unique; seeds its chance. */
  readonly id: string;
  readonly accountId: string;
  readonly region: string;
  /** Identity for one conversation: session names change, the principal stays. */
  readonly identity: (random: Random) => string;
  /** Conversations on a usual day. */
  readonly perDay: number;
  readonly shape: Shape;
  readonly uses: readonly Use[];
  readonly scene: Scene;
  /** Change of traffic from the first to the last day of the month; 1 is none. */
  readonly growth: number;
  /** Comes at fixed minutes of the hour in place of by chance. */
  readonly everyMinutes?: number;
}

type Identity = Workload["identity"];

export const role = (accountId: string, name: string, session: (random: Random) => string): Identity => {
  return (random) => `arn:aws:sts::${accountId}:assumed-role/${name}/${session(random)}`;
};
export const iamUser =
  (accountId: string, name: string): Identity =>
  () =>
    `arn:aws:iam::${accountId}:user/${name}`;
/** One person, signed in through IAM Identity Center; the seat's address is the session. */
export const person = (accountId: string, set: string, hex16: string, seat: string): Identity =>
  role(accountId, `AWSReservedSSO_${set}_${hex16}`, () => `${seat}@example.com`);

export const numbered =
  (name: string, count: number) =>
  (random: Random): string =>
    `${name}-${random.int(1, count)}`;

export const plainScene: Scene = { languages: ["en"], cached: false, guardrailId: null, metadata: null };
