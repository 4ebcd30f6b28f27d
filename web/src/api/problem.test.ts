import { expect, it } from "vitest";
import { asProblem, problemFrom } from "./problem";

it("keeps what happened, the way on and the request id", () => {
  const problem = problemFrom(422, {
    title: "The input cannot be used",
    detail: "There is no column 'chrun'.",
    code: "target_unknown",
    request_id: "req_1",
    column: "chrun",
    fix: "Did you mean 'churn'?",
    errors: [{ pointer: "/target", detail: "unknown column" }],
    next: [{ title: "Choose another column", action: "choose_target" }],
  });
  expect(problem.message).toBe("There is no column 'chrun'.");
  expect(problem.body.fix).toBe("Did you mean 'churn'?");
  expect(problem.body.requestId).toBe("req_1");
  expect(problem.body.fields.get("target")).toBe("unknown column");
  expect(problem.body.next).toEqual([{ title: "Choose another column", action: "choose_target" }]);
});

it("is honest about an answer that explains nothing", () => {
  expect(problemFrom(502, "<html>").body.title).toBe("The server answered with 502");
  expect(problemFrom(0, null).body.code).toBe("connection_lost");
});

it("reads a failed fetch as a lost connection", () => {
  expect(asProblem(new TypeError("Failed to fetch")).body.code).toBe("connection_lost");
});
