import hashlib
from pathlib import Path

import pytest

from narrative.core.hashing import canonical_json, hash_bytes, hash_file, hash_json


def test_the_hash_of_abc_is_the_published_one() -> None:
    # FIPS 180-2, appendix B.1.
    assert hash_bytes(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_a_file_hashes_like_its_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 3_000_000)
    assert hash_file(path) == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_the_order_of_keys_does_not_change_the_hash() -> None:
    assert hash_json({"a": 1, "b": [1, 2]}) == hash_json({"b": [1, 2], "a": 1})


def test_not_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        canonical_json(float("nan"))
