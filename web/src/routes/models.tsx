import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Download } from "lucide-react";
import { modelsQuery } from "../api/queries";
import { EmptyState } from "../components/EmptyState";
import { ErrorNote } from "../components/ErrorNote";
import { Page } from "../components/Page";
import { Skeleton } from "../components/Skeleton";
import { Table } from "../components/Table";
import { bytes, dateTime, fullDateTime, score } from "../lib/format";

/** Every version of every model, with the score it earned on rows it never saw. */
export function ModelsPage() {
  const { data: models, error, refetch } = useQuery(modelsQuery);
  const rows = (models ?? []).flatMap((model) => model.versions.map((version) => ({ model, version })));
  return (
    <Page title="Your models" context="Scores are on unseen rows, with what guessing gives beside them.">
      {error && <ErrorNote error={error} onRetry={() => void refetch()} />}
      {models === undefined && !error && <Skeleton label="Loading the models" />}
      {models && rows.length === 0 && (
        <EmptyState
          title="No model yet."
          action={
            <Link to="/" className="btn btn-primary">
              Go to your projects
            </Link>
          }
        >
          <p>A model appears here when a training has finished.</p>
        </EmptyState>
      )}
      {rows.length > 0 && (
        <Table
          label="Models"
          header={[
            "Model",
            "Version",
            "Predicts",
            "Score",
            "95% interval",
            "Baseline",
            "Size",
            "Trained",
            "File",
          ]}
        >
          {rows.map(({ model, version }) => (
            <tr key={version.id}>
              <th scope="row" className="font-semibold">
                <Link
                  to="/p/$project/evaluate/{-$model}"
                  params={{ project: model.project_id }}
                  className="link"
                >
                  {model.name}
                </Link>
                {model.live_version_id === version.id && (
                  <span className="ml-2 text-12 font-medium text-good">live</span>
                )}
              </th>
              <td>{version.number}</td>
              <td>{version.target}</td>
              <td className="font-semibold whitespace-nowrap">{`${version.metric_title} ${score(version.score)}`}</td>
              <td className="whitespace-nowrap">{`${score(version.interval[0])} to ${score(version.interval[1])}`}</td>
              <td>{score(version.baseline_score)}</td>
              <td className="whitespace-nowrap">{bytes(version.size_bytes)}</td>
              <td className="whitespace-nowrap" title={fullDateTime(version.trained_at)}>
                {dateTime(version.trained_at)}
              </td>
              <td>
                <a
                  className="btn btn-quiet"
                  href={`/api/v1/models/${model.id}/versions/${version.id}/bundle`}
                  download
                  aria-label={`Download ${model.name}, version ${version.number}`}
                >
                  <Download size={16} aria-hidden />
                </a>
              </td>
            </tr>
          ))}
        </Table>
      )}
    </Page>
  );
}
