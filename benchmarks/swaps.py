"""Versions swapped and rolled back under a deployment while programs call it.

    python -m benchmarks.swaps [--changes 1000] [--rate 50]

A real studio on a folder of its own; two versions of a model are trained on a sample, one goes live. Programs with keys
of their own then call it ``--rate`` times a second, in all, while a person swaps to the second version and rolls back,
in turns, as fast as the answers come. Every call must be answered, by exactly one of the two versions, and with that
version's own answer to the row. Ends with 1 when a call failed, an answer was of another version than it says, or a
rollback took longer than a second. (A key makes 1,000 calls an hour, so there is one for each 900.)
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from tests.fixtures.studio_process import Client, Studio

SAMPLE = "marketing_response"
TARGET = "accepted_offer"
CALLS_OF_A_KEY = 900
CALLERS = 8
LIMIT_SECONDS = 1.0


def two_versions(client: Client) -> tuple[dict[str, Any], list[str]]:
    """A live deployment of the first version, and both versions."""
    made = client.call("POST", "/datasets/samples", body={"sample": SAMPLE})
    project = made["project"]["id"]
    assert client.ended(made["job"]["id"])["state"] == "completed"
    job = client.call("PUT", f"/projects/{project}/target", body={"target": TARGET}).get("job")
    if job is not None:
        client.ended(job["id"])
    for seed in (1, 2):
        run = client.call("POST", f"/projects/{project}/experiments", body={"budget_seconds": 6, "seed": seed})
        assert client.ended(run["job"]["id"])["state"] == "completed"
    model = client.call("GET", f"/projects/{project}")["model_id"]
    versions = [item["id"] for item in client.call("GET", f"/models/{model}/versions")][::-1]
    body = {"project_id": project, "model_version_id": versions[0], "name": "swaps"}
    return client.call("POST", "/deployments", body=body), versions


class Callers:
    """Programs that call the address at a steady rate until they are told to stop."""

    def __init__(self, address: str, path: str, keys: list[str], row: dict[str, Any], rate: float) -> None:
        self._address, self._path, self._keys, self._row, self._rate = address, path, keys, row, rate
        self.answers: list[tuple[int, str, str, float]] = []
        """Status, version, the answer as text, seconds."""
        self._stop = threading.Event()
        self._started = time.monotonic()
        self._threads = [threading.Thread(target=self._call, args=(place,)) for place in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def _call(self, place: int) -> None:
        with httpx.Client(base_url=self._address, timeout=20.0) as http:
            turn = place
            while not self._stop.is_set():
                due = self._started + turn / self._rate
                time.sleep(max(due - time.monotonic(), 0.0))
                key = self._keys[(turn // CALLS_OF_A_KEY) % len(self._keys)]
                began = time.monotonic()
                try:
                    body = {"data": [self._row], "include_metadata": False}
                    answer = http.post(self._path, json=body, headers={"X-API-Key": key})
                except httpx.TransportError as error:
                    self.answers.append((0, "", repr(error), time.monotonic() - began))
                else:
                    said = answer.json()
                    told = str(said["probabilities"][0]) if answer.is_success else answer.text
                    version = str(said.get("model_version", ""))
                    self.answers.append((answer.status_code, version, told, time.monotonic() - began))
                turn += CALLERS

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def main() -> None:
    """Print what callers and the person who swapped met."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--changes", type=int, default=1_000)
    arguments.add_argument("--rate", type=float, default=50.0)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as place:
        studio = Studio(Path(place, "data"))
        client = Client(studio)
        try:
            failed = measure(studio, client, options.changes, options.rate)
        finally:
            client.close()
            studio.end()
    sys.exit(1 if failed else 0)


def measure(studio: Studio, client: Client, changes: int, rate: float) -> bool:
    """Whether anything went wrong."""
    deployment, (first, second) = two_versions(client)
    contract = client.call("GET", f"/models/{deployment['model_id']}/versions/{first}")["contract"]
    row = {column["name"]: column.get("typical") for column in contract["columns"]}
    own = {
        version: str(
            client.call("POST", f"/models/{deployment['model_id']}/versions/{version}/predict", body={"data": [row]})[
                "predictions"
            ][0]["probabilities"]
        )
        for version in (first, second)
    }
    keys = [
        client.call("POST", "/production/api-keys", body={"name": f"caller {place}"})["key"]
        for place in range(math.ceil(rate * changes / 5 / CALLS_OF_A_KEY) + 2)
    ]
    client.call("POST", f"/deployments/{deployment['id']}/swap", body={"model_version_id": second})  # rehearses it
    client.call("POST", f"/deployments/{deployment['id']}/rollback", body={"model_version_id": None})
    callers = Callers(studio.address, deployment["address"], keys, row, rate)
    took: dict[str, list[float]] = {"swap": [], "rollback": []}
    began = time.monotonic()
    for turn in range(changes):
        kind = "rollback" if turn % 2 else "swap"
        started = time.monotonic()
        client.call(
            "POST",
            f"/deployments/{deployment['id']}/{kind}",
            body={"model_version_id": None if kind == "rollback" else second},
        )
        took[kind].append(time.monotonic() - started)
    seconds = time.monotonic() - began
    callers.stop()
    return report(callers.answers, took, own, seconds)


def report(
    answers: list[tuple[int, str, str, float]], took: dict[str, list[float]], own: dict[str, str], seconds: float
) -> bool:
    """Print the figures; whether a call failed, an answer was of another version, or a rollback was slow."""
    good = [item for item in answers if item[0] == 200]
    mixed = [item for item in good if own.get(item[1]) != item[2]]
    print(f"{sum(map(len, took.values())):,} changes and {len(answers):,} calls in {seconds:.0f} s", end="")
    print(f" ({len(answers) / seconds:.0f} calls a second)")
    print(f"failed calls: {len(answers) - len(good)} {dict(Counter(item[0] for item in answers if item[0] != 200))}")
    print("first failure:", next((item[2][:200] for item in answers if item[0] != 200), "none"))
    print(f"answers that are not those of the version they name: {len(mixed)}")
    print(
        "calls by version:",
        list(Counter(item[1] for item in good).values()),
        "answers differ:",
        len(set(own.values())) > 1,
    )
    times = np.array([item[3] for item in good])
    print(f"a call: p50 {np.median(times) * 1e3:.0f} ms, p99 {np.quantile(times, 0.99) * 1e3:.0f} ms")
    for kind, values in took.items():
        print(f"{kind}: p50 {np.median(values) * 1e3:.0f} ms, longest {max(values) * 1e3:.0f} ms")
    return bool(len(good) < len(answers) or mixed or max(took["rollback"]) > LIMIT_SECONDS)


if __name__ == "__main__":
    main()
