import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Stage } from "../api/types";
import { STAGE_ROUTES } from "../lib/stages";
import { EmptyState, LockedStage } from "./EmptyState";
import { Page } from "./Page";
import { Skeleton } from "./Skeleton";
import { SentenceText, StoryPanel } from "./Story";
import { useStage } from "./useStage";
import { useStoryActions } from "./useStoryActions";

interface StoryPageProps {
  readonly stage: "data_preparation" | "feature_engineering";
  readonly title: string;
  /** What is true before the stage has run. */
  readonly before: ReactNode;
  /** What the person decided here, above what happens by itself. */
  readonly decided?: ReactNode;
  readonly next: { readonly id: Stage["id"]; readonly word: string };
}

/** A stage that works by itself for now: what it did with these data, in the words of the server, and nothing to press. */
export function StoryPage({ stage: stageId, title, before, decided, next }: StoryPageProps) {
  const { project, stage, story } = useStage(stageId);
  const actions = useStoryActions(project.id);
  const action = (
    <Link to={STAGE_ROUTES[next.id]} params={{ project: project.id }} className="btn btn-primary">
      Continue to {next.word}
    </Link>
  );
  if (stage.state === "locked") {
    return (
      <Page title={title}>
        <LockedStage project={project} stage={stage} />
      </Page>
    );
  }
  if (story === undefined) {
    return (
      <Page title={title}>
        <Skeleton label="Loading the story" />
      </Page>
    );
  }
  if (story === null) {
    return (
      <Page title={title} actions={action} context={stage.reason ?? undefined}>
        {decided}
        <EmptyState title="This happens by itself, inside training.">{before}</EmptyState>
      </Page>
    );
  }
  return (
    <Page
      story={story}
      title={title}
      actions={action}
      context={stage.reason ?? "Done by itself, fitted on training rows only."}
    >
      {decided}
      <div className="grid grid-cols-[minmax(0,1fr)_340px] items-start gap-4 max-lg:grid-cols-1">
        <section className="card p-5" aria-label="What was done">
          <ol className="space-y-4">
            {story.found.map((sentence, i) => (
              <li key={sentence.text} className="flex gap-3">
                <span
                  aria-hidden
                  className="nums mt-0.5 flex size-6 shrink-0 items-center justify-center rounded-full border border-line-strong text-12 text-ink-2"
                >
                  {i + 1}
                </span>
                <p className="font-serif text-16">
                  <SentenceText sentence={sentence} facts={story.facts} />
                </p>
              </li>
            ))}
          </ol>
        </section>
        <StoryPanel story={{ ...story, found: [] }} actions={actions} />
      </div>
    </Page>
  );
}
