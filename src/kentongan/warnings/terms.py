"""The words of CAP 1.2 (OASIS) as they are in the standard, what they mean to people, and the kinds of danger."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Each from the gravest down; the standard's own words are kept and sent.
URGENCY = {
    "Immediate": _("Act now"), "Expected": _("Act within the next hour"), "Future": _("Prepare: in the near future"),
    "Past": _("It is over"), "Unknown": _("How soon is not known"),
}  # fmt: skip
SEVERITY = {
    "Extreme": _("Extreme danger"), "Severe": _("Severe danger"), "Moderate": _("Moderate danger"),
    "Minor": _("Minor danger"), "Unknown": _("How severe is not known"),
}  # fmt: skip
CERTAINTY = {
    "Observed": _("It is happening"), "Likely": _("Likely (more than even)"), "Possible": _("Possible"),
    "Unlikely": _("Unlikely"), "Unknown": _("How likely is not known"),
}  # fmt: skip
CATEGORIES = {
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other",
}  # fmt: skip
STATUSES = ("Actual", "Exercise")  # what is shown; System, Test and Draft are for machines
GRAVE = {"Extreme", "Severe"}
ORDER = {word: at for at, word in enumerate(SEVERITY)}


@dataclass(frozen=True)
class Kind:
    """A kind of danger: the category of CAP, an icon, its name, and what the proposal of a warning first says to do."""

    category: str
    icon: str
    word: Promise
    event: dict[str, str]
    instruction: dict[str, str]


KINDS = {
    "flood": Kind(
        "Met", "waves", _("Flood"), {"id": "Banjir", "en": "Flood"},
        {"id": "Pindah ke tempat yang lebih tinggi. Jangan melintasi air yang mengalir. Matikan listrik.",
         "en": "Move to higher ground. Do not cross moving water. Switch off the electricity."},
    ),
    "weather": Kind(
        "Met", "wind", _("Extreme weather"), {"id": "Cuaca ekstrem", "en": "Extreme weather"},
        {"id": "Tetap di dalam bangunan. Jauhi pohon, papan reklame, dan jendela.",
         "en": "Stay inside. Keep away from trees, billboards and windows."},
    ),
    "landslide": Kind(
        "Geo", "mountain", _("Landslide"), {"id": "Tanah longsor", "en": "Landslide"},
        {"id": "Jauhi lereng dan tebing. Ikuti petunjuk petugas.",
         "en": "Keep away from slopes. Follow the instructions of officers."},
    ),
    "earthquake": Kind(
        "Geo", "triangle-alert", _("Earthquake"), {"id": "Gempa bumi", "en": "Earthquake"},
        {"id": "Jauhi bangunan yang retak. Waspadai gempa susulan.",
         "en": "Keep away from cracked buildings. Expect aftershocks."},
    ),
    "tsunami": Kind(
        "Geo", "waves", _("Tsunami"), {"id": "Tsunami", "en": "Tsunami"},
        {"id": "Segera menjauh dari pantai ke tempat tinggi. Jangan kembali sebelum dinyatakan aman.",
         "en": "Leave the coast for high ground at once. Do not go back until it is declared safe."},
    ),
    "volcano": Kind(
        "Geo", "mountain-snow", _("Volcano"), {"id": "Erupsi gunung api", "en": "Volcanic eruption"},
        {"id": "Keluar dari zona bahaya. Pakai masker saat hujan abu.",
         "en": "Leave the danger zone. Wear a mask when ash falls."},
    ),
    "fire": Kind(
        "Fire", "flame", _("Fire"), {"id": "Kebakaran", "en": "Fire"},
        {"id": "Menjauh dari api dan asap. Beri jalan bagi pemadam. Telepon 112 bila ada yang terjebak.",
         "en": "Keep away from fire and smoke. Leave way for the fire brigade. Call 112 if somebody is trapped."},
    ),
    "smoke": Kind(
        "Env", "cigarette-off", _("Smoke and haze"), {"id": "Kabut asap", "en": "Smoke and haze"},
        {"id": "Tetap di dalam rumah. Pakai masker bila keluar.", "en": "Stay inside. Wear a mask outside."},
    ),
    "health": Kind(
        "Health", "heart-pulse", _("Danger to health"), {"id": "Bahaya kesehatan", "en": "Danger to health"},
        {"id": "Ikuti petunjuk petugas kesehatan.", "en": "Follow the instructions of health workers."},
    ),
    "infrastructure": Kind(
        "Infra", "construction", _("Roads, power, water"),
        {"id": "Gangguan jalan, listrik, atau air", "en": "Roads, power or water out of order"},
        {"id": "Hindari daerah ini bila bisa.", "en": "Avoid this area if you can."},
    ),
    "security": Kind(
        "Security", "shield-alert", _("Unrest or crime"), {"id": "Gangguan keamanan", "en": "Danger to security"},
        {"id": "Hindari daerah ini. Ikuti petunjuk polisi.", "en": "Avoid this area. Follow the police."},
    ),
    "other": Kind(
        "Other", "triangle-alert", _("Another danger"), {"id": "Bahaya lain", "en": "Another danger"},
        {"id": "Ikuti petunjuk petugas.", "en": "Follow the instructions of officers."},
    ),
}  # fmt: skip
OF_CATEGORY = {"Met": "weather", "Geo": "other", "Fire": "fire", "Env": "smoke", "Health": "health",
               "Infra": "infrastructure", "Transport": "infrastructure", "Security": "security"}  # fmt: skip
