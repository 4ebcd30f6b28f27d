/** Keeps what the page shows in step with the server: live events into the query cache, polling while they fail. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef } from "react";
import { useStreamState, useTopic } from "../lib/events";
import { experimentQuery, jobQuery, projectQuery } from "./queries";
import type { Experiment, Job, Project } from "./types";

const POLL = 5_000;

function usePolling(active: boolean): number | false {
  const state = useStreamState();
  if (!active) return false;
  // Even an open stream is checked now and then: a proxy may hold events back.
  return state === "open" ? 2 * POLL : state === "lost" ? POLL : 1_500;
}

/** A project whose stages follow the server. */
export function useProject(id: string) {
  const client = useQueryClient();
  const onEvent = useCallback(
    (data: unknown) => {
      client.setQueryData(projectQuery(id).queryKey, data as Project);
      // A changed project usually means that a stage has a new story.
      void client.invalidateQueries({ queryKey: ["story", id] });
    },
    [client, id],
  );
  useTopic(`project:${id}`, onEvent);
  const lost = useStreamState() === "lost";
  return useQuery({ ...projectQuery(id), refetchInterval: lost ? POLL : false });
}

const ENDED: readonly Job["state"][] = ["completed", "failed", "canceled"];

export function hasEnded(job: Job | undefined): boolean {
  return job !== undefined && ENDED.includes(job.state);
}

/** A job as it goes. `onEnd` is called once, when it ends while the page is open. */
export function useJob(id: string | null, onEnd?: (job: Job) => void) {
  const client = useQueryClient();
  const onEvent = useCallback(
    (data: unknown) => client.setQueryData(jobQuery(id).queryKey, data as Job),
    [client, id],
  );
  const cached = client.getQueryData(jobQuery(id).queryKey);
  useTopic(id !== null && !hasEnded(cached) ? `job:${id}` : null, onEvent);
  const interval = usePolling(id !== null && !hasEnded(cached));
  const query = useQuery({ ...jobQuery(id), refetchInterval: interval });
  const job = query.data;
  const callback = useRef(onEnd);
  callback.current = onEnd;
  const seenRunning = useRef<string | null>(null);
  useEffect(() => {
    if (job === undefined) return;
    if (!hasEnded(job)) seenRunning.current = job.id;
    else if (seenRunning.current === job.id) {
      seenRunning.current = null;
      void client.invalidateQueries({ queryKey: ["jobs"] });
      callback.current?.(job);
    }
  }, [client, job]);
  return query;
}

/**
 * Reads again, twice a second, while a job has ended but what it made still looks unfinished here: it may have ended
 * before this page asked for the first time.
 */
export function useCatchUp(behind: boolean, read: () => void): void {
  const current = useRef(read);
  current.current = read;
  useEffect(() => {
    if (!behind) return;
    current.current();
    const timer = setInterval(() => current.current(), 500);
    return () => clearInterval(timer);
  }, [behind]);
}

export function isRunning(experiment: Experiment | undefined): boolean {
  return experiment?.state === "queued" || experiment?.state === "running";
}

/** An experiment as it goes: read again whenever its job reports something new. */
export function useExperiment(id: string | null) {
  const client = useQueryClient();
  const cached = client.getQueryData(experimentQuery(id).queryKey);
  const running = isRunning(cached);
  const interval = usePolling(running);
  const query = useQuery({ ...experimentQuery(id), refetchInterval: interval });
  const last = useRef(0);
  const trailing = useRef<ReturnType<typeof setTimeout> | null>(null);
  const onEvent = useCallback(() => {
    // At most four reads a second, and always one after the last event.
    const read = () => {
      trailing.current = null;
      last.current = Date.now();
      void client.invalidateQueries({ queryKey: experimentQuery(id).queryKey });
    };
    if (trailing.current !== null) return;
    trailing.current = setTimeout(read, Math.max(0, last.current + 250 - Date.now()));
  }, [client, id]);
  const job = query.data?.job_id ?? null;
  useTopic(isRunning(query.data) && job !== null ? `job:${job}` : null, onEvent);
  return query;
}
