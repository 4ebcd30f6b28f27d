"""Letters and articles are no tables; lists of sentences are."""

from __future__ import annotations

from pathlib import Path

import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.tables import ReadOptions
from narrative.engine.tables.child import parse
from narrative.engine.tables.prose import is_prose
from narrative.engine.tables.types import ReadLimits

LETTER = """Dear Mrs Miller,

thank you for your letter of last week, which reached us only yesterday. We have looked at the
contract, and we think that the clause about the deposit, as it stands, does not apply to
you. Please let us know whether you want to keep the flat until the end of the year, or
whether you would rather leave it in the summer.

With kind regards,
Anna Schmidt
"""
ARTICLE = """The harbour

In spring the harbour wakes up. Boats are painted, nets are mended, and the first guests sit outside in the sun again.

Nobody knows how long this will last. The old men say that it was always like this, and the young ones do not listen.

In autumn it is quiet again. Only the gulls stay, and the wind.
"""
REVIEWS = "review\n" + "".join(
    f"The room was {word}, and the staff were kind. We would come again.\n" for word in ("clean", "small", "loud") * 9
)
QUOTES = 'text,label\n"It was good, really good. I liked it.",yes\n"It was bad. Never again, I think.",no\n' * 12


NOTE = """Dear Sir,
thank you for your letter of 3 May.
We will answer soon.
Yours sincerely, Jane Doe
"""


@pytest.mark.parametrize(
    "text", [LETTER, ARTICLE, NOTE, NOTE.replace(",", ""), "Hallo Anna!\nich komme morgen später.\nBis dann, Bert\n"]
)
def test_letters_and_articles_are_prose(text: str) -> None:
    assert is_prose(text)


@pytest.mark.parametrize(
    "text",
    [
        REVIEWS,
        QUOTES,
        "name\nAnna\nBert\nCarl\n" * 20,
        "a,b\n1,2\n" * 50,
        "city, country\n" + "Ulm, Germany\nBern, Switzerland\n" * 30,
        "Dear,Cheap\n1,2\n3,4\n5,6\n",
        "Dear,Cheap\nwine,water\ngold,tin\nsilk,wool\nruby,glass\n",
        "hello\nI like it.\nGood value for the money.\nWould buy again any time\n".replace("hello", "comment"),
        "quote\n" + "we came, we saw, we won.\n" * 30,
    ],
)
def test_tables_of_words_are_no_prose(text: str) -> None:
    assert not is_prose(text)


def _parse(text: str, tmp_path: Path, options: ReadOptions) -> None:
    (tmp_path / "t.csv").write_text(text)
    parse(
        {
            "path": str(tmp_path / "t.csv"),
            "name": "t.csv",
            "out": str(tmp_path / "out"),
            "lines_out": str(tmp_path / "lines"),
            "options": options.model_dump(),
            "limits": ReadLimits().model_dump(),
        },
        lambda _: None,
    )


@pytest.mark.parametrize("text", [LETTER, ARTICLE])
def test_a_letter_named_like_a_table_is_refused_unless_the_reader_is_told_otherwise(tmp_path: Path, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        _parse(text, tmp_path, ReadOptions())
    assert caught.value.code == "not_a_table"
    assert "running text" in caught.value.message
    _parse(text, tmp_path, ReadOptions(header=False, delimiter="|"))


@pytest.mark.parametrize("text", [REVIEWS, QUOTES])
def test_sentences_in_rows_are_read(tmp_path: Path, text: str) -> None:
    _parse(text, tmp_path, ReadOptions())
