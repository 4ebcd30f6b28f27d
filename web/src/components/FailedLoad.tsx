import { problemFromJob } from "../api/problem";
import type { Dataset } from "../api/types";
import { ErrorNote } from "./ErrorNote";
import { ReadingBar } from "./ReadingBar";
import { ReadingSettings } from "./ReadingSettings";
import { ReplaceFile } from "./ReplaceFile";
import type { Reading } from "./useReading";

/** A file that gave no table: what happened and where; then another file for this project, or the same read otherwise. */
export function FailedLoad({ dataset, reading }: { dataset: Dataset; reading: Reading }) {
  return (
    <>
      <ErrorNote error={problemFromJob(dataset.error, "This file cannot be read as a table")} />
      <section aria-labelledby="replace-file">
        <h2 id="replace-file" className="mb-2 text-14 font-semibold">
          Load another file into this project
        </h2>
        <ReplaceFile hint="It takes the place of the file that could not be read." />
      </section>
      <section aria-labelledby="read-otherwise">
        <h2 id="read-otherwise" className="mb-2 text-14 font-semibold">
          Or read the same file differently
        </h2>
        <ReadingSettings report={null} reading={reading} />
      </section>
      <ReadingBar reading={reading} combined={false} />
    </>
  );
}
