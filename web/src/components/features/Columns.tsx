import { useMutation } from "@tanstack/react-query";
import { CalendarClock, Check, CircleSlash, KeyRound, Target } from "lucide-react";
import { api } from "../../api/client";
import type { FeatureBoard } from "../../api/types";
import { ErrorNote } from "../ErrorNote";
import { Table } from "../Table";
import { useChanged } from "./data";

const ROLES = {
  target: { word: "Target", Icon: Target, colour: "text-[var(--series-2)]" },
  use: { word: "Use", Icon: Check, colour: "text-good" },
  key: { word: "Key", Icon: KeyRound, colour: "text-ink-3" },
  time: { word: "Time", Icon: CalendarClock, colour: "text-ink-2" },
  ignore: { word: "Ignore", Icon: CircleSlash, colour: "text-ink-3" },
} as const;

/** What each column is there for, and what steps have made; columns are taken out and put back here. */
export function ColumnsTab({ project, board }: { project: string; board: FeatureBoard }) {
  const changed = useChanged(project);
  const set = useMutation({
    mutationFn: (columns: string[]) =>
      api.put("/api/v1/projects/{project_id}/features/removed", {
        path: { project_id: project },
        body: { columns },
      }),
    onSuccess: changed,
  });
  const { removed } = board;
  return (
    <>
      {set.error && <ErrorNote error={set.error} />}
      <Table label="Role of each column" header={["Column", "Kind", "Role", "Why", "Change"]}>
        {board.roles.map((item) => {
          const { word, Icon, colour } = ROLES[item.role];
          const out = removed.includes(item.column);
          return (
            <tr key={item.column}>
              <th scope="row" className="font-medium break-words">
                {item.column}
              </th>
              <td className="text-ink-2">{item.kind}</td>
              <td>
                <span className="flex items-center gap-1.5">
                  <Icon size={14} aria-hidden className={colour} />
                  {word}
                </span>
              </td>
              <td className="text-ink-2">{item.reason}</td>
              <td className="text-right">
                {item.can_use && (
                  <button
                    type="button"
                    className="btn btn-quiet"
                    disabled={set.isPending}
                    aria-label={out ? `Put back ${item.column}` : `Take out ${item.column}`}
                    onClick={() =>
                      set.mutate(
                        out ? removed.filter((name) => name !== item.column) : [...removed, item.column],
                      )
                    }
                  >
                    {out ? "Put back" : "Take out"}
                  </button>
                )}
              </td>
            </tr>
          );
        })}
      </Table>
      <section className="card p-4" aria-label="Created features">
        <h2 className="text-14 font-semibold">Created features</h2>
        {board.created.length === 0 ? (
          <p className="mt-1 text-13 text-ink-2">
            None yet. Ideas that you accept, and steps of the Prepare page that make columns, stand here.
          </p>
        ) : (
          <ul className="mt-2 space-y-1.5">
            {board.created.map((feature) => (
              <li key={feature.step_id} className="text-13">
                <span className="font-medium">{feature.title}.</span>{" "}
                <span className="text-ink-2">{feature.formula}</span>
              </li>
            ))}
          </ul>
        )}
      </section>
    </>
  );
}
