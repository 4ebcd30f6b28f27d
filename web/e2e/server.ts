import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/** A real server on a fresh data folder, started the way people start it. */
export interface Server {
  readonly origin: string;
  /** The one-time link of the ready line. */
  readonly link: string;
  readonly stop: () => Promise<void>;
}

const COMMAND = process.env["NARRATIVE_COMMAND"] ?? resolve(import.meta.dirname, "../../.venv/bin/narrative");
const READY = /Narrative is ready: (http:\/\/[^\s]+)/;

export async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "narrative-e2e-"));
  const port = await freePort();
  const child = spawn(COMMAND, ["up", "--no-browser", "--port", String(port), "--data-dir", folder], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const link = await readyLink(child);
  return {
    origin: new URL(link).origin,
    link,
    stop: async () => {
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGTERM");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function readyLink(child: ChildProcess): Promise<string> {
  let out = "";
  let err = "";
  return new Promise((done, fail) => {
    const timer = setTimeout(
      () => fail(new Error(`The server was not ready in 60 s.\n${out}\n${err}`)),
      60_000,
    );
    child.stderr?.on("data", (piece: Buffer) => {
      err = (err + piece.toString()).slice(-4000);
    });
    child.stdout?.on("data", (piece: Buffer) => {
      out += piece.toString();
      const link = READY.exec(out)?.[1];
      if (link === undefined) return;
      clearTimeout(timer);
      done(link);
    });
    child.once("exit", (code) =>
      fail(new Error(`The server ended with ${code} before it was ready.\n${out}\n${err}`)),
    );
  });
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once("error", fail);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address ? done(address.port) : fail(new Error("no port")),
      );
    });
  });
}
