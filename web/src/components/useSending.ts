import { useEffect, useRef, useState } from "react";
import { asProblem, problemFrom } from "../api/problem";
import { giveUp, PAUSE, uploadInChunks, WHOLE_BYTES } from "../lib/chunked";
import { idempotencyKey } from "../lib/keys";
import { UploadFailed, upload } from "../lib/upload";
import type { Sending } from "./SendingNote";

export interface SendingOptions<T> {
  readonly address: (name: string) => string;
  readonly onDone: (answer: T) => void;
  /** When given, large files go in chunks that can be resumed: "new", or the project that gets the file. */
  readonly resumeFor?: string | undefined;
}

/** Sends one file at a time, and says truthfully how far it is. */
export function useSending<T>({ address, onDone, resumeFor }: SendingOptions<T>) {
  const abort = useRef<AbortController | null>(null);
  const [sending, setSending] = useState<Sending | null>(null);
  const [failure, setFailure] = useState<{ error: unknown; file: File } | null>(null);

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

  const pause = () => abort.current?.abort(PAUSE);
  const stop = () => {
    if (sending?.paused && resumeFor !== undefined) {
      void giveUp(sending.file, resumeFor);
      setSending(null);
    } else abort.current?.abort();
  };

  // Leaving the page keeps what is safe: the same file chosen again goes on from there.
  useEffect(() => () => abort.current?.abort(PAUSE), []);

  return { sending, failure, send, stop, pause };
}

/** Sending the same bytes again helps after a cut or a fault, not after a refusal. */
export function mayHelp(error: unknown): boolean {
  const { status } = asProblem(error).body;
  return status === 0 || status >= 500;
}
