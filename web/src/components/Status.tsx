import { CircleCheck, CircleHelp, Info, TriangleAlert, Wrench } from "lucide-react";
import type { Severity } from "../api/types";

const WORDS = {
  fix: { word: "Fix", Icon: Wrench, colour: "text-bad" },
  decide: { word: "Decide", Icon: TriangleAlert, colour: "text-warn" },
  good_to_know: { word: "Good to know", Icon: Info, colour: "text-accent-text" },
  fine: { word: "Fine", Icon: CircleCheck, colour: "text-good" },
} as const;

/** Where the page has no button that deals with a finding, its word asks for nothing that cannot be done here. */
const TOLD: Partial<Record<Severity, string>> = { fix: "Important", decide: "Worth a look" };

interface SeverityMarkProps {
  readonly severity: Severity;
  /** Whether something can be done about it on this page. */
  readonly actionable: boolean;
}

/** How urgent a finding is: an icon and a word, never colour alone. */
export function SeverityMark({ severity, actionable }: SeverityMarkProps) {
  const {
    word: asked,
    Icon,
    colour,
  } = WORDS[severity] ?? { word: severity, Icon: CircleHelp, colour: "text-ink-2" };
  const word = actionable ? asked : (TOLD[severity] ?? asked);
  return (
    <span className={`inline-flex items-center gap-1.5 text-12 font-semibold ${colour}`}>
      <Icon size={14} aria-hidden />
      {word}
    </span>
  );
}
