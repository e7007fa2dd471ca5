import "./setup.ts";
import "./styles/index.css";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { openQueryClient } from "./queries.ts";
import { startTheme } from "./ui/theme.ts";

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
startTheme();
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={openQueryClient()}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
