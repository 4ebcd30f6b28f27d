import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { api } from "../api/client";
import { datasetsQuery, projectQuery } from "../api/queries";
import { EmptyState } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { Page } from "../components/Page";
import { Skeleton } from "../components/Skeleton";
import { Table } from "../components/Table";
import { bytes, count, dateTime, fullDateTime } from "../lib/format";

/** Every table that was loaded, with what identifies its content. */
export function DataPage() {
  const { data: datasets, error, refetch } = useQuery(datasetsQuery);
  const navigate = useNavigate();
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: (dataset: string) => api.post("/api/v1/projects", { body: { dataset_id: dataset } }),
    onSuccess: (project) => {
      client.setQueryData(projectQuery(project.id).queryKey, project);
      void client.invalidateQueries({ queryKey: ["projects"] });
      void navigate({ to: "/p/$project/profile", params: { project: project.id } });
    },
  });
  return (
    <Page
      title="Your tables"
      context="A table never changes once it is loaded. Its hash stands for its content."
      actions={
        <Link to="/new" className="btn btn-primary">
          <Plus size={16} aria-hidden />
          Load a file
        </Link>
      }
    >
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {start.error && <ErrorNote error={start.error} />}
      {datasets === undefined && !error && <Skeleton label="Loading the tables" />}
      {datasets?.length === 0 && (
        <EmptyState
          title="No table yet."
          action={
            <Link to="/new" className="btn btn-primary">
              Load a file or a sample
            </Link>
          }
        >
          <p>
            Each file that you load appears here, with its size, its content hash and the way it was read.
          </p>
        </EmptyState>
      )}
      {datasets && datasets.length > 0 && (
        <Table label="Tables" header={["Name", "Rows", "Columns", "Size", "Content hash", "Loaded", "Use"]}>
          {datasets.map((dataset) => (
            <tr key={dataset.id}>
              <th scope="row" className="font-semibold">
                {dataset.name}
                <span className="block text-12 font-normal text-ink-2">{dataset.original_filename}</span>
              </th>
              <td>{count(dataset.version?.n_rows)}</td>
              <td>{count(dataset.version?.n_columns)}</td>
              <td>{bytes(dataset.import_report?.size_bytes ?? dataset.version?.size_bytes)}</td>
              <td>
                <code className="font-mono text-12" title={dataset.version?.content_hash}>
                  {dataset.version?.content_hash.slice(0, 12) ?? "–"}
                </code>
              </td>
              <td title={fullDateTime(dataset.created_at)}>{dateTime(dataset.created_at)}</td>
              <td>
                {dataset.state === "ready" ? (
                  <button
                    type="button"
                    className="btn btn-secondary whitespace-nowrap"
                    disabled={start.isPending}
                    aria-label={`New project on ${dataset.name}`}
                    onClick={() => start.mutate(dataset.id)}
                  >
                    New project
                  </button>
                ) : (
                  <span className={dataset.state === "failed" ? "text-bad" : "text-ink-2"}>
                    {dataset.state === "failed" ? (dataset.error?.message ?? "failed") : "being read"}
                  </span>
                )}
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Page>
  );
}
