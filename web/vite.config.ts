/// <reference types="vitest/config" />
import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const api = process.env["NARRATIVE_API"] ?? "http://127.0.0.1:8000";

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    outDir: "../src/narrative/static",
    emptyOutDir: true,
    target: "es2022",
    // Nothing inline: the content security policy allows files of this server only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: "manifest.json",
    rolldownOptions: {
      output: {
        // A page opens with few files: one for what every page needs, one for what several pages share. Left alone, each
        // icon that two pages use is a file of 250 bytes and a request of its own.
        codeSplitting: {
          groups: [
            { name: "shared", tags: ["$initial"], priority: 2 },
            { name: "pages", test: /\.[cm]?[jt]sx?$/, minShareCount: 2, priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      "/api": api,
      "/health": api,
      "/sign-in": api,
    },
  },
  test: {
    environment: "jsdom",
    include: ["src/**/*.test.{ts,tsx}"],
    setupFiles: ["src/testing/setup.ts"],
    restoreMocks: true,
  },
});
