import { useEffect, useRef, useState } from "react";
import { api } from "../../server/domain/api.ts";
import type { RevealedContent } from "../../server/domain/invocation-answers.ts";
import { call } from "../api.ts";
import type { Given } from "../ui/reason-form.tsx";

const hiddenForMs = 60_000;

/** Why content is not on the screen any more. */
export type Gone = "time" | "hidden" | "asked";

export interface Reveal {
  readonly content: RevealedContent | null;
  readonly gone: Gone | null;
  readonly error: Error | null;
  readonly busy: boolean;
  readonly reveal: (given: Given) => Promise<void>;
  readonly forget: (why: Gone) => void;
}

interface Shown {
  readonly content: RevealedContent | null;
  readonly gone: Gone | null;
  readonly error: Error | null;
}

const nothing: Shown = { content: null, gone: null, error: null };

/**
 * Content of one record, held by this page alone: no cache, no storage, no history. It goes after the time that the server allows,
 * after a minute in a hidden tab, and with the page.
 */
export function useReveal(id: string, time: string): Reveal {
  const [shown, setShown] = useState<Shown>(nothing);
  const [busy, setBusy] = useState(false);
  const leaving = useRef<AbortController | null>(null);
  const forget = (gone: Gone) => setShown({ ...nothing, gone });
  const reveal = async (given: Given) => {
    const controller = new AbortController();
    leaving.current?.abort();
    leaving.current = controller;
    setBusy(true);
    try {
      const content = await call(api.reveal, { id, time, ...given }, controller.signal);
      if (!controller.signal.aborted) setShown({ ...nothing, content });
    } catch (error) {
      if (!controller.signal.aborted)
        setShown({ ...nothing, error: error instanceof Error ? error : new Error("failed") });
    } finally {
      if (!controller.signal.aborted) setBusy(false);
    }
  };
  useEffect(() => () => leaving.current?.abort(), []);
  const { content } = shown;
  useEffect(() => (content === null ? undefined : forgetInTime(content.ttlSeconds * 1000, forget)), [content]);
  return { ...shown, busy, reveal, forget };
}

/** Calls `forget` once it is time; answers how to stop waiting. A sleeping tab runs no timers: it is asked again when it wakes. */
function forgetInTime(ttlMs: number, forget: (why: Gone) => void): () => void {
  const until = Date.now() + ttlMs;
  let hiddenSince: number | null = document.visibilityState === "hidden" ? Date.now() : null;
  let soon: ReturnType<typeof setTimeout> | undefined;
  const stopping = new AbortController();
  const look = () => {
    const hidden = document.visibilityState === "hidden";
    if (hiddenSince !== null && Date.now() - hiddenSince >= hiddenForMs) return forget("hidden");
    if (Date.now() >= until) return forget("time");
    if (!hidden) hiddenSince = null;
    else hiddenSince ??= Date.now();
    const next = Math.min(until, hiddenSince === null ? Infinity : hiddenSince + hiddenForMs);
    clearTimeout(soon);
    soon = setTimeout(look, Math.max(0, next - Date.now()));
  };
  document.addEventListener("visibilitychange", look, { signal: stopping.signal });
  // A page that is left may come back as it was: without the content.
  addEventListener("pagehide", () => forget("hidden"), { signal: stopping.signal });
  look();
  return () => {
    clearTimeout(soon);
    stopping.abort();
  };
}
