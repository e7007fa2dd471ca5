import { api } from "../domain/api.ts";
import type { Store } from "../store/store.ts";
import { newestTrail } from "../trail/trail.ts";
import { handle, type Route } from "./route.ts";

export function trailRoutes({ store: { catalog } }: { readonly store: Store }): readonly Route[] {
  return [
    handle(api.trail, async () => ({ items: await newestTrail(catalog, 200) })),
    handle(api.me, async ({ actor, permissions }) => ({ actor, permissions: [...permissions] })),
  ];
}
