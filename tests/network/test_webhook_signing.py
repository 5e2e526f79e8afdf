"""A receiver knows a message by its signature, and ours by the same rules: Standard Webhooks, read without the wire."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook

from kentongan.foundation.problems import Problem
from kentongan.network.dialects.webhook import signing

# The example of the specification's own libraries.
SECRET, NAME, AT = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
BODY, SIGNATURE = b'{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
MOMENT = datetime.fromtimestamp(AT, tz=UTC)
NEXT = "whsec_" + base64.b64encode(bytes(range(32))).decode()


def given(**changed: str | None) -> dict[str, str]:
    """The headers of the example; a changed one that is None is left out."""
    told: dict[str, str | None] = {"id": NAME, "timestamp": str(AT), "signature": SIGNATURE, **changed}
    return {f"webhook-{name}": value for name, value in told.items() if value is not None}


def refused(headers: dict[str, str], content: bytes = BODY, now: datetime = MOMENT, secret: str = SECRET) -> Problem:
    with pytest.raises(Problem) as caught:
        signing.verify(secret, headers, content, now)
    return caught.value


def whole(problem: Problem) -> tuple[str, int, str, str]:
    return problem.code, problem.status, str(problem.detail), problem.field


def test_a_message_is_signed_as_the_specification_shows() -> None:
    assert signing.headers(SECRET, NAME, MOMENT, BODY) == given()
    assert signing.verify(SECRET, given(), BODY, MOMENT) == NAME


def test_the_time_is_that_of_the_moment_whatever_zone_it_is_written_in() -> None:
    wib = MOMENT.astimezone(timezone(timedelta(hours=7)))
    assert signing.headers(SECRET, NAME, wib, BODY) == given()


def test_each_of_several_secrets_signs_and_any_one_of_them_is_enough() -> None:
    both = signing.headers(f"{NEXT} {SECRET}", NAME, MOMENT, BODY)
    assert both["webhook-signature"].split(" ") == [Webhook(NEXT).sign(NAME, MOMENT, BODY.decode()), SIGNATURE]
    for known in (SECRET, NEXT, f"{SECRET} {NEXT}"):
        assert signing.verify(known, both, BODY, MOMENT) == NAME
    assert signing.verify(f"{NEXT} {SECRET}", given(signature=f"v1,other {SIGNATURE}"), BODY, MOMENT) == NAME


def test_a_new_secret_is_32_random_bytes_that_can_be_used() -> None:
    made = signing.new_secret()
    assert len(base64.b64decode(made.removeprefix("whsec_"), validate=True)) == 32
    assert signing.usable(made) == [made]
    assert made != signing.new_secret()


@pytest.mark.parametrize("length", [24, 32, 64])
def test_a_secret_of_24_bytes_or_more_is_taken(length: int) -> None:
    secret = "whsec_" + base64.b64encode(bytes(length)).decode()
    assert signing.usable(f" {secret}\n{NEXT} ") == [secret, NEXT]


@pytest.mark.parametrize(
    "secret",
    [
        "whsec_" + base64.b64encode(bytes(23)).decode(),  # too short
        base64.b64encode(bytes(32)).decode(),  # without its prefix
        SECRET.replace("q", "!"),
        SECRET + "!!!!",  # letters that a lenient reader skips
        "whsec_" + "é" * 40,
        "whsec_",
        f"{SECRET} rahasia",
    ],
)
def test_what_is_no_secret_is_refused_in_plain_words(secret: str) -> None:
    with pytest.raises(Problem) as caught:
        signing.usable(secret)
    assert whole(caught.value) == (
        "bad_secret", 422, "Rahasia webhook terdiri atas whsec_ dan sedikitnya 24 bita acak dalam base64.", "secret",
    )  # fmt: skip


@pytest.mark.parametrize("secret", ["", " \n"])
def test_a_peer_without_a_secret_is_said_to_have_none(secret: str) -> None:
    with pytest.raises(Problem) as caught:
        signing.usable(secret)
    assert whole(caught.value) == ("bad_secret", 422, "Rekan jaringan ini belum punya rahasia webhook.", "secret")


@pytest.mark.parametrize(
    "changed",
    [{"id": None}, {"timestamp": None}, {"signature": None}, {"id": ""}, {"timestamp": ""}, {"signature": " "},
     {"id": "i" * 257}],
)  # fmt: skip
def test_a_message_that_is_not_signed_is_told_what_to_send(changed: dict[str, str | None]) -> None:
    assert whole(refused(given(**changed))) == (
        "missing_signature",
        401,
        "Kirimkan webhook-id, webhook-timestamp, dan webhook-signature, sesuai Standard Webhooks.",
        "",
    )


def test_an_id_of_256_letters_is_taken() -> None:
    name = "i" * 256
    assert signing.verify(SECRET, signing.headers(SECRET, name, MOMENT, BODY), BODY, MOMENT) == name


@pytest.mark.parametrize("written", ["kemarin", "1614265330.5", "9" * 30, "9" * 13, "-" + "9" * 13, "9" * 5000])
def test_a_time_that_is_none_is_refused(written: str) -> None:
    assert whole(refused(given(timestamp=written))) == (
        "missing_signature",
        401,
        "webhook-timestamp berupa detik bulat sejak 1970.",
        "",
    )


@pytest.mark.parametrize(
    ("headers", "content", "secret"),
    [
        (given(), BODY + b" ", SECRET),
        (given(), b"\xff\xfe", SECRET),
        (given(), BODY, NEXT),
        (given(id="msg_other"), BODY, SECRET),
        (given(timestamp=str(AT + 1)), BODY, SECRET),
        (given(signature="v1,\udcff\xe9"), BODY, SECRET),
        (given(signature=SIGNATURE[3:]), BODY, SECRET),
    ],
)
def test_a_signature_of_something_else_does_not_hold(headers: dict[str, str], content: bytes, secret: str) -> None:
    assert whole(refused(headers, content, secret=secret)) == (
        "bad_signature",
        401,
        "Tanda tangan tidak cocok dengan isi dan rahasianya.",
        "",
    )


@pytest.mark.parametrize("off", [timedelta(hours=2), timedelta(hours=-2)])
def test_clocks_may_be_two_hours_apart_and_no_second_more(off: timedelta) -> None:
    now = (MOMENT + off).astimezone(timezone(timedelta(hours=7)))
    assert signing.verify(SECRET, given(), BODY, now) == NAME
    beyond = now + off / 7200
    here = {2: "2021-02-25 17:02:11", -2: "2021-02-25 13:02:09"}[round(off.total_seconds() / 3600)]
    assert whole(refused(given(), now=beyond)) == (
        "clock_wrong", 401, f"Pesan Anda bertanda waktu 2021-02-25 15:02:10, "
        f"sedangkan di sini {here} (UTC). Setel jam, lalu kirim lagi.", "",
    )  # fmt: skip


def test_whether_the_signature_holds_is_said_before_the_clock() -> None:
    late = refused(given(signature="v1,other"), now=MOMENT + timedelta(days=1))
    assert late.code == "bad_signature"
