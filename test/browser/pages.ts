/** The pages that are looked at, with a window that the demo fills. */
export const pages = [
  { id: "overview", path: "/overview?v=1&from=now-7d&to=now" },
  { id: "models", path: "/models?v=1&from=now-30d&to=now" },
] as const;
