# ruff: noqa: RUF001 - letters of other alphabets are what this file is about
"""Encodings: texts in many languages, written by Python's codecs, must come back unchanged."""

from __future__ import annotations

import numpy as np
import pytest

from narrative.core.errors import InvalidInput
from narrative.engine.tables.encoding import decode, guess_encoding

TEXTS = {
    "German": ("name;ort\nMüller;Köln\nGroß;Düsseldorf\nJäger;Nürnberg\n", ["cp1252", "cp850", "mac_roman"]),
    "French": ("nom;ville\nLefèvre;Besançon\nHélène;Orléans\nFrançois;Nîmes\nNoël;Évreux\n", ["cp1252", "cp850"]),
    "Polish": ("imię;miasto\nŁukasz;Łódź\nŻółć;Kraków\nMałgorzata;Gdańsk\n", ["cp1250"]),
    "Czech": ("jméno;město\nJiří;Plzeň\nŠtěpán;Děčín\nTomáš;Liberec\nŽofie;Jičín\n", ["cp1250"]),
    "Hungarian": ("név;város\nLászló;Győr\nErzsébet;Kőszeg\nZoltán;Pécs\nJenő;Szűcs\n", ["cp1250"]),
    "Russian": ("имя;город\nИван;Москва\nОльга;Санкт-Петербург\nПётр;Казань\n", ["cp1251", "koi8-r", "cp866"]),
    "Greek": ("όνομα;πόλη\nΓιώργος;Αθήνα\nΜαρία;Θεσσαλονίκη\n", ["cp1253"]),
    "Turkish": ("ad;şehir\nAyşe;İstanbul\nÇağlar;Eskişehir\nGülşen;Iğdır\n", ["cp1254"]),
    "Spanish": ("nombre;ciudad\nJosé;Málaga\nMuñoz;Córdoba\nNúñez;Cádiz\n", ["cp1252"]),
    "Portuguese": ("nome;cidade\nJoão;São Paulo\nConceição;Brasília\nAntônio;Maceió\n", ["cp1252"]),
    "Swedish": ("namn;stad\nÅsa;Malmö\nBjörn;Göteborg\nKäte;Västerås\n", ["cp1252"]),
    "Lithuanian": ("vardas;miestas\nŽygimantas;Šiauliai\nRūta;Panevėžys\nJūratė;Kėdainiai\n", ["cp1257"]),
    "Japanese": ("名前,市\n田中,東京\n鈴木さん,大阪\n高橋さん,京都に住んでいます\n", ["shift_jis", "euc_jp"]),
    "Chinese": ("姓名,城市\n张伟,北京\n王芳,上海\n李娜,广州市天河区\n", ["gb18030"]),
    "Korean": ("이름,도시\n김철수,서울\n이영희,부산\n박지민,대구광역시\n", ["euc_kr"]),
    "one word": ("a;b\ncafé;1\nx;2\n", ["cp1252"]),
    "a sign": ("a;price\nx;5 €\ny;6 €\n", ["cp1252"]),
}  # fmt: skip
CASES = [(name, text, codec) for name, (text, codecs) in TEXTS.items() for codec in codecs]


@pytest.mark.parametrize(("name", "text", "codec"), CASES, ids=[f"{name}-{codec}" for name, _, codec in CASES])
def test_old_code_pages_are_told_apart(name: str, text: str, codec: str) -> None:
    data = text.encode(codec)
    content, mended = decode(data, guess_encoding(data))
    assert content.decode() == text
    assert mended == []


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_unicode_is_recognised_with_and_without_a_mark(codec: str) -> None:
    text = "name,city\nZoë,Łódź\nÅsa,Málaga\nplain,ascii text that is a little longer\n"
    data = text.encode(codec)
    assert decode(data, guess_encoding(data))[0].decode() == text


def test_windows_1252_comes_with_less_confidence_than_utf8() -> None:
    assert guess_encoding("é".encode()).confidence > guess_encoding("é,b".encode("cp1252")).confidence


def test_lines_in_another_encoding_are_mended_one_by_one() -> None:
    data = ("Köln\n" * 40).encode() + "Größe\n".encode("latin-1") + b"end\n"
    content, mended = decode(data, guess_encoding(data))
    assert content.decode() == "Köln\n" * 40 + "Größe\nend\n"
    assert mended == [41]


def test_bytes_that_are_no_text_are_refused_with_a_line() -> None:
    words = [row.tobytes() for row in np.random.default_rng(3).integers(128, 256, (300, 9), dtype=np.uint8)]
    data = b"a,b\n1,2\n" + b"\n".join(words)
    with pytest.raises(InvalidInput) as caught:
        guess_encoding(data)
    assert (caught.value.code, caught.value.row) == ("encoding_undecidable", 3)
    assert caught.value.fix


def test_a_few_odd_bytes_do_not_stop_a_file() -> None:
    content, _ = decode(b"a,b\nx\x81y,1\n", guess_encoding(b"a,b\nx\x81y,1\n"))
    assert content.decode().endswith("y,1\n")


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1250", ["Győr", "Pécs", "Székesfehérvár", "Hódmezővásárhely", "Ügyfél"]),
        ("cp1254", ["İstanbul", "Şırnak", "Iğdır", "Muğla", "Müşteri"]),
        ("gb18030", ["上海市", "深圳", "送货迟到，没有损坏", "比例", "备注"]),
        ("cp932", ["東京", "大阪市", "配達が遅れました", "良い", "商品番号"]),
        ("big5", ["臺北市", "高雄", "客戶", "數量", "備註"]),
        ("euc_kr", ["서울", "부산광역시", "고객", "수량", "비고"]),
    ],
)
@pytest.mark.parametrize("times", [1, 30])
def test_words_between_delimiters_are_enough(encoding: str, words: list[str], times: int) -> None:
    text = "".join(f"{index};{word};{index * 1.5};x\n" for index, word in enumerate(words * times))
    data = text.encode(encoding)
    assert data.decode(guess_encoding(data).name) == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_told_by_its_line_breaks_in_any_script(encoding: str) -> None:
    text = "客户;备注\n" + "上海市;送货迟到，没有损坏，请回电话，已经付款\n" * 20
    guess = guess_encoding(text.encode(encoding))
    assert guess.name == encoding


def test_a_nul_behind_a_line_break_is_not_yet_utf16() -> None:
    assert guess_encoding(b"a,b\n\x001,2\n3,4\n").name == "utf-8"
