import { useMutation } from "@tanstack/react-query";
import { ClipboardPaste, Database, Globe, type LucideIcon } from "lucide-react";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { api } from "../api/client";
import type { DatasetAccepted } from "../api/types";
import { ErrorNote } from "./ErrorNote";

type Source = "text" | "url" | "query";

const SOURCES: readonly { readonly id: Source; readonly title: string; readonly Icon: LucideIcon }[] = [
  { id: "text", title: "Paste a table", Icon: ClipboardPaste },
  { id: "url", title: "From a web address", Icon: Globe },
  { id: "query", title: "Query a database", Icon: Database },
];

/** Tables that are not in a file: a copied one, one on the web, the rows of a query. */
export function SourceForms({ onDone }: { onDone: (accepted: DatasetAccepted) => void }) {
  const [open, setOpen] = useState<Source | null>(null);
  const id = useId();
  return (
    <section aria-label="Other ways to load a table">
      <div className="flex flex-wrap justify-center gap-2">
        {SOURCES.map(({ id: source, title, Icon }) => (
          <button
            key={source}
            type="button"
            className="btn btn-secondary aria-expanded:border-accent aria-expanded:bg-accent-soft"
            aria-expanded={open === source}
            aria-controls={`${id}-form`}
            onClick={() => setOpen(open === source ? null : source)}
          >
            <Icon size={15} aria-hidden />
            {title}
          </button>
        ))}
      </div>
      <div id={`${id}-form`}>
        {open === "text" && <TextForm onDone={onDone} />}
        {open === "url" && <URLForm onDone={onDone} />}
        {open === "query" && <QueryForm onDone={onDone} />}
      </div>
    </section>
  );
}

interface FormProps {
  readonly onDone: (accepted: DatasetAccepted) => void;
}

function TextForm({ onDone }: FormProps) {
  const load = useMutation({
    mutationFn: (form: FormData) =>
      api.post("/api/v1/sources/text", { body: { text: said(form, "text"), project: "new" } }),
    onSuccess: onDone,
  });
  return (
    <SourceForm title="Load the text" working="Loading the text" load={load}>
      <Labelled label="The table as text, one row a line">
        <textarea
          name="text"
          className="field mt-1 min-h-40 font-mono text-12"
          required
          placeholder={"city\tpeople\nOslo\t709000"}
        />
      </Labelled>
    </SourceForm>
  );
}

function URLForm({ onDone }: FormProps) {
  const load = useMutation({
    mutationFn: (form: FormData) =>
      api.post("/api/v1/sources/url", { body: { url: said(form, "url"), project: "new" } }),
    onSuccess: onDone,
  });
  return (
    <SourceForm title="Fetch the file" working="Fetching the file" load={load}>
      <Labelled
        label="Address of the file"
        hint="http or https. The server fetches it; private addresses are refused unless its operator allows them."
      >
        <input
          name="url"
          type="url"
          className="field mt-1"
          required
          placeholder="https://example.org/table.csv"
        />
      </Labelled>
    </SourceForm>
  );
}

function QueryForm({ onDone }: FormProps) {
  const load = useMutation({
    mutationFn: (form: FormData) =>
      api.post("/api/v1/sources/query", {
        body: { database_url: said(form, "database_url"), query: said(form, "query"), project: "new" },
      }),
    onSuccess: onDone,
  });
  return (
    <SourceForm title="Run the query" working="Running the query" load={load}>
      <Labelled
        label="Address of the PostgreSQL database"
        hint="With user and password. It is used once and never stored."
      >
        <input
          name="database_url"
          type="password"
          autoComplete="off"
          className="field mt-1"
          required
          placeholder="postgresql://reader:password@db.example.org/sales"
        />
      </Labelled>
      <Labelled label="Query that reads rows">
        <textarea
          name="query"
          className="field mt-1 min-h-24 font-mono text-12"
          required
          placeholder="SELECT * FROM orders WHERE year = 2026"
        />
      </Labelled>
    </SourceForm>
  );
}

interface SourceFormProps {
  readonly title: string;
  readonly working: string;
  readonly load: {
    readonly mutate: (form: FormData) => void;
    readonly isPending: boolean;
    readonly error: unknown;
  };
  readonly children: ReactNode;
}

function SourceForm({ title, working, load, children }: SourceFormProps) {
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    load.mutate(new FormData(event.currentTarget));
  };
  return (
    <form className="card mt-4 space-y-4 p-4" onSubmit={onSubmit}>
      {load.error !== null && load.error !== undefined && <ErrorNote error={load.error} />}
      {children}
      <button type="submit" className="btn btn-primary" disabled={load.isPending}>
        {load.isPending ? working : title}
      </button>
    </form>
  );
}

interface LabelledProps {
  readonly label: string;
  readonly hint?: string;
  readonly children: ReactNode;
}

function Labelled({ label, hint, children }: LabelledProps) {
  return (
    <div className="text-13">
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is what stands inside */}
      <label className="block">
        <span className="font-medium">{label}</span>
        {children}
      </label>
      {hint && <p className="mt-1 text-12 text-ink-2">{hint}</p>}
    </div>
  );
}

function said(form: FormData, name: string): string {
  return String(form.get(name) ?? "");
}
