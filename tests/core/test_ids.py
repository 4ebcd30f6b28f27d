import secrets

from narrative.core.ids import ALPHABET, is_id, new_id


def test_ids_carry_their_prefix_and_twenty_safe_characters() -> None:
    name = new_id("data")
    prefix, _, tail = name.partition("_")
    assert prefix == "data"
    assert len(tail) == 20
    assert set(tail) <= set(ALPHABET)
    assert is_id(name, "data")


def test_a_foreign_prefix_a_path_or_a_shorter_text_is_no_id() -> None:
    assert not is_id(new_id("data"), "job")
    assert not is_id("data_../../../etc/passwd", "data")
    assert not is_id("data_123", "data")


def test_ids_differ_and_use_all_their_random_bits() -> None:
    assert len({new_id("x") for _ in range(1_000)}) == 1_000
    assert new_id("xx", lambda n: b"\xff" * n) == "xx_" + "z" * 20
    assert new_id("xx", secrets.token_bytes) != new_id("xx", secrets.token_bytes)
