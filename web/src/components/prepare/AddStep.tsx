import { useState } from "react";
import type { CatalogStep } from "../../api/preparing";

interface AddStepProps {
  readonly steps: readonly CatalogStep[];
  readonly onChoose: (step: CatalogStep) => void;
  readonly onClose: () => void;
}

/** The catalog of steps, found by name or by what they do. */
export function AddStep({ steps, onChoose, onClose }: AddStepProps) {
  const [search, setSearch] = useState("");
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = steps
    .filter((step) => {
      const text = `${step.title} ${step.sentence} ${step.name}`.toLowerCase();
      return words.every((word) => text.includes(word));
    })
    .toSorted((a, b) => a.title.localeCompare(b.title));
  return (
    <section className="card flex min-w-0 flex-col" aria-label="Add a step">
      <header className="border-b border-line px-4 py-3">
        <div className="flex items-center justify-between">
          <h2 className="text-14 font-semibold">Add a step</h2>
          <button type="button" className="btn btn-quiet" onClick={onClose}>
            Close
          </button>
        </div>
        <input
          type="search"
          className="field mt-2"
          aria-label="Find a step"
          placeholder="Find a step, such as fill, split or date"
          // biome-ignore lint/a11y/noAutofocus: the person just asked for this list
          autoFocus
          value={search}
          onChange={(event) => setSearch(event.target.value)}
          onKeyDown={(event) => event.key === "Escape" && onClose()}
        />
      </header>
      <ul className="max-h-[34rem] divide-y divide-line overflow-y-auto">
        {shown.map((step) => (
          <li key={step.name}>
            <button
              type="button"
              className="w-full px-4 py-2 text-left hover:bg-hover focus-visible:-outline-offset-2"
              onClick={() => onChoose(step)}
            >
              <span className="block text-13 font-medium">{step.title}</span>
              <span className="block text-12 text-ink-2">{step.sentence}</span>
            </button>
          </li>
        ))}
        {shown.length === 0 && <li className="px-4 py-3 text-13 text-ink-2">No step is called that.</li>}
      </ul>
    </section>
  );
}
