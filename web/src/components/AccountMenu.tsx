import { useMutation, useQuery } from "@tanstack/react-query";
import { LogOut, MonitorSmartphone } from "lucide-react";
import { api } from "../api/client";
import { sessionQuery } from "../api/queries";
import { dateTime } from "../lib/format";
import { CopyField } from "./CopyField";
import { Dialog } from "./Dialog";
import { ErrorNote } from "./ErrorNote";
import { Menu, MenuItem } from "./Menu";

/** Who is signed in, a link for another browser, and the way out. */
export function AccountMenu() {
  const { data: session } = useQuery(sessionQuery);
  const signOut = useMutation({
    mutationFn: () => api.post("/api/v1/auth/sign-out"),
    onSuccess: () => window.location.assign("/login"),
  });
  const link = useMutation({ mutationFn: () => api.post("/api/v1/auth/links") });
  const name = session?.user.name ?? "";
  const initials = name
    .split(/\s+/)
    .map((word) => word[0] ?? "")
    .join("")
    .slice(0, 2)
    .toUpperCase();
  return (
    <>
      {(link.data || link.error) && (
        <Dialog
          label="Link for another browser"
          onClose={link.reset}
          className="w-[34rem] max-w-[calc(100vw-2rem)] p-5"
        >
          <h2 className="font-serif text-20 font-semibold">Open this in the other browser.</h2>
          {link.error && <ErrorNote error={link.error} onRetry={() => link.mutate()} />}
          {link.data && (
            <>
              <p className="mt-1 mb-3 text-13 text-ink-2">
                It signs in once, as you, until {dateTime(link.data.expires_at)}.
              </p>
              <CopyField text={`${location.origin}${link.data.address}`} what="sign-in link" />
            </>
          )}
          <button type="button" className="btn btn-secondary mt-4" onClick={() => link.reset()}>
            Close
          </button>
        </Dialog>
      )}
      <Menu
        label={`Account: ${name}`}
        button={initials || "–"}
        buttonClass="flex size-8 shrink-0 items-center justify-center rounded-full bg-accent-soft text-12 font-semibold text-accent-text"
      >
        {(close) => (
          <>
            <p className="px-2.5 pt-1 text-13 font-semibold">{name}</p>
            <p className="border-b border-line px-2.5 pb-2 text-12 text-ink-2">
              {session?.workspace.name}, {session?.role}
            </p>
            <div className="pt-1.5">
              <MenuItem
                icon={<MonitorSmartphone size={16} aria-hidden />}
                onClick={() => {
                  close();
                  link.mutate();
                }}
              >
                Link for another browser
              </MenuItem>
              <MenuItem icon={<LogOut size={16} aria-hidden />} onClick={() => signOut.mutate()}>
                Sign out
              </MenuItem>
            </div>
          </>
        )}
      </Menu>
    </>
  );
}
