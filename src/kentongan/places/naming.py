"""Names of areas as people write them: short forms, kinds with or without a dot, the larger place behind a comma."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from kentongan.foundation.remembering import remembered
from kentongan.places import gazetteer
from kentongan.places.gazetteer import Area

# The kind of area that a word before a name says, as the type in the code list begins.
_KINDS = {
    "kabupaten": "Kabupaten", "kab": "Kabupaten", "kota": "Kota", "kotamadya": "Kota", "kodya": "Kota",
    "kecamatan": "Kecamatan", "kec": "Kecamatan", "distrik": "Kecamatan", "kelurahan": "Kelurahan", "kel": "Kelurahan",
    "desa": "Desa", "ds": "Desa", "provinsi": "Provinsi", "propinsi": "Provinsi", "prov": "Provinsi",
    "prop": "Provinsi",
}  # fmt: skip
_FILLING = ("administrasi ", "adm ")
_ENGLISH = (("java", "jawa"), ("sumatra", "sumatera"), *((one, one) for one in ("kalimantan", "sulawesi", "jakarta")))
_SIDES = (("west", "barat"), ("east", "timur"), ("north", "utara"), ("south", "selatan"))
_PARTS = {
    "sumut": "sumatera utara", "sumbar": "sumatera barat", "sumsel": "sumatera selatan", "babel":
    "kepulauan bangka belitung", "kepri": "kepulauan riau", "jabar": "jawa barat", "jateng": "jawa tengah",
    "jatim": "jawa timur", "ntb": "nusa tenggara barat", "ntt": "nusa tenggara timur", "kalbar": "kalimantan barat",
    "kalteng": "kalimantan tengah", "kalsel": "kalimantan selatan", "kaltim": "kalimantan timur",
    "kaltara": "kalimantan utara", "sulut": "sulawesi utara", "sulteng": "sulawesi tengah",
    "sulsel": "sulawesi selatan", "sultra": "sulawesi tenggara", "sulbar": "sulawesi barat", "malut": "maluku utara",
    "nad": "aceh", "nanggroe aceh darussalam": "aceh", "pabar": "papua barat", "jakpus": "jakarta pusat",
    "jakut": "jakarta utara", "jakbar": "jakarta barat", "jaksel": "jakarta selatan", "jaktim": "jakarta timur",
    "tangsel": "tangerang selatan", "jogja": "yogyakarta", "jogjakarta": "yogyakarta", "yogya": "yogyakarta",
    "solo": "surakarta", "bangka belitung": "kepulauan bangka belitung", "sumatra utara": "sumatera utara",
    "sumatra barat": "sumatera barat", "sumatra selatan": "sumatera selatan", "toba samosir": "toba",
    "ujung pandang": "makassar", "kutai kertanegara": "kutai kartanegara", "kukar": "kutai kartanegara",
    "kutim": "kutai timur", "kubar": "kutai barat", "kobar": "kotawaringin barat", "kotim": "kotawaringin timur",
    "lobar": "lombok barat", "loteng": "lombok tengah", "lotim": "lombok timur", "sergai": "serdang bedagai",
    "madina": "mandailing natal", "tapsel": "tapanuli selatan", "tapteng": "tapanuli tengah", "taput": "tapanuli utara",
    "pessel": "pesisir selatan", "pasbar": "pasaman barat", "kuansing": "kuantan singingi", "inhu": "indragiri hulu",
    "inhil": "indragiri hilir", "rohul": "rokan hulu", "rohil": "rokan hilir", "muba": "musi banyuasin",
    "oki": "ogan komering ilir", "oku": "ogan komering ulu", "lamteng": "lampung tengah", "lamsel": "lampung selatan",
    "lamtim": "lampung timur", "lambar": "lampung barat", "sidrap": "sidenreng rappang",
    "pangkep": "pangkajene dan kepulauan", "polman": "polewali mandar", "bolmong": "bolaang mongondow",
    "kbb": "bandung barat", "sby": "surabaya", "ujungpandang": "makassar", "menado": "manado",
    "padangsidempuan": "padangsidimpuan", "pulau seribu": "kepulauan seribu", "50 kota": "lima puluh kota",
    "di aceh": "aceh", "daerah istimewa aceh": "aceh", "bdg": "bandung", "smg": "semarang", "dps": "denpasar",
    "jkt": "jakarta", "mks": "makassar", "mksr": "makassar", "plg": "palembang", "pbd": "papua barat daya",
    "ikn": "sepaku", "tanjung priuk": "tanjung priok", "kebun jeruk": "kebon jeruk", "kebun sirih": "kebon sirih",
    **{f"{side} {land}": f"{here} {there}" for land, here in _ENGLISH for side, there in _SIDES},
    **{f"central {land}": f"{here} {'pusat' if land == 'jakarta' else 'tengah'}" for land, here in _ENGLISH},
}  # fmt: skip
_FIRST = {
    "kep": "kepulauan", "tj": "tanjung", "tjg": "tanjung", "tg": "tanjung", "gn": "gunung", "ps": "pasar",
    "psr": "pasar", "jkt": "jakarta", "bdg": "bandung", "smg": "semarang", "sby": "surabaya", "mks": "makassar",
}  # fmt: skip
# "Bantul, Yogyakarta": what stands behind a smaller place as the name of a city means the region of that name too.
_REGION = {"34.71": "34"}
# What the two special regions are called, in law and in the mouth; their codes do not change.
_ALSO = {
    "31": (
        "dki jakarta",
        "dki",
        "dkj",
        "jakarta",
        "jakarta raya",
        "daerah khusus jakarta",
        "daerah khusus ibukota jakarta",
    ),
    "34": ("di yogyakarta", "diy", "daerah istimewa yogyakarta", "di jogjakarta"),
}
NOTHING = re.compile(r"(?:indonesia|republik indonesia|ri|\d{5})?")  # pieces that narrow nothing down: a postcode too


_SHORT = {"jalan": "Jl.", "jln": "Jl.", "jl": "Jl.", "gang": "Gg.", "gg": "Gg."}


def shown(name: str) -> str:
    """The name of a street as signs and letters have it: "Jl." and "Gg." for *Jalan* and *Gang*; others as they are."""
    first, blank, rest = name.partition(" ")
    return f"{_SHORT[kind]} {rest.strip()}" if blank and (kind := first.lower().rstrip(".")) in _SHORT else name


def plain(text: str) -> str:
    """Lower case, without accents, apostrophes and dots, one blank between words."""
    kept = text.lower()
    if not kept.isascii():
        kept = "".join(one for one in unicodedata.normalize("NFKD", kept) if not unicodedata.combining(one))
    return " ".join(re.sub(r"[\s./_–—-]+", " ", re.sub(r"['’‘`´′ʼ\"]", "", kept)).split())


def read(piece: str) -> tuple[str, str]:
    """The name in a piece of an address, plain, and the kind that stands before it (empty: none)."""
    name, kind = plain(piece), ""
    first, _blank, rest = name.partition(" ")
    if rest and first in _KINDS:
        kind, name = _KINDS[first], rest
    for filling in _FILLING:
        name = name.removeprefix(filling)
    first, blank, rest = name.partition(" ")
    name = f"{_FIRST.get(first, first)}{blank}{rest}" if rest else name
    # "N.T.T.", "Jak-sel": the blanks that dots and strokes leave are none.
    return _PARTS.get(name) or _PARTS.get(solid(name)) or name, kind


def solid(name: str) -> str:
    """A plain name without blanks: Gunungkidul and Gunung Kidul, Pare-pare and Parepare are one."""
    return name.replace(" ", "")


def pieces(text: str) -> list[str]:
    """The parts of an address, from the smallest to the largest place; those that say nothing left out."""
    parts = (re.sub(r"\s\d{5}$", "", part.strip()) for part in re.split(r"[,;\n()|]", text))
    return [part for part in parts if not NOTHING.fullmatch(plain(part))]


def of_kind(area: Area, kind: str) -> bool:
    """Whether the area is of the kind that was written; a village is often called by the other word for one."""
    if kind in {"Kelurahan", "Desa"}:
        return area.level == "village"
    return not kind or area.type.startswith(kind)


def called(piece: str, within: Sequence[str] | None, past: Iterable[str] = ()) -> list[Area]:
    """The areas with exactly this name; `within` the areas of these codes (None: anywhere)."""
    name, kind = read(piece)
    name, gone = solid(name), set(past)
    known = _exact(id(gazetteer.areas())).get(name, ())
    # Some have the word for another kind in their name: the district Kota Sumenep lies in a regency.
    whole = solid(plain(piece)) if kind else ""
    found = [one for one in known if one.code not in gone and (of_kind(one, kind) or solid(plain(one.name)) == whole)]
    return [one for one in found if within is None or inside(one.code, within)]


def meant(areas: Iterable[Area]) -> list[str]:
    """The codes of areas that are named behind a smaller place, which lies in one of them."""
    return [_REGION.get(one.code, one.code) for one in areas]


def inside(code: str, within: Iterable[str]) -> bool:
    """Whether an area lies in one of those, or is one of them."""
    return any(code == one or code.startswith(f"{one}.") for one in within)


def names() -> list[tuple[str, Area]]:
    """Every area by its plain name without blanks; the special regions by all of theirs."""
    return _names(id(gazetteer.areas()))


def holding(part: str, *, at_start: bool = False) -> Iterator[tuple[str, Area]]:
    """Those of `names` that hold a part, or begin with it. All names are looked through as one text: a tenth of the
    time."""
    text, starts = _text(id(gazetteer.areas()))
    every, sought = names(), f"\n{part}" if at_start else part
    at = text.find(sought)
    while at >= 0:
        number = bisect_right(starts, at + at_start) - 1
        yield every[number]
        at = text.find(sought, starts[number] + len(every[number][0]))


def of_length(length: int) -> tuple[list[str], list[Area]]:
    """The names of so many letters, and the area of each."""
    return _lengths(id(gazetteer.areas())).get(length, ([], []))


@remembered(maxsize=1)
def _text(of: int) -> tuple[str, list[int]]:
    """All names, each behind the end of a line, as one text, and where each begins."""
    every = [name for name, _area in _names(of)]
    return "\n" + "\n".join(every), list(accumulate((len(name) + 1 for name in every[:-1]), initial=1))


@remembered(maxsize=1)
def _lengths(of: int) -> dict[int, tuple[list[str], list[Area]]]:
    found: dict[int, tuple[list[str], list[Area]]] = {}
    for name, one in _names(of):
        names_of, areas_of = found.setdefault(len(name), ([], []))
        names_of.append(name)
        areas_of.append(one)
    return found


@remembered(maxsize=1)
def _exact(of: int) -> dict[str, list[Area]]:
    found: dict[str, list[Area]] = {}
    for name, one in _names(of):
        found.setdefault(name, []).append(one)
    return found


@remembered(maxsize=1)
def _names(_of: int) -> list[tuple[str, Area]]:
    known = gazetteer.areas()
    also = [(name, known[code]) for code, all_names in _ALSO.items() if code in known for name in all_names]
    every = [*((read(one.name)[0], one) for one in known.values()), *also]
    return [(solid(name), one) for name, one in every]
