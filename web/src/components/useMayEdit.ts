import { useQuery } from "@tanstack/react-query";
import { sessionQuery } from "../api/queries";

/** Whether who is signed in may change things; the server refuses a viewer in any case. */
export function useMayEdit(): boolean {
  const { data: session } = useQuery(sessionQuery);
  return session !== undefined && session.role !== "viewer";
}
