/** What the page reads from the server, under which key, and how fresh it has to be. */
import { QueryClient, queryOptions } from "@tanstack/react-query";
import { api } from "./client";
import { Problem } from "./problem";
import type { Stage } from "./types";

export const queryClient = new QueryClient({
  defaultOptions: {
    // Without a network the server may still be there: it often runs on this very machine.
    mutations: { networkMode: "always" },
    queries: {
      networkMode: "always",
      staleTime: 2_000,
      // A refusal stays a refusal; a lost connection is tried again.
      retry: (failures, error) => failures < 3 && (!(error instanceof Problem) || error.body.status >= 502),
      retryDelay: (attempt) => Math.min(8000, 500 * 2 ** attempt),
      refetchOnWindowFocus: true,
    },
  },
});

export const sessionQuery = queryOptions({
  queryKey: ["session"],
  queryFn: () => api.get("/api/v1/auth/session"),
  staleTime: 60_000,
});

export const samplesQuery = queryOptions({
  queryKey: ["samples"],
  queryFn: async () => (await api.get("/api/v1/catalog/samples")).items,
  staleTime: Number.POSITIVE_INFINITY,
});

export const candidatesQuery = queryOptions({
  queryKey: ["catalog", "candidates"],
  queryFn: async () => (await api.get("/api/v1/catalog/candidates")).items,
  staleTime: Number.POSITIVE_INFINITY,
});

export const projectsQuery = queryOptions({
  queryKey: ["projects"],
  queryFn: async () => (await api.get("/api/v1/projects", { query: { limit: 500 } })).items,
});

export const projectQuery = (id: string) =>
  queryOptions({
    queryKey: ["project", id],
    queryFn: () => api.get("/api/v1/projects/{project_id}", { path: { project_id: id } }),
  });

export const recipeQuery = (project: string) =>
  queryOptions({
    queryKey: ["recipe", project],
    queryFn: () => api.get("/api/v1/projects/{project_id}/recipe", { path: { project_id: project } }),
  });

export const jobQuery = (id: string | null) =>
  queryOptions({
    queryKey: ["job", id ?? ""],
    queryFn: () => api.get("/api/v1/jobs/{job_id}", { path: { job_id: id ?? "" } }),
    enabled: id !== null,
  });

export const jobsQuery = queryOptions({
  queryKey: ["jobs"],
  queryFn: async () => (await api.get("/api/v1/jobs", { query: { limit: 50 } })).items,
});

export const openJobsQuery = queryOptions({
  queryKey: ["jobs", "open"],
  queryFn: async () => (await api.get("/api/v1/jobs", { query: { state: "open", limit: 50 } })).items,
  refetchInterval: 10_000,
});

export const datasetsQuery = queryOptions({
  queryKey: ["datasets"],
  queryFn: async () => (await api.get("/api/v1/datasets", { query: { limit: 500 } })).items,
});

export const datasetQuery = (id: string | null) =>
  queryOptions({
    queryKey: ["dataset", id ?? ""],
    queryFn: () => api.get("/api/v1/datasets/{dataset_id}", { path: { dataset_id: id ?? "" } }),
    enabled: id !== null,
  });

/** The story of a stage; null before the stage has run. */
export const storyQuery = (project: string, stage: Stage["id"]) =>
  queryOptions({
    queryKey: ["story", project, stage],
    queryFn: async () => {
      try {
        return await api.get("/api/v1/projects/{project_id}/stories/{stage_id}", {
          path: { project_id: project, stage_id: stage },
        });
      } catch (error) {
        if (error instanceof Problem && error.body.code === "story_not_ready") return null;
        throw error;
      }
    },
  });

export const experimentQuery = (id: string | null) =>
  queryOptions({
    queryKey: ["experiment", id ?? ""],
    queryFn: () => api.get("/api/v1/experiments/{experiment_id}", { path: { experiment_id: id ?? "" } }),
    enabled: id !== null,
  });

export const modelsQuery = queryOptions({
  queryKey: ["models"],
  queryFn: async () => (await api.get("/api/v1/models", { query: { limit: 500 } })).items,
});

export const modelQuery = (id: string | null) =>
  queryOptions({
    queryKey: ["model", id ?? ""],
    queryFn: () => api.get("/api/v1/models/{model_id}", { path: { model_id: id ?? "" } }),
    enabled: id !== null,
  });

export const versionQuery = (model: string | null, version: string | null) =>
  queryOptions({
    queryKey: ["version", model ?? "", version ?? ""],
    queryFn: () =>
      api.get("/api/v1/models/{model_id}/versions/{version_id}", {
        path: { model_id: model ?? "", version_id: version ?? "" },
      }),
    enabled: model !== null && version !== null,
    staleTime: 60_000, // Only the decision about a version ever changes.
  });

export const deploymentsQuery = (project: string) =>
  queryOptions({
    queryKey: ["deployments", project],
    queryFn: async () =>
      (await api.get("/api/v1/deployments", { query: { project_id: project, limit: 50 } })).items,
  });

export const keysQuery = queryOptions({
  queryKey: ["keys"],
  queryFn: async () => (await api.get("/api/v1/production/api-keys", { query: { limit: 100 } })).items,
});

export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: () => api.get("/health"),
  refetchInterval: 30_000,
});
