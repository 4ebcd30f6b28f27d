/** Light, dark or as the system: remembered per browser, applied before the first paint by `public/theme.js`. */
import { useSyncExternalStore } from "react";

export type ThemeChoice = "light" | "dark" | "system";

const KEY = "narrative-theme";
const listeners = new Set<() => void>();
let memory: ThemeChoice | null = null;

export function themeChoice(): ThemeChoice {
  if (memory !== null) return memory;
  try {
    const stored = localStorage.getItem(KEY);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system"; // A browser that forbids storage still follows the system.
  }
}

export function chooseTheme(choice: ThemeChoice): void {
  memory = choice;
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // Not remembered, but applied for this visit.
  }
  apply();
  for (const listener of listeners) listener();
}

function apply(): void {
  const choice = themeChoice();
  const dark = choice === "dark" || (choice === "system" && prefersDark());
  document.documentElement.dataset["theme"] = dark ? "dark" : "light";
}

function prefersDark(): boolean {
  return typeof matchMedia === "function" && matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Follows the system while the choice is "system". Call once at start. */
export function watchSystemTheme(): void {
  apply();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
}

export function useThemeChoice(): ThemeChoice {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    themeChoice,
    () => "system",
  );
}
