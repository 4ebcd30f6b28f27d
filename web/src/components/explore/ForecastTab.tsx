import { useState } from "react";
import type { components } from "../../api/schema";
import { ChartCard } from "../../charts/ChartCard";
import { number, percent } from "../../lib/format";
import { ForecastChart } from "./ForecastChart";
import { Found, Labelled, Progress } from "./Parts";
import { type Exploration, type Forecast, useExploration } from "./useExploration";

/** The next values of a column, how far off such forecasts were, and the file to take along. */
export function ForecastTab({ dataset, version }: { dataset: string; version: string }) {
  const state = useExploration(dataset, version, "forecast");
  const found = state.data?.forecast;
  return (
    <div className="flex flex-col gap-4">
      {state.data && <ForecastForm state={state} view={state.data} />}
      <Progress state={state} title="Forecasting" />
      {found && (
        <Found
          state={state}
          story={found.story}
          warnings={found.warnings}
          aside={
            <p className="flex gap-2 text-13">
              {(["csv", "parquet"] as const).map((form) => (
                <a
                  key={form}
                  className="btn btn-secondary"
                  href={`/api/v1/datasets/${dataset}/forecast-file?form=${form}`}
                  download
                >
                  {form === "csv" ? "Forecasts as CSV" : "as Parquet"}
                </a>
              ))}
            </p>
          }
        >
          <ForecastCard found={found} />
          <Methods found={found} />
        </Found>
      )}
    </div>
  );
}

function ForecastForm({ state, view }: { state: ReturnType<typeof useExploration>; view: Exploration }) {
  const { targets, times, series } = view.columns;
  const known = view.settings as Partial<components["schemas"]["ForecastRequest"]>;
  const there = (name: string | null | undefined, names: readonly string[]) =>
    name != null && names.includes(name) ? name : undefined;
  const [target, setTarget] = useState(there(known.target, targets) ?? targets[targets.length - 1] ?? "");
  const [time, setTime] = useState(there(known.time, times) ?? times[0] ?? "");
  const [horizon, setHorizon] = useState(String(known.horizon ?? 7));
  const [own, setOwn] = useState(there(known.series, series) ?? "");
  const [combine, setCombine] = useState<"" | "sum" | "mean">(known.combine ?? "");
  if (targets.length === 0 || times.length === 0) {
    return (
      <p className="text-14 text-ink-2">
        A forecast needs a column of dates and a column of numbers, and this table lacks one of them.
      </p>
    );
  }
  return (
    <form
      className="flex flex-wrap items-end gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        state.start.mutate({
          kind: "forecast",
          target,
          time,
          horizon: Number(horizon),
          series: own || null,
          combine: combine || null,
          budget: 60,
        });
      }}
    >
      <Choice name="Forecast" value={target} options={targets} onChange={setTarget} />
      <Choice name="over" value={time} options={times} onChange={setTime} />
      <Choice name="One series for each" value={own} options={series} none="one series" onChange={setOwn} />
      <Labelled name="Rows of one time">
        <select
          className="field mt-1"
          value={combine}
          onChange={(event) => setCombine(event.currentTarget.value as typeof combine)}
        >
          <option value="">there is only one</option>
          <option value="sum">are added up</option>
          <option value="mean">are averaged</option>
        </select>
      </Labelled>
      <Labelled name="Periods ahead">
        <input
          className="field nums mt-1 w-24"
          type="number"
          min={1}
          max={366}
          required
          value={horizon}
          onChange={(event) => setHorizon(event.currentTarget.value)}
        />
      </Labelled>
      <button type="submit" className="btn btn-primary" disabled={state.running || state.start.isPending}>
        Make the forecast
      </button>
    </form>
  );
}

interface ChoiceProps {
  readonly name: string;
  readonly value: string;
  readonly options: readonly string[];
  readonly none?: string;
  readonly onChange: (value: string) => void;
}

function Choice({ name, value, options, none, onChange }: ChoiceProps) {
  return (
    <Labelled name={name}>
      <select
        className="field mt-1 max-w-56"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {none && <option value="">{none}</option>}
        {options.map((option) => (
          <option key={option} value={option}>
            {option}
          </option>
        ))}
      </select>
    </Labelled>
  );
}

export function ForecastCard({ found }: { found: Forecast }) {
  const names = [...new Set(found.forecasts.map((point) => point.series))];
  const [chosen, setName] = useState<string | null>(null);
  // A later forecast may be of other series, or of one.
  const name = names.includes(chosen) ? chosen : (names[0] ?? null);
  const shown = found.forecasts.filter((point) => point.series === name);
  const history = found.history.filter((point) => point.series === name);
  return (
    <ChartCard
      title={`${found.target}: past and forecast`}
      sentence={`The band is meant to hold ${percent(found.interval_level)} of values. Periods: ${found.frequency.words}.`}
      name="forecast"
      table={{
        caption: "Forecasts",
        header: [found.time, "Forecast", "From", "To"],
        rows: shown.map((point) => [
          point.time.slice(0, 16).replace("T", " "),
          number(point.forecast),
          number(point.lower),
          number(point.upper),
        ]),
      }}
    >
      {names.length > 1 && (
        <div className="mb-2 max-w-60">
          <Choice
            name="Series"
            value={name ?? ""}
            options={names.filter((each): each is string => typeof each === "string")}
            onChange={setName}
          />
        </div>
      )}
      <ForecastChart target={found.target} history={history} forecasts={shown} />
      {history.length === 0 && (
        <p className="mt-1 text-12 text-ink-2">
          The past is drawn for the first series only; this one was forecast from its own.
        </p>
      )}
    </ChartCard>
  );
}

function Methods({ found }: { found: Forecast }) {
  return (
    <section className="card overflow-x-auto p-4" aria-label="Ways tried">
      <h3 className="text-14 font-semibold">Ways tried</h3>
      <p className="mt-1 text-12 text-ink-2">
        Chosen on earlier periods; off by so much, on average, on the last periods, which took no part in the
        choice.
      </p>
      <table className="nums mt-2 w-full text-13">
        <thead>
          <tr className="text-left text-ink-2">
            <th scope="col">Way</th>
            <th scope="col">Off by</th>
            <th scope="col">Use</th>
          </tr>
        </thead>
        <tbody>
          {found.methods.map((method) => (
            <tr key={method.name} className={method.chosen ? "font-semibold" : ""}>
              <th scope="row" className="text-left font-normal">
                {method.title}
              </th>
              <td>{number(method.test_mae)}</td>
              <td>{method.chosen ? "chosen" : method.is_baseline ? "naive" : ""}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
