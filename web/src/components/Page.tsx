import { type ReactNode, useEffect, useRef } from "react";
import type { Story } from "../api/types";
import { SentenceText } from "./Story";

interface PageProps {
  /** The story whose headline is the title of the page. */
  readonly story?: Story | null | undefined;
  /** The title while there is no story. */
  readonly title: string;
  readonly context?: ReactNode;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A page: one sentence that is true of the data, one line of context, at most one primary button, then the content. */
export function Page({ story, title, context, actions, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const text = story?.headline.text ?? title;
  useEffect(() => {
    document.title = `${text.replace(/\.$/, "")} · Narrative`;
  }, [text]);
  return (
    <div className="flex min-h-full flex-col gap-4 p-5 max-sm:p-4">
      <header className="flex flex-wrap items-end justify-between gap-x-6 gap-y-3">
        <div className="min-w-0 max-w-[62rem]">
          <h1
            ref={heading}
            id="page-title"
            tabIndex={-1}
            className="font-serif text-27 font-semibold max-sm:text-20"
          >
            {story ? <SentenceText sentence={story.headline} facts={story.facts} /> : title}
          </h1>
          {context && <div className="mt-0.5 min-h-[1.375rem] text-14 text-ink-2">{context}</div>}
        </div>
        {actions && <div className="flex flex-wrap items-center gap-2">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

/** Content with a panel on the right, which moves below under 1100 px. */
export function WithPanel({ children, panel }: { children: ReactNode; panel: ReactNode }) {
  return (
    <div className="grid min-h-0 grow grid-cols-[minmax(0,1fr)_340px] items-start gap-4 max-lg:grid-cols-1">
      <div className="flex min-w-0 flex-col gap-4 self-stretch">{children}</div>
      <div className="flex min-w-0 flex-col gap-4 lg:[@media(min-height:800px)]:sticky lg:top-16">
        {panel}
      </div>
    </div>
  );
}
