import { useParams } from "@tanstack/react-router";
import type { DatasetAccepted } from "../api/types";
import { useOpenAccepted } from "./Samples";
import { UploadCard } from "./UploadCard";

/** Another file for this project; what was decided about the table stays as far as it still fits. */
export function ReplaceFile({ hint }: { hint: string }) {
  const { project } = useParams({ from: "/signed-in/p/$project" });
  const open = useOpenAccepted();
  return (
    <UploadCard<DatasetAccepted>
      compact
      address={(name) =>
        `/api/v1/datasets/upload?filename=${encodeURIComponent(name)}&project=${encodeURIComponent(project)}`
      }
      resumeFor={project}
      hint={hint}
      onDone={open}
    />
  );
}
