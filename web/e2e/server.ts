import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

/** A real server on a fresh data folder, started the way people start it. */
export interface Server {
  readonly origin: string;
  /** The process of `narrative up`; after a restart another one. */
  readonly pid: number;
  /** A one-time link: the first is that of the ready line, each further one comes from starting a second time. */
  readonly link: () => Promise<string>;
  /** kill -9 of everything at once: supervisor, API, workers and their children, as when the power fails. */
  readonly kill: () => Promise<void>;
  /** kill -9 of the workers and of what they run; the supervisor starts them again. Gives how many there were. */
  readonly killWorkers: () => Promise<number>;
  /** Starts again on the same port and data folder. */
  readonly restart: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

const COMMAND = process.env["NARRATIVE_COMMAND"] ?? resolve(import.meta.dirname, "../../.venv/bin/narrative");
const run = promisify(execFile);
const READY = /Narrative is ready: (http:\/\/[^\s]+)/;

/** `settings`: what an operator sets, such as NARRATIVE_EGRESS_ALLOW. */
export async function startServer(settings: Readonly<Record<string, string>> = {}): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "narrative-e2e-"));
  const port = await freePort();
  const start = () =>
    spawn(COMMAND, ["up", "--no-browser", "--port", String(port), "--data-dir", folder], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...plainEnvironment(), ...settings },
    });
  let child = start();
  const first = await readyLink(child);
  let unused: string | null = first;
  return {
    origin: new URL(first).origin,
    get pid() {
      return child.pid ?? 0;
    },
    link: async () => {
      const link = unused ?? (await furtherLink(folder));
      unused = null;
      return link;
    },
    kill: async () => {
      const ended = new Promise((done) => child.once("exit", done));
      killAll(await descendants(child.pid ?? 0));
      child.kill("SIGKILL");
      await ended;
    },
    killWorkers: async () => {
      const all = await descendants(child.pid ?? 0);
      const workers = all.filter((process) => process.command.includes("narrative.entrypoints.worker"));
      const below = await Promise.all(workers.map((worker) => descendants(worker.pid)));
      killAll([...workers, ...below.flat()]);
      return workers.length;
    },
    restart: async () => {
      child = start();
      await readyLink(child);
    },
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((done) => child.once("exit", done));
        child.kill("SIGTERM");
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** The children of a process, their children, and so on. Sessions do not matter: the members of `up` have their own. */
async function descendants(root: number): Promise<Process[]> {
  const { stdout } = await run("ps", ["-eo", "pid=,ppid=,args="], { maxBuffer: 16_000_000 });
  const all = stdout.split("\n").flatMap((line): Process[] => {
    const found = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line);
    return found === null
      ? []
      : [{ pid: Number(found[1]), parent: Number(found[2]), command: found[3] ?? "" }];
  });
  const below = (parent: number): Process[] =>
    all.filter((p) => p.parent === parent).flatMap((p) => [p, ...below(p.pid)]);
  return below(root);
}

function killAll(processes: readonly Process[]): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      // It may have ended in between; anything else is a fault of the test.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }
}

/** Without the settings of whoever runs the test, and without the switches of the test itself. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("NARRATIVE_")));
}

/** A second start on the same data folder starts nothing and prints a fresh link. */
async function furtherLink(folder: string): Promise<string> {
  const options = { env: plainEnvironment() };
  const { stdout } = await run(COMMAND, ["up", "--no-browser", "--data-dir", folder], options).catch(
    (failed: { stdout?: string }) => ({ stdout: failed.stdout ?? "" }),
  );
  const link = /(http:\/\/[^\s]+\/sign-in[^\s]+)/.exec(stdout)?.[1];
  if (link === undefined) throw new Error(`A second start printed no link: ${stdout}`);
  return link;
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
