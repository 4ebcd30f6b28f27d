import type { DatasetAccepted } from "../api/types";
import { Samples, useOpenAccepted } from "../components/Samples";
import { SourceForms } from "../components/SourceForms";
import { UploadCard } from "../components/UploadCard";

/** Load: a file, a copied table or a sample becomes a project. */
export function NewPage() {
  const open = useOpenAccepted();
  return (
    <div className="mx-auto flex w-full max-w-4xl flex-col gap-8 px-5 py-10 max-sm:py-6">
      <header>
        <h1 id="page-title" tabIndex={-1} className="font-serif text-32 font-semibold">
          Which table should be understood?
        </h1>
        <p className="mt-2 text-16 text-ink-2">
          One row per case, one column per thing you know. Encoding, separators, dates and types are found out
          and shown before anything is used.
        </p>
      </header>
      <UploadCard<DatasetAccepted>
        address={(name) => `/api/v1/datasets/upload?filename=${encodeURIComponent(name)}&project=new`}
        onDone={open}
        resumeFor="new"
        pasteName="pasted-table.tsv"
      />
      <SourceForms onDone={open} />
      <section aria-labelledby="samples">
        <h2 id="samples" className="mb-3 text-14 font-semibold">
          No file at hand? Take a sample
        </h2>
        <Samples />
      </section>
    </div>
  );
}
