import type { ReactNode } from "react";

interface TableProps {
  readonly label: string;
  readonly header: readonly string[];
  readonly children: ReactNode;
}

/** A plain list of things with columns, which scrolls sideways where the screen is narrow. */
export function Table({ label, header, children }: TableProps) {
  return (
    <section className="card min-w-0 overflow-x-auto" aria-label={label} tabIndex={0}>
      <table className="nums w-full text-13">
        <caption className="sr-only">{label}</caption>
        <thead>
          <tr className="border-b border-line-strong/40 text-left text-12 text-ink-2">
            {header.map((text) => (
              <th key={text} scope="col" className="px-4 py-2 font-medium whitespace-nowrap">
                {text}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="[&>tr]:border-b [&>tr]:border-line [&>tr:last-child]:border-0 [&_td]:px-4 [&_td]:py-2.5 [&_th]:px-4 [&_th]:py-2.5 [&_th]:text-left">
          {children}
        </tbody>
      </table>
    </section>
  );
}
