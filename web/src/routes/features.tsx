import { StoryPage } from "../components/StoryPage";

/** Features: which columns the model may see, and what became of the rest. */
export function FeaturesPage() {
  return (
    <StoryPage
      stage="feature_engineering"
      title="Features are chosen automatically."
      next={{ id: "model_training", word: "Train" }}
      before={
        <>
          <p>
            Identifiers, constants and empty columns are left out. Dates become parts such as month and
            weekday, texts become lengths and words, and categories with many values become frequencies and
            averages that are computed out of fold.
          </p>
          <p className="mt-2">
            After the first training, this page says which columns were used and which were not.
          </p>
        </>
      }
    />
  );
}
