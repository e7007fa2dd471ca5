import { userInfo } from "node:os";
import { permissions, type Permission } from "../domain/endpoint.ts";

/** Who asks, and what they may do. */
export interface Caller {
  readonly actor: string;
  readonly permissions: readonly Permission[];
}

/** One person on loopback: no login; whoever runs the server has every permission, under the name of the account. */
export function singleUser(): Caller {
  return { actor: `os:${userInfo().username}`, permissions };
}
