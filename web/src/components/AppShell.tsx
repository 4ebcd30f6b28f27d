import { useQuery } from "@tanstack/react-query";
import { Link, Outlet, useParams, useRouterState } from "@tanstack/react-router";
import { Activity, Boxes, Database, FolderKanban, Keyboard } from "lucide-react";
import { lazy, Suspense, useEffect, useRef, useState } from "react";
import { projectQuery } from "../api/queries";
import { ConnectionNote } from "./ConnectionNote";
import { FactCardHost } from "./FactCard";
import { Header } from "./Header";

const CommandMenu = lazy(() => import("./CommandMenu"));
const Shortcuts = lazy(() => import("./Shortcuts"));

const RAIL = [
  {
    to: "/",
    word: "Projects",
    Icon: FolderKanban,
    inside: (path: string) => path === "/" || path === "/new" || path.startsWith("/p/"),
  },
  { to: "/data", word: "Data", Icon: Database, inside: (path: string) => path.startsWith("/data") },
  { to: "/models", word: "Models", Icon: Boxes, inside: (path: string) => path.startsWith("/models") },
  {
    to: "/operations",
    word: "Operations",
    Icon: Activity,
    inside: (path: string) => path.startsWith("/operations"),
  },
] as const;

/** The frame of every page: rail, header, what is open above the page, and the page. */
export function AppShell() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const params = useParams({ strict: false });
  const projectId = params.project ?? null;
  const { data: project } = useQuery({ ...projectQuery(projectId ?? ""), enabled: projectId !== null });
  const [dialog, setDialog] = useState<"search" | "shortcuts" | null>(null);
  useFocusOnNavigation(path);
  useShortcut((event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") return setDialog("search");
    if (event.key === "?" && !isTyping(event)) return setDialog("shortcuts");
    return false;
  });
  return (
    <FactCardHost>
      <a
        href="#main"
        className="fixed top-2 left-2 z-50 -translate-y-20 rounded-6 bg-accent px-3 py-2 text-accent-ink focus:translate-y-0"
      >
        Skip to the page
      </a>
      <div className="flex min-h-dvh max-md:pb-16">
        <Rail path={path} onHelp={() => setDialog("shortcuts")} />
        <div className="flex min-w-0 grow flex-col md:border-l md:border-line">
          <Header project={project ?? null} path={path} onSearch={() => setDialog("search")} />
          <ConnectionNote />
          <main id="main" className="relative flex min-w-0 grow flex-col overflow-y-clip">
            <Outlet />
          </main>
        </div>
      </div>
      <Suspense>
        {dialog === "search" && <CommandMenu project={project ?? null} onClose={() => setDialog(null)} />}
        {dialog === "shortcuts" && <Shortcuts onClose={() => setDialog(null)} />}
      </Suspense>
    </FactCardHost>
  );
}

function Rail({ path, onHelp }: { path: string; onHelp: () => void }) {
  const item =
    "flex flex-col items-center justify-center gap-1 rounded-6 px-0.5 py-1.5 text-11 font-medium text-ink-2 hover:bg-hover hover:text-ink max-md:min-w-16";
  return (
    <nav
      aria-label="Main"
      className="z-30 flex w-[68px] shrink-0 flex-col bg-canvas px-1 py-2 max-md:fixed max-md:inset-x-0 max-md:bottom-0 max-md:h-16 max-md:w-full max-md:flex-row max-md:justify-around max-md:border-t max-md:border-line max-md:py-1 md:sticky md:top-0 md:h-dvh"
    >
      <Link to="/" aria-label="Narrative, all projects" className="mx-auto mb-4 rounded-10 max-md:hidden">
        <Logo />
      </Link>
      <ul className="contents md:block md:space-y-1">
        {RAIL.map(({ to, word, Icon, inside }) => (
          <li key={to}>
            <Link
              to={to}
              aria-current={inside(path) ? "page" : undefined}
              className={`${item} aria-[current=page]:bg-surface aria-[current=page]:font-semibold aria-[current=page]:text-ink aria-[current=page]:shadow-soft`}
            >
              <Icon size={18} aria-hidden />
              {word}
            </Link>
          </li>
        ))}
      </ul>
      <button type="button" className={`${item} mt-auto max-md:hidden`} onClick={onHelp}>
        <Keyboard size={18} aria-hidden />
        Keys
      </button>
    </nav>
  );
}

export function Logo() {
  return (
    <svg width={36} height={36} viewBox="0 0 32 32" aria-hidden="true">
      <rect width={32} height={32} rx={9} fill="var(--ink)" />
      <path d="M9 22V10h2.6l5.6 7.8V10h2.6v12h-2.6l-5.6-7.8V22z" fill="var(--surface)" />
      <circle cx={23.6} cy={20.6} r={1.7} fill="var(--series-2)" />
    </svg>
  );
}

/** A new page takes the focus to its title, so that a screen reader says where one is. */
function useFocusOnNavigation(path: string): void {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    window.scrollTo(0, 0);
    const timer = setTimeout(() => document.getElementById("page-title")?.focus({ preventScroll: true }), 50);
    return () => clearTimeout(timer);
  }, [path]);
}

function useShortcut(handle: (event: KeyboardEvent) => unknown): void {
  const current = useRef(handle);
  current.current = handle;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (current.current(event) !== false) event.preventDefault();
    };
    window.addEventListener("keydown", listen);
    return () => window.removeEventListener("keydown", listen);
  }, []);
}

function isTyping(event: KeyboardEvent): boolean {
  const target = event.target;
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
