import { RecipeCard } from "../components/Recipe";
import { StoryPage } from "../components/StoryPage";
import { useStage } from "../components/useStage";

/** Prepare: what the automatic preparation does with these columns. */
export function PreparePage() {
  const { id, project } = useStage("data_preparation");
  return (
    <StoryPage
      decided={<RecipeCard project={id} trained={project.model_version_id != null} />}
      stage="data_preparation"
      title="The data are prepared automatically."
      next={{ id: "feature_engineering", word: "Features" }}
      before={
        <>
          <p>
            Gaps, dates, text and categories are turned into numbers a model can read. What is needed for
            that, such as a median or a list of categories, is learned from training rows only, separately in
            every fold, so the test stays honest.
          </p>
          <p className="mt-2">After the first training, this page says column by column what was done.</p>
        </>
      }
    />
  );
}
