/** What the page works out about saved recipes: their order, a file that is read, and which columns are still open. */

interface Kept {
  readonly id: string;
}

/** The most used first, then the rest in the order in which the server lists them; each once. */
export function popularFirst<R extends Kept>(popular: readonly R[], all: readonly R[]): readonly R[] {
  const used = new Set(popular.map((recipe) => recipe.id));
  return [...popular, ...all.filter((recipe) => !used.has(recipe.id))];
}

export interface RecipeFile {
  readonly name: string;
  readonly about: string;
  /** As the export gave it; the server checks it. */
  readonly recipe: Record<string, unknown>;
}

/** What an exported recipe says of itself; a sentence where the text cannot be one. */
export function readRecipe(text: string): RecipeFile | string {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch {
    return "This is not JSON. Paste the whole text that was copied, from the first brace to the last.";
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) return NO_RECIPE;
  const recipe = data as Record<string, unknown>;
  if (!Array.isArray(recipe["steps"])) return NO_RECIPE;
  if (recipe["steps"].length === 0) return "This recipe has no steps.";
  return { name: words(recipe["name"]), about: words(recipe["about"]), recipe };
}

const NO_RECIPE = "This is JSON, but no recipe: it has no list of steps.";

const words = (value: unknown) => (typeof value === "string" ? value.trim() : "");

/** Column of a recipe → column of the table; null where none is chosen. */
export type Mapping = Readonly<Record<string, string | null>>;

/** What the person chose over what the server proposed. */
export const chosenColumns = (proposed: Mapping, changed: Mapping): Mapping => ({ ...proposed, ...changed });

/** The columns of a recipe for which no column of the table is chosen. */
export function openColumns(mapping: Mapping): readonly string[] {
  return Object.keys(mapping).filter((column) => mapping[column] === null);
}

/** Columns of the table that two or more columns of the recipe are to become. */
export function sharedColumns(mapping: Mapping): readonly string[] {
  const targets = Object.values(mapping).filter((column) => column !== null);
  return [...new Set(targets.filter((column, i) => targets.indexOf(column) !== i))];
}

/** The mapping as the server takes it, once no column is open. */
export function answeredColumns(mapping: Mapping): Record<string, string> {
  const answered: Record<string, string> = {};
  for (const [from, to] of Object.entries(mapping)) if (to !== null) answered[from] = to;
  return answered;
}
