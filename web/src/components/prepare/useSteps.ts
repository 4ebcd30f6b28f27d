import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import {
  bodyOf,
  type CatalogStep,
  recipeCheckQuery,
  recipePreviewQuery,
  type Show,
  type StepBody,
  stepsQuery,
} from "../../api/preparing";
import { previewQuery } from "../../api/tableQueries";
import type { Project } from "../../api/types";
import { fieldsOf, initialParams, type Params, unanswered } from "../../lib/stepForm";
import type { Column } from "./StepForm";
import { faultOf } from "./StepPanel";
import { usePrepare } from "./usePrepare";
import { useSettled } from "./useSettled";
import { useUndoKeys } from "./useUndoKeys";

const NEW = "new-step";

interface Looking {
  /** The step that the address names, and which of its rows. */
  readonly chosen: string | null;
  readonly show: Show;
  readonly look: (search: { step?: string | undefined }) => void;
}

/** The steps of a project with the one in hand: a saved one that is looked at, or a draft that is tried before it is kept. */
export function useSteps(id: string, project: Project, { chosen, show, look }: Looking) {
  const prepare = usePrepare(id);
  const { recipe } = prepare;
  const version = project.dataset_version_id;
  const { data: catalog = [] } = useQuery(stepsQuery);
  const { data: table } = useQuery({
    ...previewQuery(project.dataset_id ?? "", version ?? "", 0, 1),
    enabled: version !== null,
  });
  const [adding, setAdding] = useState(false);
  const [draft, setDraft] = useState<StepBody | null>(null);

  const saved = recipe?.steps ?? [];
  const current = saved.find((step) => step.id === chosen);
  const edited = draft ?? (current && bodyOf(current)) ?? null;
  const kind = catalog.find((step) => step.name === edited?.type);
  const isNew = draft?.id === NEW;
  const complete =
    draft === null || (kind !== undefined && unanswered(fieldsOf(kind), draft.params).length === 0);
  const tried = draft !== null && complete;

  const wanted = tried ? withDraft(saved, draft) : saved.map(bodyOf);
  const steps = useSettled(wanted, 250);
  const at = tried ? draft.id : (current?.id ?? null);
  const about = { project: id, version, steps };
  const check = useQuery({ ...recipeCheckQuery(id, version, steps), enabled: tried });
  const {
    data: preview,
    error,
    isPlaceholderData,
  } = useQuery({
    ...recipePreviewQuery({ ...about, step: steps.some((step) => step.id === at) ? at : null, show }),
    enabled: version !== null && (!tried || check.data?.valid === true),
  });
  const kept = { ...about, steps: saved.map(bodyOf) };
  const all = useQuery(recipePreviewQuery({ ...kept, step: null })).data;
  const effects = useQueries({
    queries: saved
      .filter((step) => step.enabled)
      .map((step) => recipePreviewQuery({ ...kept, step: step.id, rows: 1 })),
  });

  useUndoKeys(
    recipe?.can_undo && !prepare.busy ? () => prepare.undo.mutate() : null,
    recipe?.can_redo && !prepare.busy ? () => prepare.redo.mutate() : null,
  );
  const drop = () => {
    setDraft(null);
    setAdding(false);
    prepare.clear();
  };
  return {
    prepare,
    catalog,
    saved,
    /** Of the loaded table. */
    table: table?.columns ?? [],
    /** That the step in hand meets. */
    columns: columnsBefore(isNew ? all?.after.columns : preview?.before.columns, table?.columns),
    draft,
    isNew,
    adding,
    /** The step in hand: its words where it is saved, its parameters, its kind. */
    current,
    edited,
    kind,
    /** Place of the step in hand, from 1; 0 for none. */
    number: isNew ? saved.length + 1 : saved.findIndex((step) => step.id === edited?.id) + 1,
    preview,
    error,
    stale:
      (isPlaceholderData && check.data?.valid !== false) || JSON.stringify(wanted) !== JSON.stringify(steps),
    /** Of the saved steps together. */
    all,
    fault: tried ? faultOf(prepare.error ?? error, check.data?.faults[0]) : null,
    effect: (step: string) => effects.find((one) => one.data?.step_id === step)?.data?.sentence,
    choose: (step: string | null) => {
      drop();
      look({ step: step ?? undefined });
    },
    begin: (step: CatalogStep) => {
      drop();
      const params = { ...initialParams(fieldsOf(step)) };
      setDraft({ id: NEW, type: step.name, params, enabled: true });
      look({ step: undefined });
    },
    /** Opens or closes the catalog. */
    toggleAdding: () => {
      setDraft(null);
      setAdding(!adding);
    },
    edit: (params: Params) => {
      prepare.clear();
      if (edited !== null) setDraft({ ...edited, params });
    },
    discard: () => setDraft(null),
    save: () => {
      if (draft === null) return;
      if (!isNew) {
        prepare.change.mutate({ id: draft.id, params: draft.params }, { onSuccess: () => setDraft(null) });
        return;
      }
      prepare.add.mutate(draft, {
        onSuccess: (changed) => {
          setDraft(null);
          look({ step: changed.steps.at(-1)?.id });
        },
      });
    },
  };
}

function withDraft(saved: readonly StepBody[], draft: StepBody): StepBody[] {
  const steps = saved.map(bodyOf);
  return draft.id === NEW ? [...steps, draft] : steps.map((step) => (step.id === draft.id ? draft : step));
}

/** The columns that a step meets, with their kind where it is that of the loaded table. */
function columnsBefore(
  before: readonly { readonly name: string }[] | undefined,
  loaded: readonly Column[] | undefined,
): readonly Column[] {
  const kinds = new Map((loaded ?? []).map((column) => [column.name, column.kind]));
  const names = before ?? loaded ?? [];
  return names.map(({ name }) => ({ name, kind: kinds.get(name) ?? null }));
}
