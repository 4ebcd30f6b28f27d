import { lazy, Suspense, useState } from "react";
import type { DatasetAccepted } from "../api/types";
import { Samples, useOpenAccepted } from "../components/Samples";
import { Skeleton } from "../components/Skeleton";
import { SourceForms } from "../components/SourceForms";
import { UploadCard } from "../components/UploadCard";

// Most people bring one file.
const SeveralFiles = lazy(async () => ({
  default: (await import("../components/SeveralFiles")).SeveralFiles,
}));

const address = (name: string) => `/api/v1/datasets/upload?filename=${encodeURIComponent(name)}&project=new`;

/** Load: a file, a copied table or a sample becomes a project; several files are offered to be combined. */
export function NewPage() {
  const open = useOpenAccepted();
  const [files, setFiles] = useState<readonly File[]>([]);
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
      {files.length > 0 ? (
        <Suspense fallback={<Skeleton label="Preparing to send the files" />}>
          <SeveralFiles files={files} address={address} onLeave={() => setFiles([])} />
        </Suspense>
      ) : (
        <>
          <UploadCard<DatasetAccepted>
            address={address}
            onDone={open}
            onSeveral={setFiles}
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
        </>
      )}
    </div>
  );
}
