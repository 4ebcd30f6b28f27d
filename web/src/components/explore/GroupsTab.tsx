import { ChartCard } from "../../charts/ChartCard";
import { percent, score } from "../../lib/format";
import { SentenceText } from "../Story";
import { GroupMap } from "./GroupMap";
import { Buttons, Found, Progress } from "./Parts";
import { type Groups, useExploration } from "./useExploration";

/** Rows that are alike: how many groups, what sets each apart, and a map. */
export function GroupsTab({ dataset, version }: { dataset: string; version: string }) {
  const state = useExploration(dataset, version, "groups");
  const found = state.data?.groups;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-3">
        <Buttons
          state={state}
          start={found ? "Look for groups again" : "Look for groups"}
          onStart={() => state.start.mutate({ kind: "groups", number: null })}
          add={found && found.groups.length > 0 ? "Add the group of each row as a column" : null}
        />
      </div>
      <Progress state={state} title="Looking for groups" />
      {found && (
        <Found
          state={state}
          story={found.story}
          warnings={found.warnings}
          leftOut={found.left_out}
          aside={<Tried found={found} />}
        >
          <GroupCards found={found} />
          {found.groups.length > 0 && <MapCard found={found} />}
        </Found>
      )}
    </div>
  );
}

function GroupCards({ found }: { found: Groups }) {
  return found.groups.map((group) => (
    <section key={group.number} className="card p-4" aria-label={group.label}>
      <h3 className="text-14 font-semibold">{group.label}</h3>
      <ul className="mt-2 space-y-1.5">
        {group.sentences.map((sentence) => (
          <li key={sentence.text} className="font-serif text-16">
            <SentenceText sentence={sentence} facts={group.facts} />
          </li>
        ))}
      </ul>
    </section>
  ));
}

function MapCard({ found }: { found: Groups }) {
  const [across = 0, up = 0] = found.axes_share;
  return (
    <ChartCard
      title="Map of the rows"
      sentence={`Rows near each other are alike. The axes show ${percent(across)} and ${percent(up)} of all spread, so groups that touch here may still lie apart.`}
      name="groups"
      table={{
        caption: "Map of the rows",
        header: ["Row", "Across", "Up", "Group"],
        rows: found.points.map((point) => [point.row + 1, score(point.x), score(point.y), point.group]),
      }}
    >
      <GroupMap points={found.points} n={found.number} />
    </ChartCard>
  );
}

function Tried({ found }: { found: Groups }) {
  return (
    <section className="card overflow-x-auto p-4" aria-label="Numbers of groups tried">
      <h3 className="text-14 font-semibold">Numbers of groups tried</h3>
      <p className="mt-1 text-12 text-ink-2">
        Silhouette: how far apart groups stand, up to 1. Beside it the same for tables like this one without
        groups.
      </p>
      <table className="nums mt-2 w-full text-12">
        <thead>
          <tr className="text-left text-ink-2">
            <th scope="col">Groups</th>
            <th scope="col">Silhouette</th>
            <th scope="col">Without groups</th>
            <th scope="col">Stability</th>
          </tr>
        </thead>
        <tbody>
          {found.tried.map((line) => (
            <tr key={line.number} className={line.number === found.number ? "font-semibold" : ""}>
              <th scope="row" className="text-left font-normal">
                {line.number}
              </th>
              <td>{score(line.silhouette)}</td>
              <td>{score(line.expected)}</td>
              <td>{line.stability == null ? "–" : score(line.stability)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
