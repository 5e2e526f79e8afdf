"""Why a report goes where it goes, in the words that a citizen reads and hears: Indonesian and English together."""

from __future__ import annotations

from collections.abc import Iterable

from kentongan import catalogue
from kentongan.bodies import Snapshot
from kentongan.places import Area, Nearest, known_chain
from kentongan.reports import Reason
from kentongan.routing.conditions import Facts
from kentongan.routing.dividing import Share
from kentongan.routing.matching import Match

SURE = 12  # metres from a road's middle line within which a trouble is on the road itself
FAR = 5_000  # metres to a village's point from which on they are told: most villages are smaller
MAY_BE = "may_be_another"
OWN_RULE = "own_rule"
NO_PARTNER = Reason(
    "no_partner",
    {
        "id": "Instansi ini belum menjadi mitra. Laporan disimpan dan diteruskan begitu instansi bergabung.",
        "en": "This body has not joined yet. The report is kept and handed over on the day it joins.",
    },
)
BY_REPORTER = Reason(
    "chosen_by_reporter", {"id": "Pelapor memilih instansi ini.", "en": "The reporter chose this body."}
)


def by_rule(match: Match, world: Snapshot) -> tuple[Reason, ...]:
    """What a rule says where it holds; that its line is only drawn by hand; and how the body divided it further."""
    return (*_of_country(match), *(by_share(one, world) for one in match.shares))


def by_share(share: Share, world: Snapshot) -> Reason:
    """That a body divides what comes to it by rules of its own, by which of them, and in which version."""
    owner, to, rule = _names(share.division.body, world), _names(share.rule.to, world), share.rule
    kind = catalogue.known(rule.category) if rule.category else None
    area = known_chain(rule.area)[-1].name if rule.area else ""
    told = {}
    for language, (every, within, said) in _SHARED.items():
        what = (kind.name_id if language == "id" else kind.name_en) if kind else every
        where = f" {within} {area}" if area else ""
        if share.line is not None:
            where += f" {_where(round(share.line.distance), share.line.name or _UNNAMED[language], language)}"
        told[language] = said.format(
            owner=owner[language], what=what, where=where, to=to[language], number=share.division.number
        )
    return Reason(OWN_RULE, told)


def _of_country(match: Match) -> tuple[Reason, ...]:
    words = match.rule.reason.model_dump()
    if match.line is None:
        return (Reason(match.rule.code, words),)
    metres, names = round(match.line.distance), dict.fromkeys(words, match.line.name)
    names = names if match.line.name else _UNNAMED
    said = Reason(match.rule.code, {
        language: text.format(road=names[language], metres=metres, where=_where(metres, names[language], language))
        for language, text in words.items()
    })  # fmt: skip
    return (said, _DRAWN) if match.line.approximate else (said,)


def place(facts: Facts) -> Reason:
    """Where the place lies, and how surely."""
    if not facts.areas:
        return _NO_PLACE
    names = ", ".join(area.name for area in reversed(facts.areas))
    if facts.approximate:
        far_id = f"; titik desa itu sekitar {metres(facts.away, 'id')} dari sini" if facts.away > FAR else ""
        far_en = f"; that village's point is about {metres(facts.away, 'en')} away" if facts.away > FAR else ""
        return Reason("in_area", {
            "id": f"Lokasinya kira-kira di {names}{far_id}.",
            "en": f"The place is approximately in {names}{far_en}.",
        })  # fmt: skip
    if facts.away:
        return Reason("nearest_area", {
            "id": "Lokasinya di luar semua batas desa dan kelurahan, misalnya di laut atau di dermaga. "
            f"Wilayah terdekat, sekitar {metres(facts.away, 'id')} dari sini, adalah {names}.",
            "en": "The place lies outside every village boundary, for instance at sea or on a pier. "
            f"The nearest area, about {metres(facts.away, 'en')} away, is {names}.",
        })  # fmt: skip
    return Reason("in_area", {"id": f"Lokasinya di {names}.", "en": f"The place is in {names}."})


def border(area: Area, facts: Facts) -> Reason:
    """Why a neighbouring area may be meant: the border is near, or nobody here knows where it runs."""
    chain = known_chain(area.code)
    named = {"id": area.name, "en": area.name}
    if len(chain) > 2:  # a village's name alone tells few people which regency it is of
        named = {"id": f"{area.name} di {chain[1].name}", "en": f"{area.name} in {chain[1].name}"}
    if facts.approximate:
        return Reason("near_boundary", {
            "id": f"Batas wilayah di sini hanya diketahui kira-kira; tempat ini mungkin di {named['id']}.",
            "en": f"Boundaries are known only approximately here; the place may be in {named['en']}.",
        })  # fmt: skip
    if facts.away:
        return Reason("near_boundary", {
            "id": f"Lokasinya di luar semua batas desa; {named['id']} hampir sama dekatnya.",
            "en": f"The place lies outside every village boundary; {named['en']} is nearly as close.",
        })  # fmt: skip
    return Reason("near_boundary", {
        "id": f"Batas dengan {named['id']} berjarak kurang dari 30 meter.",
        "en": f"The boundary with {named['en']} is less than 30 metres away.",
    })  # fmt: skip


def other_street(street: Nearest) -> Reason:
    """That a street of nobody in particular is as near as the road that won."""
    return Reason("other_street", {
        language: text.format(where=_where(round(street.distance), street.name, language))
        for language, text in {
            "id": "Lokasinya juga {where}, yang tidak tercatat sebagai jalan nasional, jalan provinsi, atau jalan tol.",
            "en": "The place is also {where}, which is not recorded as a national, provincial or toll road.",
        }.items()
    })  # fmt: skip


def height(road: Nearest) -> Reason:
    """Whether a road runs above, below or on the ground, where another one does otherwise."""
    name = {"id": road.name or "Jalan tanpa nama", "en": road.name or "The road without a name"}
    if road.level > 0:
        return Reason("above", {
            "id": f"{name['id']} di sini ada di atas, sebagai jalan layang atau jembatan.",
            "en": f"{name['en']} runs above here, on a flyover or bridge.",
        })  # fmt: skip
    if road.level < 0:
        return Reason("below", {
            "id": f"{name['id']} di sini ada di bawah tanah, dalam terowongan atau lintas bawah.",
            "en": f"{name['en']} runs under the ground here, in a tunnel or underpass.",
        })  # fmt: skip
    return Reason("on_the_ground", {
        "id": f"{name['id']} di sini ada di permukaan tanah.", "en": f"{name['en']} runs on the ground here."
    })  # fmt: skip


def may_be(codes: Iterable[str], world: Snapshot) -> Reason:
    """Which other bodies may be responsible, for whoever was not asked."""
    others = [_names(code, world) for code in codes]
    in_id, in_en = (
        _listed([one[language] for one in others], last) for language, last in (("id", "atau"), ("en", "or"))
    )
    return Reason(MAY_BE, {"id": f"Mungkin juga ini urusan {in_id}.", "en": f"It may also be a matter of {in_en}."})


def taken_over(body: str, higher: str, world: Snapshot) -> Reason:
    """That a partner higher up receives it meanwhile."""
    one, other = _names(body, world), _names(higher, world)
    text = {
        "id": f"{one['id']} belum menjadi mitra; {other['id']} menanganinya.",
        "en": f"{one['en']} has not joined yet; {other['en']} takes care of it.",
    }
    return Reason("taken_over", text)


def metres(distance: float, language: str) -> str:
    """A distance as one says it: "340 meter", "2,7 kilometer"."""
    if distance < 950:
        number = str(max(round(distance / 10), 1) * 10)
        return f"{number} meter" if language == "id" else f"{number} metres"
    number = f"{distance / 1000:.1f}".removesuffix(".0")
    return f"{number.replace('.', ',')} kilometer" if language == "id" else f"{number} kilometres"


def _where(metres: int, road: str, language: str) -> str:
    """On the road, or how far from it: nobody says "0 metres from"."""
    if metres <= SURE:
        return f"di {road}" if language == "id" else f"on {road}"
    return f"sekitar {metres} meter dari {road}" if language == "id" else f"about {metres} metres from {road}"


def _names(code: str, world: Snapshot) -> dict[str, str]:
    """How a body is called in both languages; its code where there is none any more."""
    body = world.body(code)
    return {"id": body.name_id, "en": body.name_en} if body else {"id": code, "en": code}


def _listed(names: list[str], last: str) -> str:
    return f" {last} ".join([part for part in (", ".join(names[:-1]), names[-1]) if part])


_UNNAMED = {"id": "jalan tanpa nama", "en": "a road without a name"}
# What all kinds of reports are called, the word before an area, and the sentence.
_SHARED = {
    "id": ("semua laporan", "di", "{owner} membagi sendiri laporan yang masuk kepadanya: {what}{where} ditangani {to}"
           " (aturan pembagian versi {number})."),
    "en": ("all reports", "in", "{owner} divides what comes to it by rules of its own: {what}{where} goes to {to}"
           " (version {number} of its rules)."),
}  # fmt: skip
_NO_PLACE = Reason(
    "no_place",
    {
        "id": "Masalah ini tidak terikat pada suatu tempat.",
        "en": "This kind of trouble has no place on the map.",
    },
)
_DRAWN = Reason(
    "drawn_by_hand",
    {
        "id": "Letak jalan ini di peta kami hanya digambar kira-kira.",
        "en": "Our map shows only roughly where this road runs.",
    },
)
