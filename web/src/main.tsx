import { QueryClientProvider } from "@tanstack/react-query";
import { type AnyRoute, RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/queries";
import { watchSystemTheme } from "./lib/theme";
import { router } from "./router";
import "./styles/base.css";

watchSystemTheme();
const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no place for the page");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);

/** The pages that were not opened yet are fetched in a quiet moment: they can then be opened while the server is away. */
window.addEventListener("load", () =>
  setTimeout(() => {
    for (const route of Object.values(router.routesById)) {
      // What cannot be fetched now is fetched when it is opened, and a failure is shown there.
      void router.loadRouteChunk(route as AnyRoute)?.catch(() => undefined);
    }
  }, 3_000),
);
