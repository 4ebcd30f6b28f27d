import { Logo } from "../components/AppShell";
import { CopyField } from "../components/CopyField";

/** For who has no session: there is no form, because there is no password. A link from the terminal signs in. */
export function LoginPage() {
  return (
    <main className="mx-auto flex min-h-dvh max-w-xl flex-col justify-center p-6">
      <Logo />
      <h1 id="page-title" tabIndex={-1} className="mt-6 font-serif text-32 font-semibold">
        Open a sign-in link to continue.
      </h1>
      <p className="mt-3 text-16 text-ink-2">
        Narrative has no passwords. Each start prints a link that signs you in once; the browser then stays
        signed in for 30 days.
      </p>
      <ol className="mt-6 list-decimal space-y-4 pl-5">
        <li>
          <p>
            On the machine that runs Narrative, find the line that starts with “Narrative is ready” and open
            the address in it.
          </p>
        </li>
        <li>
          <p className="mb-2">If it was used already, stop Narrative and start it again for a new link:</p>
          <CopyField text="narrative up" what="the start command" />
        </li>
        <li>
          <p>If you are signed in in another browser, its account menu can make a link for this one.</p>
        </li>
      </ol>
    </main>
  );
}
