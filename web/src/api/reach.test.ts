import { act, renderHook } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import { api } from "./client";
import { noteReach, useReach } from "./reach";

afterEach(() => {
  vi.unstubAllGlobals();
  noteReach("answers");
});

async function reachAfter(fetched: () => Promise<Response>): Promise<string> {
  vi.stubGlobal("fetch", vi.fn(fetched));
  const { result } = renderHook(useReach);
  await act(async () => {
    await Promise.allSettled([api.get("/health")]);
  });
  return result.current;
}

it("knows a server that does not answer from one that refuses", async () => {
  expect(await reachAfter(() => Promise.reject(new TypeError("Failed to fetch")))).toBe("silent");
  expect(await reachAfter(() => Promise.resolve(new Response("{}", { status: 503 })))).toBe("answers");
});

it("takes a gateway with nothing behind it for a silent server", async () => {
  expect(await reachAfter(() => Promise.resolve(new Response("", { status: 502 })))).toBe("silent");
  expect(await reachAfter(() => Promise.resolve(Response.json({})))).toBe("answers");
});

it("concludes nothing from a call that the page gave up itself", async () => {
  expect(await reachAfter(() => Promise.reject(new DOMException("gone", "AbortError")))).toBe("answers");
});
