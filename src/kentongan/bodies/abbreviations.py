"""How people call bodies for short, and what stands in the names of bodies instead."""

from __future__ import annotations

import re

# Words as they stand in official names; several where offices of the same task are named differently.
MEANINGS: dict[str, tuple[str, ...]] = {
    "bapenda": ("badan pendapatan daerah",),
    "bappeda": ("badan perencanaan pembangunan daerah",),
    "basarnas": ("badan nasional pencarian dan pertolongan",),
    "bbpjn": ("balai besar pelaksanaan jalan nasional",),
    "bbws": ("balai besar wilayah sungai",),
    "bmkg": ("badan meteorologi",),
    "bnpb": ("badan nasional penanggulangan bencana",),
    "bpbd": ("badan penanggulangan bencana daerah",),
    "bpjn": ("balai pelaksanaan jalan nasional", "balai besar pelaksanaan jalan nasional"),
    "bpjt": ("badan pengatur jalan tol",),
    "bpn": ("badan pertanahan nasional",),
    "bpom": ("badan pengawas obat dan makanan",),
    "bws": ("balai wilayah sungai", "balai besar wilayah sungai"),
    "damkar": ("pemadam kebakaran", "penanggulangan kebakaran"),
    "dbm": ("dinas bina marga",),
    "dinkes": ("dinas kesehatan",),
    "dinas pu": ("dinas pekerjaan umum", "dinas bina marga", "pekerjaan umum"),
    "dinsos": ("dinas sosial",),
    "dis hub": ("dinas perhubungan",),
    "disdik": ("dinas pendidikan",),
    "disdukcapil": ("dinas kependudukan dan pencatatan sipil",),
    "dishub": ("dinas perhubungan",),
    "diskominfo": ("dinas komunikasi",),
    "disnaker": ("dinas tenaga kerja", "dinas ketenagakerjaan"),
    "disperindag": ("dinas perindustrian dan perdagangan",),
    "dispora": ("dinas pemuda dan olahraga", "dinas pemuda dan olah raga"),
    "distamhut": ("dinas pertamanan dan hutan",),
    "dkp": ("dinas kelautan dan perikanan", "dinas kebersihan"),
    "dlh": ("dinas lingkungan hidup",),
    "dlhk": ("dinas lingkungan hidup",),
    "dpmptsp": ("dinas penanaman modal",),
    "dprkp": ("dinas perumahan",),
    "dpupr": ("dinas pekerjaan umum", "dinas bina marga"),
    "dsda": ("dinas sumber daya air",),
    "gulkarmat": ("penanggulangan kebakaran", "pemadam kebakaran"),
    "jakbar": ("jakarta barat",),
    "jakpus": ("jakarta pusat",),
    "jaksel": ("jakarta selatan",),
    "jaktim": ("jakarta timur",),
    "jakut": ("jakarta utara",),
    "jkt": ("jakarta",),
    "kab": ("kabupaten",),
    "kai": ("kereta api indonesia",),
    "kemen": ("kementerian",),
    "kemendagri": ("kementerian dalam negeri",),
    "kemenhub": ("kementerian perhubungan",),
    "kemenkes": ("kementerian kesehatan",),
    "kemenlh": ("kementerian lingkungan hidup",),
    "kemenpu": ("kementerian pekerjaan umum",),
    "kemenpupr": ("kementerian pekerjaan umum",),
    "kemensos": ("kementerian sosial",),
    "kemkomdigi": ("kementerian komunikasi dan digital",),
    "kesbangpol": ("kesatuan bangsa",),
    "klh": ("kementerian lingkungan hidup", "lingkungan hidup"),
    "klhk": ("kementerian lingkungan hidup", "lingkungan hidup"),
    "komdigi": ("kementerian komunikasi dan digital",),
    "kominfo": ("kementerian komunikasi", "dinas komunikasi"),
    "lh": ("lingkungan hidup",),
    "pam": ("pam jaya", "air minum"),
    "pamjaya": ("pam jaya",),
    "pd pam": ("air minum", "pam jaya"),
    "pdam": ("pdam", "air minum", "pam jaya"),
    "pemadam": ("pemadam", "penanggulangan kebakaran"),
    "pemda": ("pemerintah daerah", "pemerintah"),
    "pemkab": ("pemerintah kabupaten",),
    "pemkot": ("pemerintah kota",),
    "pemprov": ("pemerintah provinsi",),
    "perkim": ("perumahan",),
    "perumda air minum": ("air minum", "pam jaya", "pdam"),
    "perumdam": ("air minum", "pdam"),
    "pol pp": ("satuan polisi pamong praja",),
    "polpp": ("satuan polisi pamong praja",),
    "prov": ("provinsi",),
    "pu": ("pekerjaan umum",),
    "pu bina marga": ("bina marga", "pekerjaan umum"),
    "pupr": ("pekerjaan umum",),
    "sat pol pp": ("satuan polisi pamong praja",),
    "satpol": ("satuan polisi pamong praja",),
    "satpol pp": ("satuan polisi pamong praja",),
    "satpolpp": ("satuan polisi pamong praja",),
    "sda": ("sumber daya air",),
    "tamhut": ("pertamanan dan hutan",),
}
_ANY = re.compile(r"\b(" + "|".join(sorted(MEANINGS, key=len, reverse=True)) + r")\b")
_MOST = 3  # abbreviations of a text that are spelled out: "Satpol PP Prov. DKI"
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}[^\W\d_]?\b\.?")  # "P.D.A.M."


def spelled_out(text: str) -> list[str]:
    """`text` without capitals and signs as written, and once for each meaning of the abbreviations in it.

    `Dishub Jakarta` gives `dishub jakarta` and `dinas perhubungan jakarta`.
    """
    joined = _DOTTED.sub(lambda found: found[0].replace(".", ""), text.casefold())
    plain = " ".join(re.sub(r"[^\w–]+", " ", joined).split())
    readings = [("", plain)]  # each as what has been read, and the rest
    for _time in range(_MOST):
        readings = [further for done, rest in readings for further in _read_on(done, rest)]
    return list(dict.fromkeys([plain, *(done + rest for done, rest in readings)]))


def _read_on(done: str, rest: str) -> list[tuple[str, str]]:
    found = _ANY.search(rest)
    if found is None:
        return [(done + rest, "")]
    before, after = done + rest[: found.start()], rest[found.end() :]
    return [(before + meaning, after) for meaning in dict.fromkeys([found[1], *MEANINGS[found[1]]])]
