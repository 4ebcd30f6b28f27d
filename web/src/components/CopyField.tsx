import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { copyText } from "../lib/clipboard";

/** Copies and says so; the word stands long enough to be read. */
export function CopyButton({ text, what, label }: { text: string; what: string; label?: string }) {
  const [state, setState] = useState<"idle" | "copied" | "failed">("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), 2500);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <button
      type="button"
      className="btn btn-quiet min-h-7 shrink-0 gap-1.5 px-2 py-0.5 text-12"
      aria-label={`Copy ${what}`}
      onClick={() => void copyText(text).then((done) => setState(done ? "copied" : "failed"))}
    >
      {state === "copied" ? (
        <Check size={14} className="text-good" aria-hidden />
      ) : (
        <Copy size={14} aria-hidden />
      )}
      {label && <span>{state === "copied" ? "Copied" : label}</span>}
      <span className="sr-only" role="status">
        {state === "copied"
          ? `${what} copied`
          : state === "failed"
            ? "Copying is not allowed here. Select the text."
            : ""}
      </span>
    </button>
  );
}

/** Code or an address that one takes along. */
export function CopyField({
  text,
  what,
  multiline = false,
  whole = false,
}: {
  text: string;
  what: string;
  multiline?: boolean;
  /** Breaks the line instead of scrolling, where all of it must be seen. */
  whole?: boolean;
}) {
  return (
    <div className="flex min-w-0 items-start gap-1 rounded-6 border border-line bg-sunken">
      <pre
        tabIndex={0}
        role="group"
        aria-label={what}
        className={`min-w-0 grow overflow-x-auto px-3 py-2 font-mono text-12 ${whole ? "break-all whitespace-pre-wrap" : multiline ? "" : "whitespace-nowrap"}`}
      >
        {text}
      </pre>
      <div className="p-1">
        <CopyButton text={text} what={what} label="Copy" />
      </div>
    </div>
  );
}
