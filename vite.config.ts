import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: "web",
  base: "/",
  plugins: [react()],
  build: {
    outDir: "../dist/web",
    emptyOutDir: true,
    assetsInlineLimit: 0, // the CSP has no `data:` source
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
});
