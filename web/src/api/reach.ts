/**
 * Whether the server answers, as the last request saw it. Live events alone cannot tell: a stream may be cut by a proxy
 * while the server is well, and what may be said of work in progress depends on which of the two it is.
 */
import { useSyncExternalStore } from "react";

export type Reach = "answers" | "silent";

const listeners = new Set<() => void>();
let reach: Reach = "answers";

/** Called by whoever sends a request, with what became of it. */
export function noteReach(next: Reach): void {
  if (next === reach) return;
  reach = next;
  for (const listener of listeners) listener();
}

/** Statuses with which a gateway says that nothing stands behind it. */
export function isGatewayFault(status: number): boolean {
  return status === 502 || status === 504;
}

export function useReach(): Reach {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => reach,
    () => "answers",
  );
}
