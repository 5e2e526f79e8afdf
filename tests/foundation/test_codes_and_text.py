"""Codes that are read aloud, and text that is what it seems."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kentongan.foundation.codes import new_code, read_code
from kentongan.foundation.text import TextTooLong, clean_text, cut_text


@given(st.booleans(), st.sampled_from(["", " ", "-", "\u2013"]))
def test_a_code_is_found_however_it_is_written_down(restricted, separator):
    code = new_code(restricted=restricted)
    assert read_code(code.lower().replace("-", separator)) == code


def test_a_restricted_code_is_much_longer_than_a_public_one():
    assert len(new_code()) == 9
    assert len(new_code(restricted=True)) == 29


@given(st.text())
def test_whatever_is_written_never_breaks_the_reading_of_a_code(written):
    code = read_code(written)
    assert code is None or read_code(code) == code


@given(st.text(st.characters(exclude_categories=[])))
def test_cleaned_text_can_be_stored_and_stays_as_it_is_when_cleaned_again(written):
    text = clean_text(written, 10_000)
    assert clean_text(text, 10_000) == text
    assert "\x00" not in text
    text.encode()


def test_direction_tricks_are_taken_out_and_the_words_are_kept():
    assert clean_text("Jalan \u202egnabul\u202c rusak\r\n\r\n\r\n\r\nParah\x07", 100) == "Jalan gnabul rusak\n\nParah"


def test_a_text_that_is_too_long_is_refused_with_both_lengths_and_never_cut():
    with pytest.raises(TextTooLong, match="101 characters; at most 100"):
        clean_text("a" * 101, 100)


@given(st.text(st.characters(exclude_categories=[])), st.integers(1, 30))
def test_what_others_say_is_cut_at_any_limit_and_never_refused(written, limit):
    whole, told = clean_text(written, 10_000), cut_text(written, limit)
    assert told == whole if len(whole) <= limit else told == whole[: limit - 1] + "…"
    assert len(told) <= limit


@pytest.mark.parametrize("letter", ["\u0958", "\ufb2c", "\U0001d160"])  # two or three characters in NFC
def test_what_others_say_in_letters_that_grow_is_cut_and_never_refused(letter):
    assert len(cut_text(letter * 20_000, 20_000)) == 20_000


@pytest.mark.parametrize(
    "nothing", ["", " \n", "\u200b", "\u00a0\u2003", "\u200b \ufeff\u2060", "\u3164", "\u2800\u2800", "\u0301"]
)
def test_a_text_in_which_nobody_sees_anything_is_empty(nothing):
    assert clean_text(nothing, 100) == ""


@pytest.mark.parametrize("something", ["\U0001f6a7", "Ma\u200brang", "\u0c95\u0ccd\u200c\u0cb7", "?", "\u4e0b"])
def test_a_text_in_which_something_is_seen_stays(something):
    assert clean_text(something, 100) == something
