import { type ReactNode, useId, useRef } from "react";

interface MenuProps {
  readonly label: string;
  readonly button: ReactNode;
  readonly buttonClass: string;
  readonly children: (close: () => void) => ReactNode;
}

/** A button that opens a small panel under it. Escape, a click outside and choosing something close it. */
export function Menu({ label, button, buttonClass, children }: MenuProps) {
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={opener}
        type="button"
        className={buttonClass}
        aria-label={label}
        title={label}
        popoverTarget={id}
      >
        {button}
      </button>
      <div
        ref={panel}
        id={id}
        popover="auto"
        className="min-w-52 rounded-10 border border-line-strong bg-surface p-1.5 shadow-raised"
        onBeforeToggle={(event) => {
          if (event.newState !== "open" || opener.current === null || panel.current === null) return;
          const box = opener.current.getBoundingClientRect();
          panel.current.style.position = "fixed";
          panel.current.style.inset = `${box.bottom + 6}px ${Math.max(8, window.innerWidth - box.right)}px auto auto`;
        }}
      >
        {children(() => panel.current?.hidePopover())}
      </div>
    </>
  );
}

interface MenuItemProps {
  readonly icon?: ReactNode;
  readonly pressed?: boolean;
  readonly onClick: () => void;
  readonly children: ReactNode;
}

export function MenuItem({ icon, pressed, onClick, children }: MenuItemProps) {
  return (
    <button
      type="button"
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
      className="flex min-h-8 w-full items-center gap-2.5 rounded-6 px-2.5 py-1 text-left text-13 hover:bg-hover aria-pressed:bg-accent-soft aria-pressed:text-accent-text"
      onClick={onClick}
    >
      {icon}
      {children}
    </button>
  );
}
