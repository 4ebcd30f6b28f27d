import { FileUp } from "lucide-react";
import { type DragEvent, useEffect, useId, useRef, useState } from "react";
import { asProblem, problemFrom } from "../api/problem";
import { giveUp, PAUSE, unfinished, uploadInChunks, WHOLE_BYTES } from "../lib/chunked";
import { idempotencyKey } from "../lib/keys";
import { UploadFailed, upload } from "../lib/upload";
import { ErrorNote } from "./ErrorNote";
import { type Sending, SendingNote } from "./SendingNote";

interface UploadCardProps<T> {
  readonly address: (name: string) => string;
  readonly onDone: (answer: T) => void;
  /** When given, a table pasted anywhere on the page is taken under this name. */
  readonly pasteName?: string;
  readonly hint?: string;
  /** Low, where the result below matters more. */
  readonly compact?: boolean;
  /** When given, large files go in chunks that can be resumed: "new", or the project that gets the file. */
  readonly resumeFor?: string;
}

const ACCEPT =
  ".csv,.tsv,.txt,.json,.jsonl,.ndjson,.parquet,.feather,.arrow,.xlsx,.xlsm,.xlsb,.xls,.ods,.gz,.bz2,.xz,.zip";

/** Drop, choose or paste; then what is really sent, how fast, and a way to stop. */
export function UploadCard<T>({
  address,
  onDone,
  pasteName,
  hint,
  compact = false,
  resumeFor,
}: UploadCardProps<T>) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const abort = useRef<AbortController | null>(null);
  const [sending, setSending] = useState<Sending | null>(null);
  const [failure, setFailure] = useState<{ error: unknown; file: File } | null>(null);
  const [over, setOver] = useState(false);

  const post = (file: File, signal: AbortSignal): Promise<T> => {
    const show = (progress: Sending["progress"]) => setSending({ file, progress });
    if (resumeFor !== undefined && file.size > WHOLE_BYTES) {
      return uploadInChunks<T>(file, resumeFor, show, signal);
    }
    return upload<T>(address(file.name), file, show, signal, { "Idempotency-Key": idempotencyKey() });
  };

  const send = async (file: File) => {
    const controller = new AbortController();
    abort.current = controller;
    setFailure(null);
    setSending({ file, progress: { sent: 0, total: file.size, speed: null, secondsLeft: null } });
    try {
      const answer = await post(file, controller.signal);
      setSending(null);
      onDone(answer);
    } catch (error) {
      const isStopped = error instanceof DOMException && error.name === "AbortError";
      if (isStopped && controller.signal.reason === PAUSE) {
        setSending((last) => last && { ...last, paused: true });
        return;
      }
      setSending(null);
      if (error instanceof UploadFailed) setFailure({ error: problemFrom(error.status, error.body), file });
      else if (!isStopped) setFailure({ error: asProblem(error), file });
    }
  };

  const stop = () => {
    if (sending?.paused && resumeFor !== undefined) {
      void giveUp(sending.file, resumeFor);
      setSending(null);
    } else abort.current?.abort();
  };

  // Leaving the page keeps what is safe: the same file chosen again goes on from there.
  useEffect(() => () => abort.current?.abort(PAUSE), []);
  usePastedTable(pasteName, sending === null, send);

  const onDrop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file && sending === null) void send(file);
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
            onPause={() => abort.current?.abort(PAUSE)}
            onContinue={() => void send(sending.file)}
          />
        ) : (
          <>
            {!compact && <FileUp size={26} strokeWidth={1.5} aria-hidden className="mb-3 text-ink-3" />}
            <p className="font-serif text-20 font-semibold">Drop a file here</p>
            <p id={`${id}-hint`} className="mt-1 text-13 text-ink-2">
              {hint ??
                "CSV, TSV, Excel, OpenDocument, JSON, JSON Lines, Parquet or Feather, also packed. You can also paste a table copied from a spreadsheet."}
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
          className="hidden"
          aria-label="File to load"
          onChange={(event) => {
            const file = event.target.files?.[0];
            event.target.value = "";
            if (file) void send(file);
          }}
        />
      </div>
    </div>
  );
}

/** Sending the same bytes again helps after a cut or a fault, not after a refusal. */
function mayHelp(error: unknown): boolean {
  const { status } = asProblem(error).body;
  return status === 0 || status >= 500;
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
