import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { z } from "zod";
import { api } from "../../server/domain/api.ts";
import type { TriageRequest } from "../../server/domain/finding-answers.ts";
import { ApiError, call } from "../api.ts";

export type TriageWish = Omit<z.input<typeof TriageRequest>, "id" | "version">;

export interface Triage {
  /** True when the act was done. */
  readonly act: (wish: TriageWish) => Promise<boolean>;
  readonly busy: boolean;
  /** Why the last act was not done. */
  readonly refusal: Refusal | null;
}

export interface Refusal {
  readonly title: string;
  readonly remedy: string;
}

const overtaken: Refusal = {
  title: "Somebody else was quicker",
  remedy: "The finding has changed since you opened it. It was loaded again: look at its history, then act again.",
};

/** Acts on a finding as it is shown: an act on an older state is refused, and the newer state is loaded. */
export function useTriage({ id, version }: { readonly id: string; readonly version: number }): Triage {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const reload = () =>
    client.invalidateQueries({
      predicate: ({ queryKey }) =>
        [api.finding.path, api.findings.path, api.status.path].some((p) => p === queryKey[0]),
    });
  const act = async (wish: TriageWish) => {
    setBusy(true);
    setRefusal(null);
    try {
      await call(api.triage, { ...wish, id, version });
      await reload();
      return true;
    } catch (error) {
      const conflict = error instanceof ApiError && error.problem.status === 409;
      setRefusal(conflict ? overtaken : refusalOf(error));
      if (conflict) await reload();
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { act, busy, refusal };
}

function refusalOf(error: unknown): Refusal {
  if (!(error instanceof ApiError)) {
    return { title: "The server could not be reached", remedy: "Nothing was changed as far as is known. Try again." };
  }
  const { title, detail, errors } = error.problem;
  return { title, remedy: [detail, ...errors.map(({ message }) => message)].filter(Boolean).join(" ") };
}
