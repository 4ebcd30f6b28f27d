interface FieldProps {
  readonly title: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly onChange: (value: string) => void;
}

/** A short text or number under its name. */
export function Field({ title, value, placeholder, onChange }: FieldProps) {
  return (
    <label className="block text-13">
      <span className="font-medium">{title}</span>
      <input
        className="field nums mt-1"
        inputMode="decimal"
        value={value}
        placeholder={placeholder}
        onChange={(event) => onChange(event.target.value.trim())}
      />
    </label>
  );
}

interface SelectProps<T extends string> {
  readonly title: string;
  readonly words: Readonly<Record<T, string>>;
  readonly value: T;
  readonly onChange: (value: T) => void;
}

/** One of few things, each in words. */
export function Select<T extends string>({ title, words, value, onChange }: SelectProps<T>) {
  return (
    <label className="block text-13">
      <span className="font-medium">{title}</span>
      <select className="field mt-1" value={value} onChange={(event) => onChange(event.target.value as T)}>
        {Object.entries<string>(words).map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}
