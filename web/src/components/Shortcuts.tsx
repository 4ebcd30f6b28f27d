import { Dialog } from "./Dialog";

const KEYS: readonly (readonly [string, string])[] = [
  ["Ctrl K", "Search or jump to a project, a stage or a page"],
  ["?", "Show this list"],
  ["Arrow keys", "Move in the table"],
  ["Ctrl + arrow", "To the edge of the table"],
  ["Home, End", "To the first or last column"],
  ["Page Up, Page Down", "One screen up or down"],
  ["Ctrl C", "Copy the cell"],
  ["Esc", "Close what is open"],
];

// biome-ignore lint/style/noDefaultExport: loaded on demand
export default function Shortcuts({ onClose }: { onClose: () => void }) {
  return (
    <Dialog label="Keys" onClose={onClose} className="w-[26rem] max-w-[calc(100vw-2rem)] p-5">
      <h2 className="font-serif text-20 font-semibold">Everything works from the keyboard</h2>
      <dl className="mt-4 grid grid-cols-[auto_1fr] items-baseline gap-x-5 gap-y-2.5 text-13">
        {KEYS.map(([key, what]) => (
          <div key={key} className="contents">
            <dt>
              <kbd className="rounded-4 border border-line-strong bg-sunken px-1.5 py-0.5 font-sans text-12 whitespace-nowrap">
                {key}
              </kbd>
            </dt>
            <dd className="text-ink-2">{what}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="btn btn-secondary mt-5" onClick={onClose}>
        Close
      </button>
    </Dialog>
  );
}
