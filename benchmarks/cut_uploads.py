"""Uploads that are cut again and again: equal SHA-256, and at most one chunk sent again per cut.

    python -m benchmarks.cut_uploads [--megabytes 1024] [--cuts 200] [--uploads 1] [--seed N]

A third of the cuts close the connection inside a chunk, a third lose the answer, a third kill -9 the server, which its
supervisor starts again; the completion is killed once, too. Chunks are sent one after the other in random order.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from pathlib import Path

from tests.fixtures.cut_uploads import Outcome, Sender
from tests.fixtures.studio_process import Studio

MB = 1024**2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=1024)
    parser.add_argument("--cuts", type=int, default=200, help="per upload")
    parser.add_argument("--uploads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    chosen = parser.parse_args()
    print(f"{chosen.uploads} × {chosen.megabytes} MB, {chosen.cuts} cuts each, seed {chosen.seed}")
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(Path(folder) / "data")
        try:
            outcomes = [
                Sender(studio, random.Random(chosen.seed + number)).go(
                    chosen.seed + number, chosen.megabytes * MB + number, chosen.cuts
                )
                for number in range(chosen.uploads)
            ]
        finally:
            studio.end()
    return max(report(outcome) for outcome in outcomes)


def report(outcome: Outcome) -> int:
    """Print one upload; 1 when it broke a promise."""
    is_equal = outcome.sha256 == outcome.expected_sha256
    cuts = ", ".join(f"{n} {kind}" for kind, n in sorted(outcome.cuts.items()))
    print(f"SHA-256 {'equal' if is_equal else 'DIFFERENT'}; cuts: {cuts}, and one kill while completing")
    print(
        f"{outcome.n_chunks} chunks, {outcome.sent_again} sent again "
        f"(most per cut: {outcome.most_sent_again_per_cut}), "
        f"{outcome.acknowledged_lost} acknowledged ones lost; "
        f"memory of the server +{outcome.memory_more / MB:.0f} MB; {outcome.seconds:.0f} s"
    )
    return int(not is_equal or outcome.acknowledged_lost > 0 or outcome.most_sent_again_per_cut > 1)


if __name__ == "__main__":
    sys.exit(main())
