import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { projectQuery } from "../../api/queries";
import type { SavedRecipe } from "../../api/savedRecipes";
import { Dialog } from "../Dialog";
import { Tabs } from "../Tabs";
import { ColumnMapping } from "./ColumnMapping";
import { ImportRecipe } from "./ImportRecipe";
import { OwnSteps } from "./OwnSteps";
import { SavedList } from "./SavedList";
import type { Column } from "./StepForm";
import type { Prepare } from "./usePrepare";

const TABS = [
  { id: "saved", title: "Saved recipes" },
  { id: "own", title: "These steps" },
  { id: "import", title: "Import" },
] as const;

interface RecipesDialogProps {
  readonly project: string;
  /** Of the table of this project. */
  readonly columns: readonly Column[];
  readonly prepare: Prepare;
  readonly onClose: () => void;
}

/** Steps beyond this project: recipes of the workspace, these steps as text or under a name, and files of others. */
export function RecipesDialog({ project, columns, prepare, onClose }: RecipesDialogProps) {
  const { data: known } = useQuery(projectQuery(project));
  const [tab, setTab] = useState<(typeof TABS)[number]["id"]>(prepare.recipe?.steps.length ? "own" : "saved");
  const [using, setUsing] = useState<SavedRecipe | null>(null);
  return (
    <Dialog label="Recipes" onClose={onClose} className="min-h-[26rem] w-[44rem] max-w-[calc(100vw-2rem)]">
      <header className="flex items-center justify-between gap-3 px-5 pt-4 pb-2">
        <h2 className="font-serif text-20 font-semibold">Recipes</h2>
        <button type="button" className="btn btn-quiet" onClick={onClose}>
          Close
        </button>
      </header>
      {using ? (
        <ColumnMapping
          project={project}
          version={known?.dataset_version_id ?? null}
          recipe={using}
          columns={columns}
          prepare={prepare}
          onDone={onClose}
          onBack={() => setUsing(null)}
        />
      ) : (
        <Tabs label="Recipes" tabs={TABS} value={tab} onChange={setTab}>
          {tab === "saved" ? (
            <SavedList onUse={setUsing} />
          ) : tab === "own" ? (
            <OwnSteps project={project} dataset={known?.dataset_id ?? ""} prepare={prepare} />
          ) : (
            <ImportRecipe onImported={setUsing} />
          )}
        </Tabs>
      )}
    </Dialog>
  );
}
