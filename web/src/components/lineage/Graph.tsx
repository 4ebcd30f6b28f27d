import { Boxes, Database, FileText, FlaskConical, Rocket } from "lucide-react";
import { type KeyboardEvent, useRef } from "react";
import type { LineageGraph, LineageNode } from "../../api/lineage";
import { plural } from "../../lib/format";
import { ancestors, layered, neighbour } from "../../lib/layers";

const WIDE = 216;
const HIGH = 60;
const GAP_X = 28;
const GAP_Y = 58;

export const ICONS = {
  raw: FileText,
  version: Database,
  experiment: FlaskConical,
  model: Boxes,
  deployment: Rocket,
} as const;

interface GraphProps {
  readonly graph: LineageGraph;
  readonly chosen: string | null;
  readonly onChoose: (id: string | null) => void;
}

/** From the file at the top down to what serves: choosing a node lights what it was made of. Arrow keys follow the lines. */
export function Graph({ graph, chosen, onChoose }: GraphProps) {
  const { nodes, relationships: edges } = graph;
  const box = useRef<HTMLDivElement>(null);
  const places = layered(
    nodes.map((node) => node.id),
    edges,
  );
  const lit = chosen === null ? null : ancestors(chosen, edges);
  const all = [...places.values()];
  const width = (Math.max(0, ...all.map((place) => place.at)) + 1) * (WIDE + GAP_X);
  const height = (Math.max(0, ...all.map((place) => place.layer)) + 1) * (HIGH + GAP_Y) - GAP_Y + 8;
  const corner = (id: string) => {
    const place = places.get(id) ?? { layer: 0, at: 0 };
    return { x: place.at * (WIDE + GAP_X) + 4, y: place.layer * (HIGH + GAP_Y) + 4 };
  };
  const steps = new Map<string, string[]>();
  for (const step of graph.steps)
    steps.set(step.version_id, [...(steps.get(step.version_id) ?? []), step.title]);
  const first = nodes.find((node) => node.is_current)?.id ?? nodes[0]?.id;
  const onKeyDown = (event: KeyboardEvent, id: string) => {
    const next = neighbour(event.key, id, places, edges);
    if (event.key === "Escape") onChoose(null);
    if (next === undefined) return;
    event.preventDefault();
    box.current?.querySelector<HTMLElement>(`[data-node="${CSS.escape(next)}"]`)?.focus();
  };
  return (
    <section
      className="card min-w-0 overflow-auto p-4"
      aria-label="Graph of the lineage; the arrow keys follow its lines"
    >
      <div ref={box} className="relative" style={{ width, height }}>
        <svg aria-hidden className="absolute inset-0" width={width} height={height}>
          {edges.map(({ source, target }) => {
            if (!places.has(source) || !places.has(target)) return null;
            const from = corner(source);
            const to = corner(target);
            const [x1, y1, x2, y2] = [from.x + WIDE / 2, from.y + HIGH, to.x + WIDE / 2, to.y];
            const bright = lit === null || (lit.has(source) && lit.has(target));
            return (
              <path
                key={`${source}-${target}`}
                d={`M${x1} ${y1} C${x1} ${(y1 + y2) / 2} ${x2} ${(y1 + y2) / 2} ${x2} ${y2}`}
                fill="none"
                stroke={bright ? "var(--line-strong)" : "var(--line)"}
                strokeWidth={lit !== null && bright ? 2 : 1.25}
              />
            );
          })}
        </svg>
        {nodes.map((node) => {
          const { x, y } = corner(node.id);
          const made = steps.get(node.id) ?? [];
          return (
            <div key={node.id}>
              {made.length > 0 && (
                <span
                  className="absolute z-10 -translate-x-1/2 truncate rounded-full border border-dashed border-line-strong bg-surface px-2 text-center text-11 text-ink-2"
                  style={{ left: x + WIDE / 2, top: y - 26, maxWidth: WIDE }}
                  title={made.join(", ")}
                >
                  {made.length === 1 ? made[0] : plural(made.length, "step")}
                </span>
              )}
              <NodeButton
                node={node}
                style={{ left: x, top: y, width: WIDE, height: HIGH }}
                pressed={node.id === chosen}
                dim={lit !== null && !lit.has(node.id)}
                reachable={node.id === (chosen ?? first)}
                onClick={() => onChoose(node.id === chosen ? null : node.id)}
                onKeyDown={(event) => onKeyDown(event, node.id)}
              />
            </div>
          );
        })}
      </div>
    </section>
  );
}

interface NodeButtonProps {
  readonly node: LineageNode;
  readonly style: React.CSSProperties;
  readonly pressed: boolean;
  readonly dim: boolean;
  readonly reachable: boolean;
  readonly onClick: () => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

function NodeButton({ node, style, pressed, dim, reachable, onClick, onKeyDown }: NodeButtonProps) {
  const Icon = ICONS[node.kind];
  return (
    <button
      type="button"
      data-node={node.id}
      aria-pressed={pressed}
      tabIndex={reachable ? 0 : -1}
      className={`absolute flex items-start gap-2 rounded-6 border bg-surface px-2.5 py-2 text-left hover:bg-hover ${
        node.is_current ? "border-2 border-accent" : "border-line-strong"
      } ${pressed ? "bg-accent-soft" : ""} ${dim ? "border-line text-ink-2" : ""}`}
      style={style}
      onClick={onClick}
      onKeyDown={onKeyDown}
    >
      <Icon size={15} aria-hidden className="mt-0.5 shrink-0 text-ink-2" />
      <span className="min-w-0 grow">
        <span className="flex items-baseline gap-1.5">
          <span className="truncate text-13 font-semibold">{node.label}</span>
          {node.is_current && <span className="text-11 font-medium text-accent-text">current</span>}
        </span>
        <span className="block truncate text-12 text-ink-2">{node.sentence}</span>
      </span>
    </button>
  );
}
