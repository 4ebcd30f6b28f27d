import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { api } from "../api/client";
import { type Schedule, scheduleQuery } from "../api/sources";
import { dateTime, fullDateTime } from "../lib/format";
import { ErrorNote } from "./ErrorNote";
import { Labelled, said } from "./sourceFields";

type Rule = NonNullable<Schedule["rule"]>;
type Every = Rule["every"];
type Weekday = NonNullable<Rule["weekday"]>;

const WEEKDAYS: readonly Weekday[] = [
  "monday",
  "tuesday",
  "wednesday",
  "thursday",
  "friday",
  "saturday",
  "sunday",
];

interface SchedulePanelProps {
  readonly dataset: string;
  /** Whether nothing is needed that only a person can give. */
  readonly possible: boolean;
}

/** When a source is fetched again by the clock. */
export function SchedulePanel({ dataset, possible }: SchedulePanelProps) {
  const { data: schedule, error } = useQuery(scheduleQuery(dataset));
  if (error) return <ErrorNote error={error} />;
  if (schedule === undefined) return null;
  return (
    <div className="border-t border-line pt-3">
      <h3 className="font-medium">Refresh on a schedule</h3>
      {schedule !== null && <Planned dataset={dataset} schedule={schedule} />}
      {schedule === null && possible && <PlanForm dataset={dataset} />}
      {schedule === null && !possible && (
        <p className="mt-1 text-ink-2">
          Not with a password, key or address that is not kept. Have the operator of this server set it up
          under a name, and load the table by that name.
        </p>
      )}
    </div>
  );
}

function useChanged(dataset: string) {
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: scheduleQuery(dataset).queryKey });
}

function Planned({ dataset, schedule }: { dataset: string; schedule: Schedule }) {
  const changed = useChanged(dataset);
  const path = { schedule_id: schedule.id };
  const change = useMutation({
    mutationFn: async (what: "pause" | "resume" | "delete") => {
      if (what === "pause") await api.post("/api/v1/scheduler/jobs/{schedule_id}/pause", { path });
      else if (what === "resume") await api.post("/api/v1/scheduler/jobs/{schedule_id}/resume", { path });
      else await api.delete("/api/v1/scheduler/jobs/{schedule_id}", { path });
    },
    onSuccess: changed,
  });
  const paused = schedule.state === "paused";
  const last = schedule.last_run;
  return (
    <div className="mt-1 space-y-2">
      <p>
        {`Fetched again ${schedule.in_words}. `}
        {paused ? (
          "Paused."
        ) : (
          <>
            {"Next: "}
            <time dateTime={schedule.next_at ?? ""} title={fullDateTime(schedule.next_at)}>
              {dateTime(schedule.next_at)}
            </time>
            .
          </>
        )}
        {last && ` Last: ${dateTime(last.due_at)}, ${last.state ?? "no longer remembered"}.`}
      </p>
      {schedule.problem && (
        <p role="alert" className="text-13 text-bad">
          {schedule.problem}
        </p>
      )}
      {change.error && <ErrorNote error={change.error} />}
      <div className="flex flex-wrap gap-2">
        <button
          type="button"
          className="btn btn-secondary"
          disabled={change.isPending}
          onClick={() => change.mutate(paused ? "resume" : "pause")}
        >
          {paused ? "Resume" : "Pause"}
        </button>
        <button
          type="button"
          className="btn btn-secondary"
          disabled={change.isPending}
          onClick={() => change.mutate("delete")}
        >
          Delete the schedule
        </button>
      </div>
    </div>
  );
}

function PlanForm({ dataset }: { dataset: string }) {
  const changed = useChanged(dataset);
  const [every, setEvery] = useState<Every>("day");
  const plan = useMutation({
    mutationFn: (rule: Rule) =>
      api.post("/api/v1/scheduler/jobs", { body: { type: "refresh", dataset_id: dataset, rule } }),
    onSuccess: changed,
  });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    plan.mutate({
      every,
      at: every === "hour" ? `00:${said(form, "minute").padStart(2, "0")}` : said(form, "at"),
      weekday: every === "week" ? (said(form, "weekday") as Weekday) : null,
      time_zone: said(form, "time_zone") || "UTC",
    });
  };
  return (
    <form className="mt-2 space-y-3" aria-label="Schedule" onSubmit={onSubmit}>
      {plan.error && <ErrorNote error={plan.error} />}
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-4">
        <Labelled label="Every">
          <select
            className="field mt-1"
            value={every}
            onChange={(event) => setEvery(event.target.value as Every)}
          >
            <option value="hour">hour</option>
            <option value="day">day</option>
            <option value="week">week</option>
          </select>
        </Labelled>
        {every === "week" && (
          <Labelled label="On">
            <select name="weekday" className="field mt-1">
              {WEEKDAYS.map((day) => (
                <option key={day} value={day}>
                  {day.charAt(0).toUpperCase() + day.slice(1)}
                </option>
              ))}
            </select>
          </Labelled>
        )}
        {every === "hour" ? (
          <Labelled label="Minutes past">
            <input
              name="minute"
              type="number"
              min={0}
              max={59}
              defaultValue={0}
              required
              className="field mt-1"
            />
          </Labelled>
        ) : (
          <Labelled label="At">
            <input name="at" type="time" defaultValue="06:00" required className="field mt-1" />
          </Labelled>
        )}
        <Labelled label="Time zone">
          <input name="time_zone" required className="field mt-1" defaultValue={ownZone()} />
        </Labelled>
      </div>
      <button type="submit" className="btn btn-secondary" disabled={plan.isPending}>
        Schedule it
      </button>
    </form>
  );
}

function ownZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}
