import { ArrowDown, ArrowUp, Eye, EyeOff, GripVertical, Plus, Redo2, Undo2, X } from "lucide-react";
import { useState } from "react";
import type { RecipeStep } from "../../api/preparing";
import type { Prepare } from "./usePrepare";

interface StepListProps {
  readonly prepare: Prepare;
  readonly steps: readonly RecipeStep[];
  readonly chosen: string | null;
  /** What a step did, in the words of the server. */
  readonly effect: (id: string) => string | undefined;
  readonly adding: boolean;
  /** Whether a model was trained; it may have been trained without these steps. */
  readonly trained: boolean;
  readonly onChoose: (id: string | null) => void;
  readonly onAdd: () => void;
}

/** The steps in their order. Each can be looked at, moved, switched off and taken out; all of it can be undone. */
export function StepList({
  prepare,
  steps,
  chosen,
  effect,
  adding,
  trained,
  onChoose,
  onAdd,
}: StepListProps) {
  const { recipe, change, remove, undo, redo, busy } = prepare;
  const [dragged, setDragged] = useState<string | null>(null);
  const move = (id: string, position: number) => {
    if (position >= 0 && position < steps.length && steps[position]?.id !== id)
      change.mutate({ id, position });
  };
  return (
    <section className="card flex min-w-0 flex-col" aria-label="Steps">
      <header className="flex items-center gap-1 border-b border-line py-2 pr-2 pl-4">
        <h2 className="grow text-14 font-semibold">Steps</h2>
        <IconButton
          label="Undo the last change"
          disabled={!recipe?.can_undo || busy}
          onClick={() => undo.mutate()}
        >
          <Undo2 size={16} aria-hidden />
        </IconButton>
        <IconButton
          label="Redo the change that was undone"
          disabled={!recipe?.can_redo || busy}
          onClick={() => redo.mutate()}
        >
          <Redo2 size={16} aria-hidden />
        </IconButton>
      </header>
      <ol className="space-y-1 p-2">
        {steps.map((step, i) => (
          <li
            key={step.id}
            draggable
            onDragStart={() => setDragged(step.id)}
            onDragEnd={() => setDragged(null)}
            onDragOver={(event) => event.preventDefault()}
            onDrop={() => dragged !== null && move(dragged, i)}
            className={`group rounded-6 border ${
              step.id === chosen ? "border-accent bg-accent-soft" : "border-transparent hover:bg-hover"
            } ${dragged === step.id ? "opacity-50" : ""}`}
          >
            <button
              type="button"
              className="flex w-full items-start gap-1.5 px-1.5 pt-2 pb-1 text-left"
              aria-pressed={step.id === chosen}
              onClick={() => onChoose(step.id === chosen ? null : step.id)}
            >
              <GripVertical size={14} aria-hidden className="mt-0.5 shrink-0 cursor-grab text-ink-3" />
              <span className="min-w-0">
                <span
                  className={`block text-13 font-semibold break-words ${step.enabled ? "" : "text-ink-3 line-through"}`}
                >
                  {`${i + 1}. ${step.title}`}
                </span>
                <span className="block text-12 break-words text-ink-2">{step.columns.join(", ")}</span>
                <span className="nums block text-12 text-good">
                  {step.enabled ? effect(step.id) : "switched off"}
                </span>
              </span>
            </button>
            <div className="flex justify-end gap-0.5 px-1 pb-1">
              <IconButton
                label={`Move step ${i + 1} up`}
                disabled={i === 0 || busy}
                onClick={() => move(step.id, i - 1)}
              >
                <ArrowUp size={14} aria-hidden />
              </IconButton>
              <IconButton
                label={`Move step ${i + 1} down`}
                disabled={i === steps.length - 1 || busy}
                onClick={() => move(step.id, i + 1)}
              >
                <ArrowDown size={14} aria-hidden />
              </IconButton>
              <IconButton
                label={`Switch step ${i + 1} ${step.enabled ? "off" : "on"}`}
                disabled={busy}
                onClick={() => change.mutate({ id: step.id, enabled: !step.enabled })}
              >
                {step.enabled ? <Eye size={14} aria-hidden /> : <EyeOff size={14} aria-hidden />}
              </IconButton>
              <IconButton
                label={`Remove step ${i + 1}`}
                disabled={busy}
                onClick={() => {
                  if (step.id === chosen) onChoose(null);
                  remove.mutate(step.id);
                }}
              >
                <X size={14} aria-hidden />
              </IconButton>
            </div>
          </li>
        ))}
      </ol>
      <div className="px-2 pb-2">
        <button
          type="button"
          className="btn w-full border-dashed border-line-strong hover:bg-hover"
          aria-pressed={adding}
          onClick={onAdd}
        >
          <Plus size={14} aria-hidden />
          Add a step
        </button>
        {recipe && trained && (
          <p className="px-2 pt-2 text-12 text-ink-2">
            {recipe.is_trained
              ? "The present model was trained with exactly these steps."
              : "The present model was trained with other steps. The next training uses these."}
          </p>
        )}
      </div>
    </section>
  );
}

interface IconButtonProps {
  readonly label: string;
  readonly disabled?: boolean;
  readonly onClick: () => void;
  readonly children: React.ReactNode;
}

function IconButton({ label, disabled = false, onClick, children }: IconButtonProps) {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      disabled={disabled}
      className="flex size-7 items-center justify-center rounded-6 text-ink-2 hover:bg-hover hover:text-ink disabled:opacity-40"
      onClick={onClick}
    >
      {children}
    </button>
  );
}
