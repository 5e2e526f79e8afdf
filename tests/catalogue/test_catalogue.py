"""The catalogue: the packaged file, its checks, suggestions from a text, and typed answers."""

from datetime import datetime

import pytest
import yaml
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kentongan import catalogue
from kentongan.catalogue import loading
from kentongan.catalogue.models import Category
from kentongan.foundation.problems import Problem
from tests import inputs
from tests.depth import few

# What Qlue's users could report, and what the first issue adds.
EXPECTED = {
    "congestion", "waste", "flood", "traffic_violation", "fire", "road_damage", "social_care", "street_vendor",
    "crime", "street_light", "fallen_tree", "public_facility", "illegal_parking", "illegal_building", "smoking",
    "illegal_advertising", "unhygienic_food", "public_transport", "terror_suspicion", "harmful_content",
    "corruption", "water_leak", "power_pole", "health_risk", "landslide", "earthquake_damage", "volcano",
}  # fmt: skip
ALL_KINDS = Category(
    code="survey",
    questions=[
        {"code": "words", "datatype": "string", "required": False, "values": []},
        {"code": "story", "datatype": "text", "required": False, "values": []},
        {"code": "depth", "datatype": "number", "required": False, "values": []},
        {"code": "seen", "datatype": "datetime", "required": False, "values": []},
        {"code": "one", "datatype": "singlevaluelist", "required": False, "values": [{"key": "a"}, {"key": "b"}]},
        {"code": "some", "datatype": "multivaluelist", "required": False, "values": [{"key": "a"}, {"key": "b"}]},
    ],
)
MUST = Category(code="must", questions=[{"code": "words", "datatype": "string", "required": True, "values": []}])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=300) | st.datetimes(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture
def loaded(db):
    catalogue.load()


def refused(code, act):
    with pytest.raises(Problem) as caught:
        act()
    assert caught.value.code == code
    return caught.value


def test_the_packaged_catalogue_is_whole(loaded):
    kinds = {one.code: one for one in catalogue.all_active()}
    assert set(kinds) >= EXPECTED
    for one in kinds.values():
        assert one.name_id
        assert one.name_en
        assert one.icon
    for one in catalogue.choosable():
        assert one.code == "other" or (one.keywords_id and one.keywords_en), one.code
        assert bool(one.hint_id) == bool(one.hint_en), one.code


def test_what_endangers_people_when_seen_is_restricted(loaded):
    for code in ("corruption", "crime", "terror_suspicion", "social_care"):
        assert catalogue.get(code).restricted, code
    for code in ("fire", "flood", "terror_suspicion", "power_pole"):
        assert catalogue.get(code).emergency, code
    assert not catalogue.get("harmful_content").needs_place


def test_name_and_hint_follow_the_language(loaded):
    kind = catalogue.get("road_damage")
    with translation.override("en"):
        assert kind.name == "Road damage"
    with translation.override("id"):
        assert kind.name == "Jalan rusak"


def test_branch_runs_from_the_kind_to_the_root(loaded):
    assert catalogue.branch("road_damage") == ("road_damage", "roads_traffic")


def test_unknown_and_inactive_categories_are_refused(loaded):
    assert refused("unknown_category", lambda: catalogue.get("unicorn")).field == "category"
    Category.objects.filter(code="noise").update(active=False)
    catalogue.invalidate()
    refused("unknown_category", lambda: catalogue.get("noise"))


def test_loading_twice_changes_nothing_and_a_smaller_file_switches_off(loaded, tmp_path):
    before = list(Category.objects.values())
    catalogue.load()
    assert list(Category.objects.values()) == before
    small = tmp_path / "small.yaml"
    small.write_text("kinds: [{code: waste, name: {id: Sampah, en: Waste}}]")
    assert catalogue.load(small) == 1
    assert [one.code for one in catalogue.all_active()] == ["waste"]
    assert Category.objects.count() == len(before)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("kinds: [{code: Bad Code, name: {id: a, en: b}}]", "kinds.0.code"),
        ("kinds: [{code: ok, name: {id: a}}]", "kinds.0.name.en"),
        ("kinds: [{code: ok, name: {id: a, en: b}, deadline_hours: 0}]", "deadline_hours"),
        ("kinds: [{code: ok, name: {id: a, en: b}, colour: red}]", "colour"),
        ("kinds: [{code: ok, name: {id: a, en: b}}, {code: ok, name: {id: a, en: b}}]", "twice: ok"),
        (f"kinds: [{{code: ok, name: {{id: {'a' * 81}, en: b}}}}]", "kinds.0.name.id"),
        (
            "kinds: [{code: ok, name: {id: a, en: b}, questions: "
            "[{code: q, datatype: singlevaluelist, description: {id: a, en: b}}]}]",
            "a list needs values",
        ),
        ("kinds: [", "cannot be read"),
        ("", "valid dictionary"),
    ],
)
def test_a_wrong_file_is_named_and_changes_nothing(loaded, tmp_path, written, says):
    file = tmp_path / "wrong.yaml"
    file.write_text(written)
    before = list(Category.objects.values())
    assert says in str(refused("bad_catalogue", lambda: catalogue.load(file)).detail)
    assert list(Category.objects.values()) == before


def test_a_missing_file_is_named(loaded, tmp_path):
    refused("bad_catalogue", lambda: catalogue.load(tmp_path / "nothing.yaml"))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Ada lubangnya besar sekali di depan pasar", "road_damage"),
        ("sampahnya menumpuk sudah tiga hari", "waste"),
        ("tumpukan smapah dan sampa di kali", "waste"),
        ("Lampu jalan mati sejak kemarin", "street_light"),
        ("banjir setinggi lutut", "flood"),
        ("There is a huge pothole on my street", "road_damage"),
        ("online gambling website", "harmful_content"),
        ("pipa bocor depan rumah", "water_leak"),
        ("banyak jentik nyamuk, takut demam berdarah", "health_risk"),
        ("pungli di kantor kelurahan", "corruption"),
        ("tiang listrik miring", "power_pole"),
    ],
)
def test_suggestion_follows_the_words(loaded, text, code):
    assert catalogue.suggest(text)[0].code == code


def test_a_keyword_inside_another_word_suggests_nothing(loaded):
    # "api" is in "tapi", "rob" in "problem", "got" in "gotong": none of them is fire, flood or a drain.
    assert catalogue.suggest("tapi rapi, problem gotong royong") == []
    assert catalogue.suggest("") == []


def test_a_word_that_a_keyword_has_is_no_slip_of_another(loaded):
    # "jalan" was taken for "jualan" without its u: every trouble of a road was a street vendor's too.
    assert "street_vendor" not in [one.code for one in catalogue.suggest("jalan di kampung kami")]
    assert catalogue.suggest("banyak yang berjualam")[0].code == "street_vendor"


def test_a_keyword_with_a_hyphen_is_found_as_people_write_it(loaded):
    Category.objects.filter(code="other").update(keywords_id=["umbul-umbul", "kura-kura"])
    catalogue.invalidate()
    for written in ("kura-kura hilang", "kura kura hilang", "Kura - Kura"):
        assert catalogue.suggest(written)[0].code == "other", written


def test_a_blank_keyword_suggests_nothing(loaded):
    Category.objects.filter(code="other").update(keywords_id=[" "])
    catalogue.invalidate()
    assert catalogue.suggest("entah apa") == []


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=2000))
def test_any_text_gives_at_most_three(loaded, text):
    assert len(catalogue.suggest(text)) <= 3


@given(answers=st.dictionaries(st.sampled_from([one["code"] for one in ALL_KINDS.questions]), anything))
def test_any_answer_is_typed_or_refused_and_reading_again_changes_nothing(answers):
    try:
        checked = catalogue.check_answers(ALL_KINDS, answers)
    except Problem as problem:
        told = (problem.code, problem.field.partition(".")[0])
    else:
        told = ("bad_answer", "answers")
        _is_typed(checked)
    assert told == ("bad_answer", "answers")


def _is_typed(checked):
    assert catalogue.check_answers(ALL_KINDS, checked) == checked
    types = {"depth": (int, float), "some": list}
    for code, value in checked.items():
        assert isinstance(value, types.get(code, str))
        assert value not in ("", [])


@given(answers=anything)
def test_answers_of_any_shape_are_read_or_refused(answers):
    try:
        told = bool(catalogue.check_answers(MUST, answers)["words"])
    except Problem as problem:
        told = problem.code == "bad_answer"
    assert told


@given(at=st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.timezones()))  # noqa: DTZ001  zones are drawn
def test_a_time_with_its_zone_is_kept(at):
    # Compared as written: an hour that a change of clocks skips or repeats equals no other in Python.
    assert catalogue.check_answers(ALL_KINDS, {"seen": at.isoformat()}) == {"seen": at.isoformat()}


@pytest.mark.parametrize("blank", [None, "", "   ", "\u200e", "\u0000\n"])
def test_blanks_do_not_answer_a_required_question(blank):
    assert refused("bad_answer", lambda: catalogue.check_answers(MUST, {"words": blank})).field == "answers.words"


@pytest.mark.parametrize(
    ("code", "given_answer"),
    [("depth", "deep"), ("depth", "NaN"), ("depth", True), ("seen", "yesterday"), ("seen", "2026-01-01T10:00"),
     ("one", "c"), ("some", ["a", "c"]), ("words", "x" * 201), ("words", 5), ("unknown", 1)],
)  # fmt: skip
def test_answers_of_the_wrong_kind_are_refused(code, given_answer):
    refused("bad_answer", lambda: catalogue.check_answers(ALL_KINDS, {code: given_answer}))


KIND = st.fixed_dictionaries(
    {"code": st.sampled_from(["waste", "a b", "x"]), "name": st.just({"id": "x", "en": "y"}) | st.none()},
    optional={
        "hint": anything,
        "kinds": anything,
        "questions": anything,
        "keywords": anything,
        "deadline_hours": anything,
    },
)


@few(20, shared=True)
@given(said=st.fixed_dictionaries({"categories": st.lists(KIND | anything, max_size=3)}) | anything)
def test_any_file_of_a_catalogue_is_one_or_refused_with_what_is_wrong(tmp_path, said):
    path = tmp_path / "catalogue.yaml"
    path.write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf-8", errors="replace")
    inputs.refused(lambda: loading._read(path), "bad_catalogue")
    path.write_text("categories: 2026-13-01", encoding="utf-8")
    assert inputs.refused(lambda: loading._read(path), "bad_catalogue")
