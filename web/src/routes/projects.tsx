import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { projectsQuery } from "../api/queries";
import { ErrorNote } from "../components/ErrorNote";
import { Page } from "../components/Page";
import { ProjectCard } from "../components/ProjectCard";
import { Samples } from "../components/Samples";
import { Skeleton } from "../components/Skeleton";

/** All projects, each with where it stands and what it waits for. */
export function ProjectsPage() {
  const { data: projects, error, refetch } = useQuery(projectsQuery);
  if (error && projects === undefined) {
    return (
      <Page title="Your projects">
        <ErrorNote error={error} onRetry={() => void refetch()} />
      </Page>
    );
  }
  if (projects === undefined) {
    return (
      <Page title="Your projects">
        <Skeleton label="Loading the projects" />
      </Page>
    );
  }
  if (projects.length === 0) return <FirstProject />;
  return (
    <Page
      title="Your projects"
      context="Work goes on where it was left, in any browser."
      actions={
        <Link to="/new" className="btn btn-primary">
          <Plus size={16} aria-hidden />
          New project
        </Link>
      }
    >
      <ul className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,21rem),1fr))] gap-4">
        {projects.map((project) => (
          <li key={project.id}>
            <ProjectCard project={project} />
          </li>
        ))}
      </ul>
    </Page>
  );
}

function FirstProject() {
  return (
    <div className="mx-auto flex w-full max-w-4xl flex-col gap-8 px-5 py-12 max-sm:py-6">
      <header>
        <h1 id="page-title" tabIndex={-1} className="max-w-2xl font-serif text-32 font-semibold">
          Start with a table and the one column you care about.
        </h1>
        <p className="mt-3 max-w-2xl text-16 text-ink-2">
          Narrative reads it, says what it found, trains and tests models, and serves the best one. Every
          number on the way opens to where it came from, and nothing leaves this machine.
        </p>
        <Link to="/new" className="btn btn-primary mt-5">
          Load a file
        </Link>
      </header>
      <section aria-labelledby="samples">
        <h2 id="samples" className="mb-3 text-14 font-semibold">
          Or look around with a sample
        </h2>
        <Samples />
      </section>
    </div>
  );
}
