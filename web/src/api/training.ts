/** What the pages of training read: runs of all projects, and what the models of a run can become together. */
import { queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import type { components } from "./schema";

export type CatalogCandidate = components["schemas"]["CatalogCandidate"];
export type Ensemble = components["schemas"]["Ensemble"];
export type EnsembleChoices = components["schemas"]["EnsembleChoices"];
export type EnsembleComparison = components["schemas"]["EnsembleComparison"];
export type EnsembleConfig = components["schemas"]["EnsembleConfig"];
export type ExperimentLine = components["schemas"]["ExperimentLine"];
export type ExperimentComparison = components["schemas"]["ExperimentComparison"];

export const ensemblesQuery = (experiment: string) =>
  queryOptions({
    queryKey: ["ensembles", experiment],
    queryFn: () =>
      api.get("/api/v1/experiments/{experiment_id}/ensembles", { path: { experiment_id: experiment } }),
  });

export const experimentsQuery = queryOptions({
  queryKey: ["experiments"],
  queryFn: async () => (await api.get("/api/v1/experiments", { query: { limit: 200 } })).items,
});

export const comparisonQuery = (job: string | null) =>
  queryOptions({
    queryKey: ["experiments", "compare", job ?? ""],
    queryFn: () => api.get("/api/v1/experiments/compare/{job_id}", { path: { job_id: job ?? "" } }),
    enabled: job !== null,
  });

export const suggestionsQuery = (project: string) =>
  queryOptions({
    queryKey: ["suggestions", project],
    queryFn: async () =>
      (
        await api.get("/api/v1/projects/{project_id}/experiments/suggestions", {
          path: { project_id: project },
        })
      ).items,
  });

/** Scores that may rank models. */
export const metricsQuery = queryOptions({
  queryKey: ["catalog", "metrics"],
  queryFn: async () => (await api.get("/api/v1/catalog/metrics")).items,
  staleTime: Number.POSITIVE_INFINITY,
});

/** The columns of the present version of a table. */
export const schemaQuery = (dataset: string | null) =>
  queryOptions({
    queryKey: ["dataset", dataset ?? "", "schema"],
    queryFn: () => api.get("/api/v1/datasets/{dataset_id}/schema", { path: { dataset_id: dataset ?? "" } }),
    enabled: dataset !== null,
  });
