import { useQueryClient } from "@tanstack/react-query";
import { useRouter } from "@tanstack/react-router";
import { useEffect, useRef, useState } from "react";
import { api } from "../api/client";
import { Problem } from "../api/problem";
import { useReach } from "../api/reach";
import { stream, useStreamState } from "../lib/events";

const PROBE_MS = 3_000;

/**
 * Says that the connection is lost, and of the work on the server only what is known: a server that answers goes on
 * with it, of one that does not answer nothing can be said. When it answers again, everything on the page is read anew.
 */
export function ConnectionNote() {
  const silent = useReach() === "silent";
  const cut = useStreamState() === "lost";
  const probed = useProbe(silent || cut);
  useFreshStart(silent);
  const text = silent
    ? "Connection lost. The server does not answer, so what you see may be out of date and nothing can be said of work in progress. This page tries again every few seconds and then goes on by itself."
    : !cut
      ? null
      : probed
        ? "Live updates lost. The server answers and its work goes on; this page asks every few seconds until they are back."
        : "Connection lost. Looking whether the server still answers.";
  return (
    <div role="status" aria-live="polite">
      {text !== null && (
        <p className="border-b border-line bg-warn-soft px-5 py-1.5 text-13 text-warn">{text}</p>
      )}
    </div>
  );
}

/** Asks the server something small every few seconds while something is wrong. Gives whether it has answered since. */
function useProbe(wrong: boolean): boolean {
  const [answered, setAnswered] = useState(false);
  useEffect(() => {
    if (!wrong) return;
    let over = false;
    const ask = () =>
      api.get("/api/v1/auth/session").then(
        () => over || setAnswered(true),
        // A refusal is an answer too; of a failure to reach it the client has taken note.
        (error: unknown) => over || setAnswered(error instanceof Problem),
      );
    void ask();
    const timer = setInterval(() => void ask(), PROBE_MS);
    return () => {
      over = true;
      clearInterval(timer);
      setAnswered(false);
    };
  }, [wrong]);
  return answered;
}

/** Reads everything again and opens the stream at once when a silent server answers. */
function useFreshStart(silent: boolean): void {
  const client = useQueryClient();
  const router = useRouter();
  const was = useRef(silent);
  useEffect(() => {
    if (was.current && !silent) {
      stream.hurry();
      void client.invalidateQueries();
      void router.invalidate();
    }
    was.current = silent;
  }, [client, router, silent]);
}
