"""The command line: ``narrative model | predict | evaluate | profile | groups | unusual | forecast | …``.

Results go to stdout and notes to stderr; ``--json`` puts exactly one JSON object on stdout, on failure too. Exit codes:
0 ok, 2 usage, 3 the input is at fault, 4 a dependency is unavailable, 1 a bug (130 interrupted without a result).
Commands import what they need when they run, so that the program starts fast.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

import typer

from narrative.core.clock import SystemClock
from narrative.core.errors import Canceled, InternalError, InvalidInput, NarrativeError
from narrative.entrypoints import failures
from narrative.entrypoints.failures import UsageFault
from narrative.entrypoints.output import Output

app = typer.Typer(
    name="narrative",
    help="From a table to a tested, explained model: in the terminal or, with `narrative up`, in the browser.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

File = Annotated[str, typer.Argument(metavar="FILE", help="Table: CSV, JSON, Parquet, Excel and others.")]
BundleFile = Annotated[str, typer.Argument(metavar="BUNDLE", help="Model file, such as model.narrative.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout and nothing else.")]


@app.command()
def model(  # noqa: PLR0917 - one parameter per option, filled by name
    context: typer.Context,
    file: File,
    target: Annotated[str, typer.Option(metavar="COL", help="Column to predict.")],
    out: Annotated[str, typer.Option(metavar="DIR", help="Folder for the model and the report.")] = "narrative-out",
    budget: Annotated[float, typer.Option(metavar="SECONDS", help="Wall time of the whole command.")] = 60.0,
    problem: Annotated[
        Literal["auto", "binary", "multiclass", "regression"], typer.Option(help="Kind of problem.")
    ] = "auto",
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, metavar="N", help="Seed of everything random.")] = 42,
    metric: Annotated[
        str, typer.Option(metavar="NAME", help="Score that ranks models: auto, roc_auc, log_loss, f1, rmse, mae …")
    ] = "auto",
    group: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Rows of one value of it stay together: none is in training and test."),
    ] = None,
    imbalance: Annotated[
        Literal["auto", "none", "threshold", "class_weights", "smote", "adasyn", "borderline_smote"],
        typer.Option(help="What is done about a rare class; auto takes a way only when it beats doing nothing."),
    ] = "auto",
    cost_false_positive: Annotated[
        float | None, typer.Option(min=0, metavar="COST", help="What a wrong yes costs; sets the cut.")
    ] = None,
    cost_false_negative: Annotated[
        float | None, typer.Option(min=0, metavar="COST", help="What a wrong no costs; sets the cut.")
    ] = None,
    max_ms_per_row: Annotated[
        float | None, typer.Option(min=1e-6, metavar="MS", help="The model may take so long for a row, in a batch.")
    ] = None,
    max_megabytes: Annotated[
        float | None, typer.Option(min=1e-6, metavar="MB", help="The model may be so large.")
    ] = None,
    twin: Annotated[
        bool, typer.Option("--twin", help="Make a small, quick model too that answers as the full one does.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Train, test and explain a model for one column of a table."""
    from narrative.entrypoints.commands.model import run_model

    run_model(
        file,
        target,
        out=out,
        budget=budget,
        problem=problem,
        seed=seed,
        metric=metric,
        group=group,
        imbalance=imbalance,
        costs=(cost_false_positive, cost_false_negative),
        limits=(max_ms_per_row, max_megabytes),
        twin=twin,
        output=Output(as_json=as_json),
        started_at=context.obj,
    )


@app.command()
def predict(
    bundle: BundleFile,
    file: File,
    out: Annotated[
        str | None, typer.Option(metavar="FILE", help="Where to write; the format follows the extension.")
    ] = None,
    reasons: Annotated[bool, typer.Option("--reasons", help="Add three reasons to each prediction.")] = False,
    as_json: AsJson = False,
) -> None:
    """Predict every row of a file with a model."""
    from narrative.entrypoints.commands.predict import run_predict

    run_predict(bundle, file, out=out, reasons=reasons, output=Output(as_json=as_json))


@app.command()
def evaluate(  # noqa: PLR0917 - one parameter per option, filled by name
    bundle: BundleFile,
    file: File,
    target: Annotated[
        str | None, typer.Option(metavar="COL", help="Column with the truth; the one the model predicts.")
    ] = None,
    known: Annotated[
        str | None, typer.Option(metavar="FILE", help="Rows the model learned from; tells what lies beyond them.")
    ] = None,
    group: Annotated[
        list[str] | None, typer.Option(metavar="COL", help="Column whose groups are to fare alike; may be repeated.")
    ] = None,
    cost_false_positive: Annotated[
        float | None, typer.Option(min=0, metavar="COST", help="Cost of a wrong yes.")
    ] = None,
    cost_false_negative: Annotated[
        float | None, typer.Option(min=0, metavar="COST", help="Cost of a wrong no.")
    ] = None,
    budget: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="Parts that would begin later are left out.")
    ] = 60.0,
    out: Annotated[
        str | None, typer.Option("--out", "-o", metavar="FILE", help="Also write the account: .md or .json.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, metavar="N", help="Seed of everything random.")] = 42,
    as_json: AsJson = False,
) -> None:
    """Say how good a model is on a file with the truth in it, how sure that is, and where it is weak."""
    from narrative.entrypoints.commands.evaluate import run_evaluate

    run_evaluate(
        bundle,
        file,
        target=target,
        known=known,
        groups=group or [],
        costs=(cost_false_positive, cost_false_negative),
        budget=budget,
        seed=seed,
        out=out,
        output=Output(as_json=as_json),
    )


@app.command()
def profile(
    file: File,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Also write a report: .html, .md or .json.")] = None,
    as_json: AsJson = False,
) -> None:
    """Describe a table: columns, quality, findings, what could be predicted."""
    from narrative.entrypoints.commands.profile import run_profile

    run_profile(file, out=out, output=Output(as_json=as_json))


@app.command()
def groups(
    file: File,
    number: Annotated[
        int | None, typer.Option(metavar="N", help="Number of groups; found from the table unless given.")
    ] = None,
    out: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write the table with the group of every row.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, metavar="N", help="Seed of everything random.")] = 42,
    as_json: AsJson = False,
) -> None:
    """Find groups of rows that are alike, or say that there are none."""
    from narrative.entrypoints.commands.explore import run_groups

    run_groups(file, number=number, seed=seed, out=out, output=Output(as_json=as_json))


@app.command()
def unusual(  # noqa: PLR0917 - one parameter per option, filled by name
    file: File,
    reference: Annotated[
        str | None, typer.Option(metavar="FILE", help="Usual rows to compare with; the table itself unless given.")
    ] = None,
    alarm_rate: Annotated[
        float, typer.Option(metavar="SHARE", help="Share of rows of a clean table that is listed all the same.")
    ] = 0.01,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Write the table with a flag for every row.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, metavar="N", help="Seed of everything random.")] = 42,
    as_json: AsJson = False,
) -> None:
    """List the rows that are unlike all others, and say why."""
    from narrative.entrypoints.commands.explore import run_unusual

    run_unusual(file, reference=reference, alarm_rate=alarm_rate, seed=seed, out=out, output=Output(as_json=as_json))


@app.command()
def forecast(  # noqa: PLR0917 - one parameter per option, filled by name
    file: File,
    target: Annotated[str, typer.Option(metavar="COL", help="Column of numbers to forecast.")],
    time: Annotated[str, typer.Option(metavar="COL", help="Column of dates or times.")],
    horizon: Annotated[int, typer.Option(metavar="N", help="Periods ahead.")],
    series: Annotated[str | None, typer.Option(metavar="COL", help="Column that tells several series apart.")] = None,
    combine: Annotated[
        Literal["sum", "mean"] | None, typer.Option(help="How rows of one time become one value.")
    ] = None,
    budget: Annotated[float, typer.Option(metavar="SECONDS", help="Time for the search.")] = 60.0,
    out: Annotated[str | None, typer.Option(metavar="FILE", help="Write the forecasts as a table.")] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**31 - 1, metavar="N", help="Seed of everything random.")] = 42,
    as_json: AsJson = False,
) -> None:
    """Forecast the next values of a column from its past."""
    from narrative.entrypoints.commands.explore import run_forecast

    run_forecast(
        file,
        target=target,
        time=time,
        horizon=horizon,
        series=series,
        combine=combine,
        budget=budget,
        seed=seed,
        out=out,
        output=Output(as_json=as_json),
    )


@app.command()
def verify(
    bundle: BundleFile,
    card: Annotated[str | None, typer.Option(metavar="FILE", help="Check this card of it (JSON) too.")] = None,
    key: Annotated[str | None, typer.Option(metavar="FILE", help="Key that the card should be signed with.")] = None,
    as_json: AsJson = False,
) -> None:
    """Check that a model file is unaltered and still gives the answers it was written with."""
    from narrative.entrypoints.commands.verify import run_verify

    run_verify(bundle, card=card, key=key, output=Output(as_json=as_json))


@app.command()
def report(
    bundle: BundleFile,
    out: Annotated[str, typer.Option(metavar="FILE", help="Where to write the page.")] = "report.html",
    as_json: AsJson = False,
) -> None:
    """Write the report of a model again, from its file alone."""
    from narrative.entrypoints.commands.report import run_report

    run_report(bundle, out=out, output=Output(as_json=as_json))


@app.command()
def card(  # noqa: PLR0917 - one parameter per option, filled by name
    bundle: BundleFile,
    out: Annotated[str, typer.Option(metavar="FILE", help="Where to write it: .html, .json or .md.")] = "card.html",
    key: Annotated[
        str | None, typer.Option(metavar="FILE", help="Sign it with this key; a new one is made when it is not there.")
    ] = None,
    purpose: Annotated[str | None, typer.Option(metavar="TEXT", help="What the model is for.")] = None,
    accepted_by: Annotated[str | None, typer.Option(metavar="NAME", help="Who accepted the model.")] = None,
    accepted_on: Annotated[str | None, typer.Option(metavar="DATE", help="When it was accepted.")] = None,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="What was decided besides.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write the card of a model: purpose, data, scores, limits, lineage, decision."""
    from narrative.entrypoints.commands.report import decided, run_card

    decision = decided(purpose=purpose, accepted_by=accepted_by, accepted_on=accepted_on, note=note)
    run_card(bundle, out=out, key=key, decision=decision, output=Output(as_json=as_json))


@app.command()
def up(
    host: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Address to listen on; 127.0.0.1 unless the settings differ.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, metavar="N", help="Port; 8000 unless the settings differ.")
    ] = None,
    data_dir: Annotated[str | None, typer.Option(metavar="DIR", help="Folder that keeps everything.")] = None,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the browser.")] = False,
) -> None:
    """Serve the studio on this machine: page, API and worker."""
    from narrative.entrypoints.commands.up import run_up

    raise typer.Exit(run_up(host=host, port=port, data_dir=data_dir, open_browser=not no_browser))


@app.command()
def version(as_json: AsJson = False) -> None:
    """Print the version."""
    from narrative.entrypoints.commands.version import run_version

    run_version(output=Output(as_json=as_json))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and give its exit code; nothing is ever raised to the person.

    Args:
        arguments: what stands behind the program's name; None when this process is the program itself, and then the
            time it took to start counts against a budget.
    """
    started_at = SystemClock().monotonic() - (seconds_since_start() if arguments is None else 0.0)
    given = list(sys.argv[1:] if arguments is None else arguments)
    output = Output(as_json="--json" in given)
    try:
        status = _exit_status(app(args=given, prog_name="narrative", standalone_mode=False, obj=started_at))
        # The parser turns Ctrl-C into this status without a word.
        return _interrupted(output) if status == failures.INTERRUPTED else status
    except UsageFault as fault:
        output.failure(InvalidInput("usage", fault.message, fix=fault.fix))
        return failures.USAGE
    except (KeyboardInterrupt, Canceled):
        return _interrupted(output)
    except NarrativeError as error:
        output.failure(failures.as_fault(error) if isinstance(error, InternalError) else error)
        return failures.exit_code(error)
    except BrokenPipeError:
        # Whoever read our output has left; there is nobody to tell, and Python must not complain at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return failures.OK
    except Exception as error:  # noqa: BLE001 - the last door: a bug is told in plain words, with its trace in a file
        return _last_door(error, given, output)


def seconds_since_start() -> float:
    """Wall time since this process began, read from the kernel; nothing where it does not tell."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        uptime = float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])
        return max(0.0, uptime - started)
    except (OSError, ValueError, IndexError, AttributeError):
        return 0.0


def _exit_status(value: object) -> int:
    """What the parser gives back: an exit code when a command ended early, else nothing."""
    return value if isinstance(value, int) and not isinstance(value, bool) else failures.OK


def _interrupted(output: Output) -> int:
    output.failure(
        Canceled("canceled", "Stopped before there was a result; nothing was written.", fix="Run the command again.")
    )
    return failures.INTERRUPTED


def _last_door(error: Exception, given: list[str], output: Output) -> int:
    """Errors of the option parser are usage, its "Abort" is Ctrl-C; everything else is a bug of ours.

    The parser's own classes moved between its versions, so its errors are known by name and by what they can do.
    """
    if type(error).__name__ == "Abort":
        return _interrupted(output)
    format_message = getattr(error, "format_message", None)
    if format_message is not None and getattr(error, "exit_code", None) == failures.USAGE:
        text = str(format_message()).strip()
        if not text:
            return failures.USAGE
        known = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
        command = f"narrative {given[0]}" if given and given[0] in known else "narrative"
        output.failure(InvalidInput("usage", text, fix=f"`{command} --help` shows what it takes."))
        return failures.USAGE
    fault = failures.as_fault(error)
    output.failure(fault)
    return failures.BUG


if __name__ == "__main__":
    sys.exit(main())
