/** The form of a step, read from the JSON schema of its parameters. */

export type Params = Readonly<Record<string, unknown>>;

export interface Condition {
  readonly column: string;
  readonly operator: string;
  readonly values: readonly (string | number | boolean)[];
}

export interface StepField {
  readonly name: string;
  readonly title: string;
  readonly help: string;
  readonly required: boolean;
  readonly input:
    | "columns"
    | "column"
    | "choice"
    | "choices"
    | "switch"
    | "number"
    | "numbers"
    | "words"
    | "names"
    | "conditions"
    | "cases"
    | "table"
    | "formula"
    | "value"
    | "text";
  readonly choices: readonly string[];
  /** Whether leaving it empty says something of its own (all columns, the default of the method). */
  readonly nullable: boolean;
  readonly whole: boolean;
  readonly least: number | undefined;
  readonly most: number | undefined;
  readonly default: unknown;
}

interface Schema {
  readonly type?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema;
  readonly $ref?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly additionalProperties?: unknown;
}

/** What a step declares of its parameters. */
export interface Declared {
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Parameters that name columns of the table. */
  readonly column_params: readonly string[];
}

/** The fields of a step in the order in which it declares them. */
export function fieldsOf(step: Declared): StepField[] {
  const { properties = {}, required = [] } = step.parameters as {
    properties?: Record<string, Schema>;
    required?: readonly string[];
  };
  return Object.entries(properties).map(([name, declared]) => {
    const kinds = declared.anyOf ?? [declared];
    const nullable = kinds.some((kind) => kind.type === "null");
    const schema = kinds.find((kind) => kind.type !== "null") ?? declared;
    const scalar = kinds.filter((kind) => kind.type !== "null").length > 1;
    return {
      name,
      title: declared.title ?? name.replaceAll("_", " "),
      help: declared.description ?? "",
      required: required.includes(name),
      input: scalar ? "value" : inputOf(name, schema, step.column_params.includes(name)),
      choices: schema.enum ?? schema.items?.enum ?? [],
      nullable,
      whole: schema.type === "integer",
      least: schema.minimum,
      most: schema.maximum,
      default: declared.default,
    };
  });
}

function inputOf(name: string, schema: Schema, isColumn: boolean): StepField["input"] {
  if (schema.type === "array") {
    if (schema.items?.$ref?.endsWith("/Condition")) return "conditions";
    if (schema.items?.$ref?.endsWith("/Case")) return "cases";
    if (schema.items?.enum) return "choices";
    if (schema.items?.type === "number" || schema.items?.type === "integer") return "numbers";
    return isColumn ? "columns" : "words";
  }
  if (schema.type === "object") return "names";
  if (schema.enum) return "choice";
  if (schema.type === "boolean") return "switch";
  if (schema.type === "integer" || schema.type === "number") return "number";
  if (name === "table") return "table";
  if (name === "formula") return "formula";
  if (isColumn) return "column";
  return "text";
}

/** What a new step starts with: every default, and nothing where something has to be chosen. */
export function initialParams(fields: readonly StepField[]): Params {
  return Object.fromEntries(
    fields.filter((field) => field.default !== undefined).map((field) => [field.name, field.default]),
  );
}

/** Required fields that nothing was entered for. */
export function unanswered(fields: readonly StepField[], params: Params): StepField[] {
  return fields.filter((field) => {
    if (!field.required) return false;
    const value = params[field.name];
    if (value === undefined || value === null || value === "") return true;
    return typeof value === "object" && Object.keys(value).length === 0;
  });
}

/** A typed cell as the person wrote it: numbers are numbers, everything else is text. */
export function typedValue(text: string): string | number | null {
  const trimmed = text.trim();
  if (trimmed === "") return text === "" ? null : text;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed) ? Number(trimmed) : text;
}

/** How many values a comparison is made with; null: any number. */
export function valuesOf(operator: string): number | null {
  if (operator === "one_of" || operator === "not_one_of") return null;
  if (operator === "is_missing" || operator === "is_present") return 0;
  return operator === "between" ? 2 : 1;
}

export const OPERATORS: readonly (readonly [string, string])[] = [
  ["equals", "is"],
  ["not_equals", "is not"],
  ["less", "is less than"],
  ["at_most", "is at most"],
  ["greater", "is greater than"],
  ["at_least", "is at least"],
  ["between", "is between"],
  ["one_of", "is one of"],
  ["not_one_of", "is none of"],
  ["contains", "contains"],
  ["starts_with", "starts with"],
  ["ends_with", "ends with"],
  ["is_missing", "is empty"],
  ["is_present", "is not empty"],
];
