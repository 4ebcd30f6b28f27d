/** Every address of the page. Each page is a file of its own, loaded when it is first opened. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from "@tanstack/react-router";
import { Problem } from "./api/problem";
import { projectsQuery, queryClient, sessionQuery } from "./api/queries";
import { AppShell } from "./components/AppShell";
import { NotFoundPage, RouteError } from "./components/RouteError";
import { lastProject, SHORT_ROUTES, STAGE_ROUTES } from "./lib/stages";

const root = createRootRoute({ notFoundComponent: NotFoundPage, errorComponent: RouteError });

const login = createRoute({
  getParentRoute: () => root,
  path: "/login",
  component: lazyRouteComponent(() => import("./routes/login"), "LoginPage"),
});

/** Everything but /login needs a session; who has none is told how to get one. */
const signedIn = createRoute({
  getParentRoute: () => root,
  id: "signed-in",
  component: AppShell,
  errorComponent: RouteError,
  notFoundComponent: NotFoundPage,
  beforeLoad: async () => {
    try {
      await queryClient.ensureQueryData(sessionQuery);
    } catch (error) {
      if (error instanceof Problem && error.body.status === 401) throw redirect({ to: "/login" });
      throw error;
    }
  },
});

const projects = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  component: lazyRouteComponent(() => import("./routes/projects"), "ProjectsPage"),
});

const create = createRoute({
  getParentRoute: () => signedIn,
  path: "/new",
  component: lazyRouteComponent(() => import("./routes/new"), "NewPage"),
});

const data = createRoute({
  getParentRoute: () => signedIn,
  path: "/data",
  component: lazyRouteComponent(() => import("./routes/data"), "DataPage"),
});

const models = createRoute({
  getParentRoute: () => signedIn,
  path: "/models",
  component: lazyRouteComponent(() => import("./routes/models"), "ModelsPage"),
});

const experiments = createRoute({
  getParentRoute: () => signedIn,
  path: "/experiments",
  component: lazyRouteComponent(() => import("./routes/experiments"), "ExperimentsPage"),
});

const operations = createRoute({
  getParentRoute: () => signedIn,
  path: "/operations",
  component: lazyRouteComponent(() => import("./routes/operations"), "OperationsPage"),
});

const project = createRoute({
  getParentRoute: () => signedIn,
  path: "/p/$project",
  component: lazyRouteComponent(() => import("./routes/project"), "ProjectLayout"),
});

const projectHome = createRoute({
  getParentRoute: () => project,
  path: "/",
  beforeLoad: ({ params }) => {
    throw redirect({ to: STAGE_ROUTES.data_loading, params, replace: true });
  },
});

const load = createRoute({
  getParentRoute: () => project,
  path: "load",
  component: lazyRouteComponent(() => import("./routes/load"), "LoadPage"),
});

const profile = createRoute({
  getParentRoute: () => project,
  path: "profile",
  // The page looks at what they hold: this file is part of every page and has to stay small.
  validateSearch: (search: Record<string, unknown>) =>
    search as { col?: string; tab?: string; filter?: unknown; sort?: string },
  component: lazyRouteComponent(() => import("./routes/profile"), "ProfilePage"),
});

const explore = createRoute({
  getParentRoute: () => project,
  path: "explore",
  validateSearch: (search: Record<string, unknown>) => search as { tab?: string },
  component: lazyRouteComponent(() => import("./routes/explore"), "ExplorePage"),
});

const prepare = createRoute({
  getParentRoute: () => project,
  path: "prepare",
  // Which step is looked at, and which rows.
  validateSearch: (search: Record<string, unknown>) =>
    search as { step?: string | undefined; only?: "changed" | "dropped" | undefined },
  component: lazyRouteComponent(() => import("./routes/prepare"), "PreparePage"),
});

const lineage = createRoute({
  getParentRoute: () => project,
  path: "lineage",
  validateSearch: (search: Record<string, unknown>) =>
    search as { node?: string | undefined; view?: "table" | undefined },
  component: lazyRouteComponent(() => import("./routes/lineage"), "LineagePage"),
});

const features = createRoute({
  getParentRoute: () => project,
  path: "features",
  validateSearch: (search: Record<string, unknown>) => search as { tab?: string },
  component: lazyRouteComponent(() => import("./routes/features"), "FeaturesPage"),
});

const train = createRoute({
  getParentRoute: () => project,
  path: "train",
  validateSearch: (search: Record<string, unknown>): { budget?: number } => {
    const budget = Number(search["budget"]);
    return search["budget"] !== undefined && budget > 0 ? { budget } : {};
  },
  component: lazyRouteComponent(() => import("./routes/train"), "TrainPage"),
});

export const EVALUATE_TABS = ["summary", "curves", "drivers", "candidates"] as const;
export type EvaluateTab = (typeof EVALUATE_TABS)[number];

const evaluate = createRoute({
  getParentRoute: () => project,
  path: "evaluate/{-$model}",
  validateSearch: (search: Record<string, unknown>): { tab?: EvaluateTab; threshold?: number } => {
    const tab = EVALUATE_TABS.find((t) => t === search["tab"]);
    const threshold = Number(search["threshold"]);
    return {
      ...(tab && tab !== "summary" ? { tab } : {}),
      ...(search["threshold"] !== undefined && threshold >= 0 && threshold <= 1 ? { threshold } : {}),
    };
  },
  component: lazyRouteComponent(() => import("./routes/evaluate"), "EvaluatePage"),
});

const predict = createRoute({
  getParentRoute: () => project,
  path: "predict/{-$model}",
  validateSearch: (search: Record<string, unknown>): { tab?: "batch" } =>
    search["tab"] === "batch" ? { tab: "batch" } : {},
  component: lazyRouteComponent(() => import("./routes/predict"), "PredictPage"),
});

const deploy = createRoute({
  getParentRoute: () => project,
  path: "deploy",
  component: lazyRouteComponent(() => import("./routes/deploy"), "DeployPage"),
});

/** The short stage addresses lead to that stage of the last opened project. */
const short = (Object.keys(SHORT_ROUTES) as (keyof typeof SHORT_ROUTES)[]).map((path) =>
  createRoute({
    getParentRoute: () => signedIn,
    path,
    beforeLoad: async () => {
      const all = await queryClient.fetchQuery(projectsQuery);
      const id = all.find((p) => p.id === lastProject())?.id ?? all[0]?.id;
      if (id === undefined) throw redirect({ to: "/new" });
      throw redirect({ to: STAGE_ROUTES[SHORT_ROUTES[path]], params: { project: id }, replace: true });
    },
  }),
);

const routeTree = root.addChildren([
  login,
  signedIn.addChildren([
    projects,
    create,
    data,
    models,
    experiments,
    operations,
    project.addChildren([
      projectHome,
      load,
      profile,
      explore,
      prepare,
      lineage,
      features,
      train,
      evaluate,
      predict,
      deploy,
    ]),
    ...short,
  ]),
]);

export const router = createRouter({ routeTree, defaultPreload: "intent", scrollRestoration: false });

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
