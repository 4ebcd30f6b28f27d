"""Narrative, as a person runs it: a CSV at the command line, and a file of predictions."""

import json
import subprocess
import sys
import time
from pathlib import Path

order = json.loads(sys.argv[1])
place = Path(order["out"]).parent
command = [sys.executable, "-m", "narrative.entrypoints.cli"]
started = time.monotonic()
done = subprocess.run(
    [
        *(*command, "model", order["train"] + ".csv", "--target", order["target"]),
        *("--budget", str(order["budget"]), "--out", str(place / "made"), "--json"),
    ],
    capture_output=True,
    text=True,
    check=False,
)
seconds = time.monotonic() - started
if done.returncode:
    sys.exit(done.stdout[-1000:] + done.stderr[-1000:])
made = json.loads(done.stdout)
print(made["best_candidate"], made["score"], made["interval"], made["warnings"])


def answers():
    """Answers of the model that was made. What gives them is loaded here, so that it takes no memory while training."""
    import numpy as np
    import polars as pl

    from narrative.engine.bundle import load_bundle

    rows = pl.read_csv(order["test"] + ".csv", infer_schema_length=None)
    predictions = load_bundle(Path(made["bundle"])).predict(rows)
    if order["problem"] == "regression":
        return {"values": np.array(predictions.answers, dtype=float).tolist()}
    probabilities = np.asarray(predictions.probabilities, dtype=float)
    return {"classes": [str(label) for label in made["classes"]], "probabilities": probabilities.tolist()}


told = {"fit_seconds": round(seconds, 2), "reported": made["score"], "interval": made["interval"]}
Path(order["out"]).write_text(json.dumps(told | answers()))
