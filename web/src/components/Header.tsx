import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { LoaderCircle, Moon, Search, Sun, SunMoon } from "lucide-react";
import { openJobsQuery } from "../api/queries";
import type { Job, Project } from "../api/types";
import { plural } from "../lib/format";
import { chooseTheme, type ThemeChoice, useThemeChoice } from "../lib/theme";
import { AccountMenu } from "./AccountMenu";
import { Menu, MenuItem } from "./Menu";
import { ProgressBar } from "./Progress";

const TITLES: Record<string, string> = {
  "/": "Projects",
  "/new": "New project",
  "/data": "Data",
  "/models": "Models",
  "/experiments": "Training runs",
  "/operations": "Operations",
};

/** Where one is, what the project asks, and what is open to everybody: search, running work, theme, account. */
export function Header({
  project,
  path,
  onSearch,
}: {
  project: Project | null;
  path: string;
  onSearch: () => void;
}) {
  return (
    <header className="flex min-h-12 items-center gap-3 border-b border-line bg-surface px-5 max-sm:px-4 [@media(min-height:640px)]:sticky [@media(min-height:640px)]:top-0 [@media(min-height:640px)]:z-30">
      <nav aria-label="You are here" className="flex min-w-0 grow items-baseline gap-1.5 text-13">
        {project ? (
          <>
            <Link to="/" className="text-ink-2 hover:text-ink hover:underline max-sm:hidden">
              Projects
            </Link>
            <span aria-hidden className="text-ink-3 max-sm:hidden">
              /
            </span>
            <span className="truncate font-semibold">{project.name}</span>
            <span className="ml-2 min-w-0 truncate text-ink-2 max-lg:hidden">{project.question}</span>
          </>
        ) : (
          <span className="font-semibold">{TITLES[path] ?? "Narrative"}</span>
        )}
      </nav>
      <RunningJobs />
      <button
        type="button"
        className="flex h-8 items-center gap-2 rounded-6 border border-line bg-sunken px-2.5 text-13 text-ink-2 hover:border-line-strong lg:w-60"
        onClick={onSearch}
        aria-label="Search or jump to"
      >
        <Search size={15} aria-hidden />
        <span className="max-lg:hidden">Search or jump to…</span>
        <kbd className="ml-auto rounded-4 border border-line bg-surface px-1.5 font-sans text-11 max-lg:hidden">
          Ctrl K
        </kbd>
      </button>
      <ThemeMenu />
      <AccountMenu />
    </header>
  );
}

const THEMES: readonly { choice: ThemeChoice; word: string; Icon: typeof Sun }[] = [
  { choice: "light", word: "Light", Icon: Sun },
  { choice: "dark", word: "Dark", Icon: Moon },
  { choice: "system", word: "As the system", Icon: SunMoon },
];

const ROUND =
  "flex size-8 shrink-0 items-center justify-center rounded-6 text-ink-2 hover:bg-hover hover:text-ink";

function ThemeMenu() {
  const choice = useThemeChoice();
  const Current = THEMES.find((t) => t.choice === choice)?.Icon ?? SunMoon;
  return (
    <Menu label="Theme" button={<Current size={18} aria-hidden />} buttonClass={ROUND}>
      {(close) =>
        THEMES.map(({ choice: value, word, Icon }) => (
          <MenuItem
            key={value}
            icon={<Icon size={16} aria-hidden />}
            pressed={choice === value}
            onClick={() => {
              chooseTheme(value);
              close();
            }}
          >
            {word}
          </MenuItem>
        ))
      }
    </Menu>
  );
}

const JOB_WORDS: Record<string, string> = {
  "datasets.import": "Reading a file",
  "datasets.reimport": "Reading a file again",
  "datasets.profile": "Profiling",
  "experiments.train": "Training",
  "predictions.batch": "Predicting a file",
  "predictions.forget": "Deleting predictions",
};

export function jobWord(type: string): string {
  return JOB_WORDS[type] ?? type.replaceAll(/[._]/g, " ");
}

/** Work goes on when one leaves a page; here it stays in sight. */
function RunningJobs() {
  const { data: jobs = [] } = useQuery(openJobsQuery);
  if (jobs.length === 0) return null;
  return (
    <Menu
      label={`${plural(jobs.length, "job")} running`}
      button={
        <>
          <LoaderCircle size={16} aria-hidden className="animate-spin motion-reduce:animate-none" />
          <span className="nums text-12 font-medium max-sm:hidden">{plural(jobs.length, "job")}</span>
        </>
      }
      buttonClass="flex h-8 shrink-0 items-center gap-1.5 rounded-6 bg-accent-soft px-2.5 text-accent-text"
    >
      {() => (
        <ul className="w-72 space-y-3 p-2.5">
          {jobs.map((job) => (
            <RunningJob key={job.id} job={job} />
          ))}
        </ul>
      )}
    </Menu>
  );
}

function RunningJob({ job }: { job: Job }) {
  return (
    <li className="text-13">
      <p className="flex justify-between gap-2">
        <span className="font-medium">{jobWord(job.type)}</span>
        <span className="truncate text-ink-2">{job.progress.message || job.state}</span>
      </p>
      <div className="mt-1.5">
        <ProgressBar share={job.progress.share ?? null} label={jobWord(job.type)} slim />
      </div>
    </li>
  );
}
