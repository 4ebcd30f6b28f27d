import type { ReactNode } from "react";
import type { ChartStory } from "../api/types";
import { SentenceText } from "../components/Story";

interface Told {
  readonly headline?: ReactNode;
  readonly sentence: ReactNode;
}

/** The finding and the sentence of a chart as the server wrote them; `plain` explains the chart where it wrote none. */
export function told(chart: ChartStory | null | undefined, plain: ReactNode): Told {
  const facts = chart?.facts ?? [];
  return {
    ...(chart?.headline ? { headline: <SentenceText sentence={chart.headline} facts={facts} /> } : {}),
    sentence: (
      <>
        {chart?.sentence && (
          <>
            <SentenceText sentence={chart.sentence} facts={facts} />{" "}
          </>
        )}
        {plain}
      </>
    ),
  };
}
