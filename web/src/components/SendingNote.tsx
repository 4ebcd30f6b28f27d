import { CircleCheck, Pause, Play, X } from "lucide-react";
import type { ChunkedProgress } from "../lib/chunked";
import { bytes, timeLeft } from "../lib/format";
import type { UploadProgress } from "../lib/upload";
import { LiveText, ProgressBar } from "./Progress";

export interface Sending {
  readonly file: File;
  readonly progress: UploadProgress | ChunkedProgress;
  readonly paused?: boolean;
}

interface SendingNoteProps {
  readonly sending: Sending;
  readonly onStop: () => void;
  readonly onPause: () => void;
  readonly onContinue: () => void;
}

/** How far a file is: what was sent, what is safe, how fast, and a way to pause where it can go on later. */
export function SendingNote({ sending, onStop, onPause, onContinue }: SendingNoteProps) {
  const { file, progress, paused = false } = sending;
  const all = progress.sent >= progress.total && progress.total > 0;
  const words = wordsOf(sending, all);
  return (
    <div className="w-full max-w-lg text-left">
      <p className="flex items-center gap-2 truncate font-semibold">
        {all && <CircleCheck size={16} aria-hidden className="text-good" />}
        {file.name}
      </p>
      <div className="mt-2">
        <ProgressBar
          share={progress.total === 0 ? null : progress.sent / progress.total}
          label={`Sending ${file.name}`}
        />
      </div>
      <div className="mt-1.5 flex items-center justify-between gap-3 text-13 text-ink-2">
        <p className="nums">{words}</p>
        {!all && (
          <div className="flex shrink-0 gap-1">
            {"safe" in progress && (
              <button type="button" className="btn btn-quiet" onClick={paused ? onContinue : onPause}>
                {paused ? <Play size={15} aria-hidden /> : <Pause size={15} aria-hidden />}
                {paused ? "Continue" : "Pause"}
              </button>
            )}
            <button type="button" className="btn btn-quiet" onClick={onStop}>
              <X size={15} aria-hidden />
              Stop
            </button>
          </div>
        )}
      </div>
      <LiveText text={words} final={all} />
    </div>
  );
}

function wordsOf({ progress, paused }: Sending, all: boolean): string {
  if ("safe" in progress && (paused || progress.waiting)) {
    const { safe } = progress;
    const kept = safe === 0 ? "Nothing has arrived yet." : `${bytes(safe)} are safe on the server.`;
    return `${paused ? "Paused." : "Waiting for the connection."} ${kept}`;
  }
  if (all) return "All of it has arrived. The server is writing it down.";
  return [
    `${bytes(progress.sent)} of ${bytes(progress.total)}`,
    progress.speed === null ? null : `${bytes(progress.speed)}/s`,
    timeLeft(progress.secondsLeft),
  ]
    .filter(Boolean)
    .join(", ");
}
