import { useMutation, useQuery } from "@tanstack/react-query";
import { ClipboardPaste, Cloud, Database, Globe, type LucideIcon } from "lucide-react";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { api } from "../api/client";
import { connectionsQuery } from "../api/sources";
import type { DatasetAccepted } from "../api/types";
import { ErrorNote } from "./ErrorNote";
import { KeyFields, keyIn, Labelled, said, saidOrNull } from "./sourceFields";

type Accept = (form: FormData) => Promise<DatasetAccepted>;

interface Source {
  readonly id: string;
  readonly title: string;
  readonly Icon: LucideIcon;
  readonly submit: string;
  readonly working: string;
  readonly load: Accept;
  readonly Fields: () => ReactNode;
}

const SOURCES: readonly Source[] = [
  {
    id: "text",
    title: "Paste a table",
    Icon: ClipboardPaste,
    submit: "Load the text",
    working: "Loading the text",
    load: (form) => api.post("/api/v1/sources/text", { body: { text: said(form, "text"), project: "new" } }),
    Fields: TextFields,
  },
  {
    id: "url",
    title: "From a web address",
    Icon: Globe,
    submit: "Fetch the file",
    working: "Fetching the file",
    load: (form) => api.post("/api/v1/sources/url", { body: { url: said(form, "url"), project: "new" } }),
    Fields: URLFields,
  },
  {
    id: "query",
    title: "Query a database",
    Icon: Database,
    submit: "Run the query",
    working: "Running the query",
    load: (form) =>
      api.post("/api/v1/sources/query", {
        body: {
          database_url: saidOrNull(form, "database_url"),
          connection: saidOrNull(form, "connection"),
          query: said(form, "query"),
          project: "new",
        },
      }),
    Fields: QueryFields,
  },
  {
    id: "object",
    title: "From an object store",
    Icon: Cloud,
    submit: "Fetch the object",
    working: "Fetching the object",
    load: (form) =>
      api.post("/api/v1/sources/object", {
        body: {
          address: said(form, "address"),
          connection: saidOrNull(form, "connection"),
          endpoint: said(form, "endpoint"),
          region: said(form, "region"),
          key: keyIn(form),
          project: "new",
        },
      }),
    Fields: ObjectFields,
  },
];

/** Tables that are not in a file: a copied one, one on the web, the rows of a query, an object of a store. */
export function SourceForms({ onDone }: { onDone: (accepted: DatasetAccepted) => void }) {
  const [open, setOpen] = useState<string | null>(null);
  const id = useId();
  const chosen = SOURCES.find((source) => source.id === open);
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
      <div id={`${id}-form`}>{chosen && <SourceForm key={chosen.id} source={chosen} onDone={onDone} />}</div>
    </section>
  );
}

interface SourceFormProps {
  readonly source: Source;
  readonly onDone: (accepted: DatasetAccepted) => void;
}

function SourceForm({ source: { title, submit, working, load, Fields }, onDone }: SourceFormProps) {
  const fetching = useMutation({ mutationFn: load, onSuccess: onDone });
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    fetching.mutate(new FormData(event.currentTarget));
  };
  return (
    <form className="card mt-4 space-y-4 p-4" aria-label={title} onSubmit={onSubmit}>
      {fetching.error && <ErrorNote error={fetching.error} />}
      <Fields />
      <button type="submit" className="btn btn-primary" disabled={fetching.isPending}>
        {fetching.isPending ? working : submit}
      </button>
    </form>
  );
}

function TextFields() {
  return (
    <Labelled label="The table as text, one row a line">
      <textarea
        name="text"
        className="field mt-1 min-h-40 font-mono text-12"
        required
        placeholder={"city\tpeople\nOslo\t709000"}
      />
    </Labelled>
  );
}

function URLFields() {
  return (
    <Labelled
      label="Address of the file"
      hint="http or https. It is kept for a refresh, unless it holds a key. Private addresses are refused unless the operator of this server allows them."
    >
      <input
        name="url"
        type="url"
        className="field mt-1"
        required
        placeholder="https://example.org/table.csv"
      />
    </Labelled>
  );
}

function QueryFields() {
  const [connection, setConnection] = useState("");
  return (
    <>
      <ConnectionField kind="query" what="database" value={connection} onChange={setConnection} />
      {connection === "" && (
        <Labelled
          label="Address of the database"
          hint="PostgreSQL, MySQL or MariaDB, with user and password. It is used once and never stored, so a refresh asks for it again and a schedule needs a database that the operator set up by name."
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
      )}
      <Labelled label="Query that reads rows">
        <textarea
          name="query"
          className="field mt-1 min-h-24 font-mono text-12"
          required
          placeholder="SELECT * FROM orders WHERE year = 2026"
        />
      </Labelled>
    </>
  );
}

function ObjectFields() {
  const [connection, setConnection] = useState("");
  return (
    <>
      <Labelled label="Address of the object">
        <input
          name="address"
          className="field mt-1"
          required
          pattern="\s*s3://.+/.+"
          title="s3://, the bucket, a slash and the key"
          placeholder="s3://sales/2026/orders.csv"
        />
      </Labelled>
      <ConnectionField kind="object" what="store" value={connection} onChange={setConnection} />
      {connection === "" && (
        <>
          <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
            <Labelled label="Endpoint" hint="Empty for Amazon S3; any store that speaks like it will do.">
              <input name="endpoint" type="url" className="field mt-1" placeholder="https://s3.example.org" />
            </Labelled>
            <Labelled label="Region" hint="Empty for us-east-1.">
              <input name="region" className="field mt-1" placeholder="eu-central-1" />
            </Labelled>
          </div>
          <KeyFields
            required={false}
            hint="Leave both empty for a public object. A key is used once and never stored, so a refresh asks for it again and a schedule needs a store that the operator set up by name."
          />
        </>
      )}
    </>
  );
}

interface ConnectionFieldProps {
  readonly kind: "query" | "object";
  readonly what: string;
  readonly value: string;
  readonly onChange: (name: string) => void;
}

/** What the operator set up under a name; nothing at all where there is nothing to choose. */
function ConnectionField({ kind, what, value, onChange }: ConnectionFieldProps) {
  const { data } = useQuery(connectionsQuery);
  const names = (data ?? []).filter((item) => item.kind === kind);
  if (names.length === 0) return null;
  return (
    <Labelled label={`Which ${what}`}>
      <select
        name="connection"
        className="field mt-1"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        <option value="">{`Another ${what}, described below`}</option>
        {names.map(({ name }) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
      </select>
    </Labelled>
  );
}
