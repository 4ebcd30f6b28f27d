import { useEffect, useRef } from "react";

/** Ctrl Z and Ctrl Shift Z (or Cmd), wherever the focus is, except where somebody types. */
export function useUndoKeys(undo: (() => void) | null, redo: (() => void) | null): void {
  const actions = useRef({ undo, redo });
  actions.current = { undo, redo };
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const typing = event.target instanceof HTMLElement && event.target.closest("input, textarea, select");
      const action = event.shiftKey ? actions.current.redo : actions.current.undo;
      if (typing || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
      event.preventDefault();
      action?.();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
}
