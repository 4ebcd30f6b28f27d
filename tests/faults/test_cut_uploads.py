"""An upload that is cut again and again arrives whole, and no cut costs more than the chunk it hit."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.fixtures.cut_uploads import Sender
from tests.fixtures.studio_process import Studio

pytestmark = [pytest.mark.slow, pytest.mark.serial, pytest.mark.timeout(300)]
MB = 1024**2

FORGETFUL = """
import importlib.abc, importlib.util, sys, threading

SERVICE = "narrative.studio.uploads.service"

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != SERVICE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            honest = module.UploadService.receive

            def receive(self, tenant, upload_id, number, body, sha256):
                chunk = self._checked(self.get(tenant, upload_id), number, body, sha256)
                threading.Timer(1.0, honest, (self, tenant, upload_id, number, body, sha256)).start()
                return chunk

            module.UploadService.receive = receive

        spec.loader.exec_module = exec_module
        return spec

sys.meta_path.insert(0, Finder())
"""
"""Put before the program: a server that acknowledges a chunk a second before it is written."""


def test_a_file_that_is_cut_ten_times_arrives_whole(tmp_path: Path) -> None:
    studio = Studio(tmp_path / "data")
    try:
        rng = random.Random(11)  # noqa: S311 - places of cuts, not secrets
        outcome = Sender(studio, rng).go(seed=11, size_bytes=20 * MB + 17, n_cuts=10)
        lost_at_once = Sender(studio, rng).acknowledged_lost_by_a_kill()
    finally:
        studio.end()
    assert outcome.sha256 == outcome.expected_sha256
    assert sum(outcome.cuts.values()) == 10
    assert outcome.cuts["server killed"] >= 2
    assert (outcome.acknowledged_lost, lost_at_once) == (0, 0)
    assert outcome.most_sent_again_per_cut <= 1
    assert outcome.sent_again <= 10


def test_the_control_a_server_that_acknowledges_too_early_is_noticed(tmp_path: Path) -> None:
    early = tmp_path / "early"
    early.mkdir()
    (early / "sitecustomize.py").write_text(FORGETFUL)
    studio = Studio(tmp_path / "data", PYTHONPATH=str(early))
    sender = Sender(studio, random.Random(5))  # noqa: S311 - places of cuts, not secrets
    try:
        assert sender.acknowledged_lost_by_a_kill() == 1
    finally:
        studio.end()
