import { useQuery } from "@tanstack/react-query";
import { suggestionsQuery } from "../../api/training";

/** What is worth trying on this table, and why; the words are the server's. */
export function Suggestions({ project }: { project: string }) {
  const { data: found } = useQuery(suggestionsQuery(project));
  if (!found || found.length === 0) return null;
  return (
    <section className="mt-5 border-t border-line pt-3" aria-label="Worth trying here">
      <h2 className="text-13 font-medium">Worth trying here</h2>
      <ul className="mt-2 grid grid-cols-2 gap-x-6 gap-y-2 max-md:grid-cols-1">
        {found.map(({ name, title, why }) => (
          <li key={name} className="text-13">
            <span className="font-medium">{title}</span>
            <span className="nums block text-12 text-ink-2">{why}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
