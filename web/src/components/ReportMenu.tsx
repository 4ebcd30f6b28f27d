import { FileText } from "lucide-react";
import type { Project } from "../api/types";
import { Menu } from "./Menu";

const FORMS = [
  { form: "html", title: "Page", hint: "one file, opens anywhere" },
  { form: "md", title: "Markdown", hint: "for a wiki or a pull request" },
  { form: "json", title: "JSON", hint: "every fact with its formula" },
] as const;

interface ReportMenuProps {
  readonly project: Project;
  readonly className: string;
  /** Words beside the icon; without them the name of the project stands in the label alone. */
  readonly text?: string;
}

/** All stories, charts and lineage of a project as one report, in the form that is wanted. */
export function ReportMenu({ project, className, text }: ReportMenuProps) {
  return (
    <Menu
      label={`Report of ${project.name}`}
      button={
        <>
          <FileText size={15} aria-hidden />
          {text}
        </>
      }
      buttonClass={className}
    >
      {(close) =>
        FORMS.map(({ form, title, hint }) => (
          <a
            key={form}
            className="flex min-h-8 items-baseline gap-2.5 rounded-6 px-2.5 py-1 text-13 hover:bg-hover"
            href={`/api/v1/projects/${project.id}/report?format=${form}${form === "html" ? "" : "&download=true"}`}
            {...(form === "html" ? { target: "_blank", rel: "noreferrer" } : { download: "" })}
            onClick={close}
          >
            {title}
            <span className="ml-auto text-12 text-ink-3">{hint}</span>
          </a>
        ))
      }
    </Menu>
  );
}
