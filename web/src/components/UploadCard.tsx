import { FileUp } from "lucide-react";
import { type DragEvent, useEffect, useId, useRef, useState } from "react";
import { unfinished } from "../lib/chunked";
import { ErrorNote } from "./ErrorNote";
import { SendingNote } from "./SendingNote";
import { mayHelp, type SendingOptions, useSending } from "./useSending";

interface UploadCardProps<T> extends SendingOptions<T> {
  /** When given, a table pasted anywhere on the page is taken under this name. */
  readonly pasteName?: string;
  readonly hint?: string;
  /** Low, where the result below matters more. */
  readonly compact?: boolean;
  /** When given, several files may come together. */
  readonly onSeveral?: (files: readonly File[]) => void;
}

const ACCEPT =
  ".csv,.tsv,.txt,.json,.jsonl,.ndjson,.parquet,.feather,.arrow,.xlsx,.xlsm,.xlsb,.xls,.ods,.gz,.bz2,.xz,.zip,.db,.sqlite,.sqlite3";

/** Drop, choose or paste; then what is really sent, how fast, and a way to stop. */
export function UploadCard<T>({
  address,
  onDone,
  pasteName,
  hint,
  compact = false,
  resumeFor,
  onSeveral,
}: UploadCardProps<T>) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const { sending, failure, send, stop, pause } = useSending<T>({ address, onDone, resumeFor });
  usePastedTable(pasteName, sending === null, send);

  const take = (files: readonly File[]) => {
    const [file] = files;
    if (file === undefined || sending !== null) return;
    if (files.length > 1 && onSeveral) onSeveral(files);
    else void send(file);
  };
  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    take([...event.dataTransfer.files]);
  };

  return (
    <div className="space-y-4">
      {failure && (
        <ErrorNote
          error={failure.error}
          onRetry={mayHelp(failure.error) ? () => void send(failure.file) : undefined}
          retryText={`Send ${failure.file.name} again`}
        />
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is a second way; the button below is the first */}
      <div
        className={`flex ${compact ? "min-h-36" : "min-h-56"} flex-col items-center justify-center rounded-10 border border-dashed p-6 text-center transition-colors ${
          over ? "border-accent bg-accent-soft" : "border-line-strong bg-surface"
        }`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={onDrop}
      >
        {sending ? (
          <SendingNote
            sending={sending}
            onStop={stop}
            onPause={pause}
            onContinue={() => void send(sending.file)}
          />
        ) : (
          <>
            {!compact && <FileUp size={26} strokeWidth={1.5} aria-hidden className="mb-3 text-ink-3" />}
            <p className="font-serif text-20 font-semibold">
              {onSeveral ? "Drop a file here, or several" : "Drop a file here"}
            </p>
            <p id={`${id}-hint`} className="mt-1 text-13 text-ink-2">
              {hint ??
                "CSV, TSV, Excel, OpenDocument, JSON, JSON Lines, Parquet, Feather or SQLite, also packed. You can also paste a table copied from a spreadsheet."}
            </p>
            {resumeFor !== undefined && <Unfinished />}
            <button
              type="button"
              className="btn btn-primary mt-4"
              aria-describedby={`${id}-hint`}
              onClick={() => input.current?.click()}
            >
              Choose a file
            </button>
          </>
        )}
        <input
          ref={input}
          type="file"
          accept={ACCEPT}
          multiple={onSeveral !== undefined}
          className="hidden"
          aria-label="File to load"
          onChange={(event) => {
            const files = [...(event.target.files ?? [])];
            event.target.value = "";
            take(files);
          }}
        />
      </div>
    </div>
  );
}

/** Files that were cut off: the page cannot open them by itself, but the server kept what arrived. */
function Unfinished() {
  const [name] = unfinished();
  if (name === undefined) return null;
  return (
    <p className="mt-2 max-w-md text-13 text-ink-2">
      {name} was not sent to its end. Choose the same file again and it goes on where it stopped.
    </p>
  );
}

/** A table copied in a spreadsheet is text with tabs; anything else is left to where it was pasted. */
function usePastedTable(name: string | undefined, free: boolean, send: (file: File) => Promise<void>): void {
  const current = useRef(send);
  current.current = send;
  useEffect(() => {
    if (name === undefined || !free) return;
    const listen = (event: ClipboardEvent) => {
      if (event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement) return;
      const text = event.clipboardData?.getData("text/plain") ?? "";
      if (!text.includes("\n") || !/[\t,;]/.test(text)) return;
      event.preventDefault();
      void current.current(new File([text], name, { type: "text/tab-separated-values" }));
    };
    document.addEventListener("paste", listen);
    return () => document.removeEventListener("paste", listen);
  }, [name, free]);
}
