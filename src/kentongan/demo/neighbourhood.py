"""A neighbourhood and a family to try in the demonstration, made up and marked so: the citizen of Bali is its head."""

from __future__ import annotations

from kentongan import community
from kentongan.community.models import Share
from kentongan.community.neighbours import Group
from kentongan.demo import accounts

NAME = "RT 05 Contoh (peragaan)"
HERE = (115.2200, -8.6500)  # Denpasar
HOME = (115.2350, -8.6600)
HOURS = 8


def load() -> int:
    """Makes the group where it is missing, and shares a journey with the citizen where none is running; returns how
    many were made."""
    return _group() + _journey()


def end() -> None:
    """Takes both away."""
    Group.objects.filter(is_demo=True).delete()
    Share.objects.filter(is_demo=True).delete()


def _group() -> int:
    if Group.objects.filter(is_demo=True).exists():
        return 0
    head, (guard, *others) = accounts.person(accounts.CITIZEN), accounts.neighbours()[:4]
    group = community.create(head, NAME, "rt", "Asia/Makassar")
    Group.objects.filter(pk=group.pk).update(is_demo=True)
    for one in (guard, *others):
        community.join(one, community.invitation(group))
    mine = community.member(head, group.pk)
    community.name_role(mine, community.member(guard, group.pk).pk, "guard")
    community.add_point(mine, "Gapura (contoh)", {"lon": HERE[0], "lat": HERE[1]})
    community.add_point(mine, "Balai banjar (contoh)", {})
    community.add_round(mine, "Ronda malam (contoh)", "22:00", "120", "1111111")
    community.post(community.member(guard, group.pk), "Contoh: kerja bakti hari Minggu pukul 07.00.")
    return 1


def _journey() -> int:
    sister = accounts.neighbours()[4]
    if community.running(sister) is not None:
        return 0
    share = community.begin(sister, HOURS * 60, (*HOME, "Rumah (contoh)"))
    Share.objects.filter(pk=share.pk).update(is_demo=True)
    community.add(sister, "", accounts.CITIZEN.email)
    community.place(sister, {"lon": HERE[0], "lat": HERE[1], "accuracy": 25, "battery": 62}, "")
    return 1
