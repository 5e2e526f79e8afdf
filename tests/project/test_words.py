"""One word for one thing in the Indonesian of every room, and none of those that readers stumbled over."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOMS = Path(__file__).parents[2] / "src" / "kentongan"
REFUSED = {
    r"\be-?mail\b": "surel",
    r"(?<!kata )(?<!kunci )\bsandi\b": "kata sandi; kunci sandi for a passkey",
    r"\bpin\b": "penanda",
    r"\badministrator\b": "pengelola",
    r"\bbatas jawaban\b": "tenggat",
    r"\bmitra ini belum punya rahasia\b": "rekan jaringan",
    r"\b(menyala|(di|me)?nyalakan|(di|me)?matikan|(di|meng)?hidupkan)(nya)?\b": "aktif, aktifkan, nonaktifkan",
    r"\bpetugas kita\b": "petugas instansi kami",
}


def texts():
    for catalogue in sorted(ROOMS.glob("*/locale/id/LC_MESSAGES/django.po")):
        with catalogue.open("rb") as file:
            for one in read_po(file, locale="id"):
                strings = one.string if isinstance(one.string, tuple) else (one.string,)
                yield from (re.sub(r"%\(\w+\)", "%", text or "") for text in strings if one.id)


@pytest.mark.parametrize("refused", REFUSED)
def test_no_text_has_a_word_that_another_word_replaces(refused):
    assert [text for text in texts() if re.search(refused, text, re.IGNORECASE)] == [], REFUSED[refused]


def test_there_are_texts_to_look_at():
    assert sum(1 for _ in texts()) > 800


def test_an_english_text_has_one_indonesian_in_all_rooms():
    # All catalogues are one when a page is shown: of two words for the same English one is never seen.
    found = {}
    for catalogue in sorted(ROOMS.glob("*/locale/id/LC_MESSAGES/django.po")):
        with catalogue.open("rb") as file:
            for one in read_po(file, locale="id"):
                if one.id:
                    found.setdefault((one.context, one.id), set()).add(str(one.string))
    assert {english: words for english, words in found.items() if len(words) > 1} == {}
