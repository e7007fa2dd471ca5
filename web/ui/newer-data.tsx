import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api } from "../../server/domain/api.ts";
import { useStatus } from "../queries.ts";
import { useRefreshEvery } from "../refresh.ts";
import { useView } from "../view.tsx";

/** Says that the store has moved on. By itself the page follows only when told to, or when it has shown nothing so far. */
export function NewerData() {
  const client = useQueryClient();
  const { resolved } = useView();
  const status = useStatus().data;
  const every = useRefreshEvery();
  const newer = resolved !== null && status !== undefined && status.snapshot > resolved.snapshot;
  const follows = every > 0 || resolved?.asOf === null;
  useEffect(() => {
    if (newer && follows && document.visibilityState === "visible") void showNewer(client);
  }, [newer, follows, client]);
  if (!newer || follows) return null;
  return (
    <>
      {" · "}
      <button className="link" type="button" onClick={() => void showNewer(client)}>
        newer data, show
      </button>
    </>
  );
}

/** Asks again for all but the state, which is asked for by itself. */
function showNewer(client: QueryClient): Promise<void> {
  return client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== api.status.path });
}
