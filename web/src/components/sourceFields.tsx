import type { ReactNode } from "react";

interface LabelledProps {
  readonly label: string;
  readonly hint?: string;
  readonly children: ReactNode;
}

export function Labelled({ label, hint, children }: LabelledProps) {
  return (
    <div className="text-13">
      {/* biome-ignore lint/a11y/noLabelWithoutControl: the control is what stands inside */}
      <label className="block">
        <span className="font-medium">{label}</span>
        {children}
      </label>
      {hint && <p className="mt-1 text-12 text-ink-2">{hint}</p>}
    </div>
  );
}

/** The two parts of a store's key. */
export function KeyFields({ required, hint }: { required: boolean; hint?: string }) {
  return (
    <div className="text-13">
      <div className="grid grid-cols-2 gap-3 max-sm:grid-cols-1">
        <Labelled label="Key id">
          <input name="key_id" autoComplete="off" className="field mt-1" required={required} />
        </Labelled>
        <Labelled label="Secret of the key">
          <input
            name="secret"
            type="password"
            autoComplete="off"
            className="field mt-1"
            required={required}
          />
        </Labelled>
      </div>
      {hint && <p className="mt-1 text-12 text-ink-2">{hint}</p>}
    </div>
  );
}

export function said(form: FormData, name: string): string {
  return String(form.get(name) ?? "").trim();
}

export function saidOrNull(form: FormData, name: string): string | null {
  return said(form, name) || null;
}

export function keyIn(form: FormData): { key_id: string; secret: string } | null {
  const key = { key_id: said(form, "key_id"), secret: said(form, "secret") };
  return key.key_id || key.secret ? key : null;
}
