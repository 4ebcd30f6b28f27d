"""Ids that a job derives are stable, proper and different for different things."""

from __future__ import annotations

from narrative.background.jobs import Job, derived_id
from narrative.core.ids import is_id, new_id


def test_a_derived_id_is_the_same_at_every_attempt() -> None:
    job_id = new_id("job")
    assert derived_id(job_id, "ver", "a", 1) == derived_id(job_id, "ver", "a", 1)
    assert is_id(derived_id(job_id, "ver"), "ver")


def test_different_things_get_different_ids() -> None:
    one, two = new_id("job"), new_id("job")
    ids = [
        derived_id(one, "ver"),
        derived_id(two, "ver"),
        derived_id(one, "model"),
        derived_id(one, "ver", "1", "2"),
        derived_id(one, "ver", "12"),
        derived_id(one, "ver", 1),
    ]
    assert len({text.partition("_")[2] for text in ids}) == len(ids)


def test_a_job_survives_the_way_to_its_document_and_back() -> None:
    job = Job(id=new_id("job"), workspace_id="ws_one", type="things.make", payload={"a": [1]}, attempt=2, fence=3)
    assert Job.from_document({**job.to_document(), "rev": 0}) == job
    assert "rev" not in job.to_document()
