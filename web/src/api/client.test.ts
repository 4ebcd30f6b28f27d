import { afterEach, expect, it, vi } from "vitest";
import { address, api } from "./client";
import { Problem } from "./problem";

afterEach(() => vi.unstubAllGlobals());

function answer(status: number, body: unknown) {
  const fetch = vi.fn(
    async (_address: string, _init: RequestInit) => new Response(JSON.stringify(body), { status }),
  );
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

it("fills and escapes the parameters of an address", () => {
  expect(address("/a/{id}/b", { path: { id: "x/y" }, query: { limit: 5, none: null } })).toBe(
    "/a/x%2Fy/b?limit=5",
  );
});

it("makes a POST one action by a key, except for predictions, which do no harm twice", async () => {
  const fetch = answer(201, { id: "p" });
  await api.post("/api/v1/projects", { body: { dataset_id: "d" } });
  await api.post("/api/v1/models/{model_id}/versions/{version_id}/predict", {
    path: { model_id: "m", version_id: "v" },
    body: { data: [{}], reasons: true, counted: true },
  });
  const keys = fetch.mock.calls.map(
    ([, init]) => (init.headers as Record<string, string>)["Idempotency-Key"],
  );
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
  expect(keys[1]).toBeUndefined();
});

it("throws a refusal as the problem that the server described", async () => {
  answer(404, {
    title: "Not found",
    detail: "There is no such project.",
    code: "project_not_found",
    request_id: "req_1",
  });
  const call = api.get("/api/v1/projects/{project_id}", { path: { project_id: "x" } });
  await expect(call).rejects.toBeInstanceOf(Problem);
  await expect(call).rejects.toMatchObject({
    body: { code: "project_not_found", status: 404, requestId: "req_1" },
  });
});
