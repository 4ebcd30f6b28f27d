import { type ReactNode, useEffect, useState } from "react";

/** Grey bars where content will be. Shown after 300 ms only: what is quick needs no placeholder. */
export function Skeleton({ lines = 3, label = "Loading" }: { lines?: number; label?: string }) {
  return (
    <Delayed>
      <div role="status" aria-label={label} className="space-y-3">
        {Array.from({ length: lines }, (_, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
          <div key={i} className="skeleton h-4" style={{ width: `${[92, 74, 83, 66][i % 4]}%` }} />
        ))}
      </div>
    </Delayed>
  );
}

export function Delayed({ children, after = 300 }: { children: ReactNode; after?: number }) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), after);
    return () => clearTimeout(timer);
  }, [after]);
  return due ? children : null;
}
