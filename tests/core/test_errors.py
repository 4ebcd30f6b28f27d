import pytest

from narrative.core.errors import FAMILIES, InternalError, InvalidInput, NarrativeError, error_from_dict


@pytest.mark.parametrize("family", FAMILIES.values())
def test_an_error_survives_its_dictionary_form(family: type[NarrativeError]) -> None:
    error = family("some_code", "What happened.", row=3, column="age", fix="Do this.", limit=5)
    back = error_from_dict(error.to_dict())
    assert type(back) is family
    assert back.to_dict() == error.to_dict()


def test_an_unknown_family_is_read_as_a_fault_of_ours() -> None:
    assert isinstance(error_from_dict({"family": "strange", "code": "x", "message": "y"}), InternalError)


def test_the_message_is_the_text_of_the_exception() -> None:
    assert str(InvalidInput("code", "Plain words.")) == "Plain words."
