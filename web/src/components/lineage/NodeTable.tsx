import type { LineageGraph } from "../../api/lineage";
import { dateTime } from "../../lib/format";
import { layered } from "../../lib/layers";

interface NodeTableProps {
  readonly graph: LineageGraph;
  readonly chosen: string | null;
  readonly onChoose: (id: string | null) => void;
}

/** The same as the graph, as a list: what was made of something stands further in. */
export function NodeTable({ graph, chosen, onChoose }: NodeTableProps) {
  const places = layered(
    graph.nodes.map((node) => node.id),
    graph.relationships,
  );
  return (
    <section className="card min-w-0 overflow-x-auto" aria-label="Lineage as a table">
      <table className="w-full text-13">
        <thead>
          <tr className="text-left text-12 text-ink-2">
            {["What", "How it came to be", "When", "By"].map((title) => (
              <th key={title} scope="col" className="border-b border-line px-4 py-2 font-medium">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {graph.nodes.map((node) => (
            <tr
              key={node.id}
              className={`border-b border-line last:border-0 ${node.id === chosen ? "bg-accent-soft" : ""}`}
            >
              <th scope="row" className="px-4 py-1.5 text-left font-normal">
                <span style={{ paddingLeft: (places.get(node.id)?.layer ?? 0) * 16 }}>
                  <button
                    type="button"
                    className="link"
                    aria-pressed={node.id === chosen}
                    onClick={() => onChoose(node.id === chosen ? null : node.id)}
                  >
                    {node.label}
                  </button>
                  {node.is_current && <span className="ml-1.5 text-12 text-accent-text">current</span>}
                </span>
              </th>
              <td className="px-4 py-1.5">
                {[
                  node.sentence,
                  graph.steps
                    .filter((step) => step.version_id === node.id)
                    .map((step) => step.title)
                    .join(", "),
                ]
                  .filter(Boolean)
                  .join(" ")}
              </td>
              <td className="nums px-4 py-1.5 whitespace-nowrap text-ink-2">{dateTime(node.created_at)}</td>
              <td className="px-4 py-1.5 text-ink-2">{node.user ?? "–"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
