/** Where the nodes of a graph without cycles stand when it is drawn from top to bottom. */

export interface Edge {
  readonly source: string;
  readonly target: string;
}

export interface Place {
  readonly layer: number;
  /** Place within the layer, from the left. */
  readonly at: number;
}

/**
 * Every node stands below all it was made of, and as near as the order of its layer allows to the middle of its
 * parents. Nodes must be listed after what they were made of; edges to unknown nodes are passed over.
 */
export function layered(nodes: readonly string[], edges: readonly Edge[]): ReadonlyMap<string, Place> {
  const known = new Set(nodes);
  const parents = new Map<string, string[]>();
  for (const { source, target } of edges) {
    if (known.has(source) && known.has(target)) parents.set(target, [...(parents.get(target) ?? []), source]);
  }
  const layer = new Map<string, number>();
  for (const node of nodes) {
    const above = (parents.get(node) ?? []).map((parent) => layer.get(parent) ?? 0);
    layer.set(node, above.length === 0 ? 0 : Math.max(...above) + 1);
  }
  const places = new Map<string, Place>();
  const depth = Math.max(-1, ...layer.values());
  for (let level = 0; level <= depth; level += 1) {
    const row = nodes.filter((node) => layer.get(node) === level);
    const middle = (node: string) => {
      const above = (parents.get(node) ?? []).map((parent) => places.get(parent)?.at ?? 0);
      return above.length === 0 ? 0 : above.reduce((sum, one) => sum + one, 0) / above.length;
    };
    const order = row
      .map((node, i) => ({ node, key: middle(node), i }))
      .sort((a, b) => a.key - b.key || a.i - b.i);
    order.forEach(({ node }, at) => {
      places.set(node, { layer: level, at });
    });
  }
  return places;
}

/** A node with all it was made of. */
export function ancestors(node: string, edges: readonly Edge[]): ReadonlySet<string> {
  const found = new Set([node]);
  const waiting = [node];
  for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
    for (const edge of edges) {
      if (edge.target === one && !found.has(edge.source)) {
        found.add(edge.source);
        waiting.push(edge.source);
      }
    }
  }
  return found;
}

/** The node that an arrow key leads to; undefined where there is none. */
export function neighbour(
  key: string,
  from: string,
  places: ReadonlyMap<string, Place>,
  edges: readonly Edge[],
): string | undefined {
  const here = places.get(from);
  if (here === undefined) return undefined;
  if (key === "ArrowUp") return edges.find((edge) => edge.target === from && places.has(edge.source))?.source;
  if (key === "ArrowDown")
    return edges.find((edge) => edge.source === from && places.has(edge.target))?.target;
  const step = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
  if (step === 0) return undefined;
  for (const [node, place] of places)
    if (place.layer === here.layer && place.at === here.at + step) return node;
  return undefined;
}
