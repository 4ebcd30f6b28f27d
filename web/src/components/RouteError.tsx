import { Link } from "@tanstack/react-router";
import { Problem } from "../api/problem";
import { ErrorNote } from "./ErrorNote";

/** A page that could not be shown, with what happened and a way on. */
export function RouteError({ error }: { error: unknown }) {
  if (error instanceof Problem && error.body.status === 404) return <NotFoundPage />;
  return (
    <div className="mx-auto w-full max-w-2xl p-6">
      <h1 id="page-title" tabIndex={-1} className="mb-4 font-serif text-27 font-semibold">
        This page cannot be shown.
      </h1>
      <ErrorNote error={error} onRetry={() => window.location.reload()} retryText="Load the page again">
        <Link to="/" className="btn btn-quiet">
          All projects
        </Link>
      </ErrorNote>
    </div>
  );
}

export function NotFoundPage() {
  return (
    <div className="mx-auto w-full max-w-2xl p-6">
      <h1 id="page-title" tabIndex={-1} className="font-serif text-27 font-semibold">
        There is nothing at this address.
      </h1>
      <p className="mt-2 text-ink-2">
        The address may have a typing error, what it named may have been deleted, or it belongs to a workspace
        that you are not a member of.
      </p>
      <Link to="/" className="btn btn-primary mt-5">
        All projects
      </Link>
    </div>
  );
}
