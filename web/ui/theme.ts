import { useSyncExternalStore } from "react";

export type Theme = "light" | "dark";

const storageKey = "theme";
const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function stored(): Theme | null {
  const text = localStorage.getItem(storageKey);
  return text === "light" || text === "dark" ? text : null;
}

function apply(): void {
  const choice = stored();
  if (choice === null) delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = choice;
  for (const listener of listeners) listener();
}

/** Puts the stored choice on the page and follows the system's from then on. Called once, before the first drawing. */
export function startTheme(): void {
  apply();
  system.addEventListener("change", apply);
  addEventListener("storage", (event) => event.key === storageKey && apply());
}

function currentTheme(): Theme {
  return stored() ?? (system.matches ? "dark" : "light");
}

export function setTheme(theme: Theme): void {
  localStorage.setItem(storageKey, theme);
  apply();
}

/** Draws again when the theme changes: charts read the tokens anew. */
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, currentTheme);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
