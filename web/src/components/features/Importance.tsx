import { useQuery } from "@tanstack/react-query";
import { versionQuery } from "../../api/queries";
import type { Project } from "../../api/types";
import { ImportanceChart } from "../../charts/ImportanceChart";
import { score } from "../../lib/format";
import { EmptyState } from "../EmptyState";
import { Skeleton } from "../Skeleton";
import { Table } from "../Table";

const SHOWN = 20;

/** How much of the score each column carries in the present model, with intervals. */
export function ImportanceTab({ project }: { project: Project }) {
  const { model_id: model = null, model_version_id: version = null } = project;
  const { data: detail } = useQuery(versionQuery(model, version));
  if (model === null || version === null) {
    return (
      <EmptyState title="Which columns carry the signal">
        <p>
          After the first training each column is shuffled in turn: what the score loses is what it carries.
        </p>
      </EmptyState>
    );
  }
  if (detail === undefined) return <Skeleton label="Loading the importance of columns" />;
  const items = detail.importances ?? [];
  if (items.length === 0) {
    return <p className="card p-4 text-14">The time of the training did not reach for measuring this.</p>;
  }
  const metric = detail.evaluation?.metric_title ?? "the score";
  return (
    <>
      <section className="card p-4" aria-label="Importance of columns">
        <h2 className="text-14 font-semibold">Loss of {metric} when a column is shuffled</h2>
        <p className="mt-1 mb-3 text-13 text-ink-2">
          The lines are 95% intervals. Columns that say the same can stand in for each other, and then each
          looks weak.
        </p>
        <ImportanceChart
          label={`Loss of ${metric} when a column is shuffled`}
          items={items.slice(0, SHOWN)}
          xTitle={`Loss of ${metric}`}
          format={score}
        />
      </section>
      <Table label="Importance of columns as a table" header={["Column", "Loss", "From", "To"]}>
        {items.map((item) => (
          <tr key={item.column}>
            <th scope="row" className="font-medium">
              {item.column}
            </th>
            <td>{score(item.loss)}</td>
            <td>{score(item.low)}</td>
            <td>{score(item.high)}</td>
          </tr>
        ))}
      </Table>
    </>
  );
}
