"""How people call bodies for short, and what stands in the names of bodies instead."""

from __future__ import annotations

import re

# Words as they stand in official names; several where offices of the same task are named differently.
MEANINGS: dict[str, tuple[str, ...]] = {
    "bappeda": ("badan perencanaan pembangunan daerah",),
    "bapenda": ("badan pendapatan daerah",),
    "bpbd": ("badan penanggulangan bencana daerah",),
    "bnpb": ("badan nasional penanggulangan bencana",),
    "bpjt": ("badan pengatur jalan tol",),
    "bbpjn": ("balai besar pelaksanaan jalan nasional",),
    "bpjn": ("balai pelaksanaan jalan nasional", "balai besar pelaksanaan jalan nasional"),
    "damkar": ("pemadam kebakaran", "penanggulangan kebakaran"),
    "dinkes": ("dinas kesehatan",),
    "dinsos": ("dinas sosial",),
    "disdik": ("dinas pendidikan",),
    "dishub": ("dinas perhubungan",),
    "disdukcapil": ("dinas kependudukan dan pencatatan sipil",),
    "diskominfo": ("dinas komunikasi",),
    "dlh": ("dinas lingkungan hidup",),
    "dlhk": ("dinas lingkungan hidup",),
    "dpupr": ("dinas pekerjaan umum", "dinas bina marga"),
    "dsda": ("dinas sumber daya air",),
    "kemenhub": ("kementerian perhubungan",),
    "kemenkes": ("kementerian kesehatan",),
    "kemensos": ("kementerian sosial",),
    "kominfo": ("kementerian komunikasi", "dinas komunikasi"),
    "komdigi": ("kementerian komunikasi dan digital",),
    "pam": ("pam jaya", "air minum"),
    "pdam": ("pdam", "air minum", "pam jaya"),
    "pemda": ("pemerintah daerah", "pemerintah"),
    "pemkab": ("pemerintah kabupaten",),
    "pemkot": ("pemerintah kota",),
    "pemprov": ("pemerintah provinsi",),
    "pupr": ("pekerjaan umum",),
    "satpol pp": ("satuan polisi pamong praja",),
    "satpol": ("satuan polisi pamong praja",),
}
_ANY = re.compile(r"\b(" + "|".join(sorted(MEANINGS, key=len, reverse=True)) + r")\b")


def spelled_out(text: str) -> list[str]:
    """`text` without capitals as written, and once for each meaning of the first abbreviation in it.

    `Dishub Jakarta` gives `dishub jakarta` and `dinas perhubungan jakarta`.
    """
    plain = " ".join(text.casefold().split())
    found = _ANY.search(plain)
    if found is None:
        return [plain]
    before, after = plain[: found.start()], plain[found.end() :]
    return list(dict.fromkeys([plain, *(f"{before}{meaning}{after}" for meaning in MEANINGS[found[1]])]))
