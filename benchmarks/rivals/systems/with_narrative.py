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

import numpy as np  # noqa: E402 - what answers may be slow to load, and is not part of training
import polars as pl  # noqa: E402

from narrative.engine.bundle import load_bundle  # noqa: E402

predictions = load_bundle(Path(made["bundle"])).predict(pl.read_csv(order["test"] + ".csv", infer_schema_length=None))
answers = {"fit_seconds": round(seconds, 2), "reported": made["score"], "interval": made["interval"]}
if order["problem"] == "regression":
    answers["values"] = np.array(predictions.answers, dtype=float).tolist()
else:
    answers["classes"] = [str(label) for label in made["classes"]]
    answers["probabilities"] = np.asarray(predictions.probabilities, dtype=float).tolist()
Path(order["out"]).write_text(json.dumps(answers))
