"""Everybody who may come to a door, and reports of every kind for them to try."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import requests
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection, transaction
from django.test import Client
from django.test.client import ClientHandler
from django.utils import timezone
from http_message_signatures import HTTPMessageSigner, HTTPSignatureKeyResolver, algorithms

from kentongan import casework, catalogue, community, emergency, reports, routing, warnings
from kentongan.api import keeping
from kentongan.bodies.models import Membership
from kentongan.emergency.models import Watch as Post
from kentongan.network import keys, peers
from kentongan.network.dialects.email import links
from kentongan.network.dialects.kentongan import keyring
from kentongan.network.dialects.webhook import signing as hooks
from kentongan.network.leaving import departing
from kentongan.network.models import Departure, HandOver, Inquiry, KnownKey, Moved, Peer, PeerState
from kentongan.notify.models import Message
from kentongan.numbers.models import Proposal
from kentongan.people import tokens
from kentongan.people.models import Person
from kentongan.reports.models import Report
from kentongan.warnings.models import Proposal as Proposed
from kentongan.web import kept
from tests.pictures import picture
from tests.world import person, submission

GIVER, TAKER, OTHER = "31.roads", "id.pu", "51.71"
METRICS = "rahasia-angka"
HOOK = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8G"
NAME = "Bu Sri Penyampai"  # of the reporter
SLUG = "qz-"  # with it begins what only the operator calls a partner
PARTNER = f"{SLUG}mitra"
SITE = "http://testserver"
Headers = dict[str, str]


@dataclass
class Scene:
    """`people` by role, `reports` by what is particular about each, `ids` of everything else."""

    people: dict[str, Person] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)

    def code(self, name: str) -> str:
        """The public code of a report."""
        return self.reports[name].code

    def secrets(self, role: str) -> dict[str, str]:
        """The codes of restricted reports that a role may not open, by the name of the report."""
        who = self.people.get(PERSON_OF.get(role, role))
        now = Report.objects.filter(is_restricted=True, pk__in=[one.pk for one in self.reports.values()])
        return {
            name: one.code
            for name, one in self.reports.items()
            if any(one.pk == other.pk and not reports.may_open(other, who) for other in now)
        }


# Who somebody is that shows something else than a session.
PERSON_OF = {"token": "officer"}
SESSIONS = ("stranger", "reporter", "supporter", "viewer", "officer", "other", "giver", "admin", "platform")
ROLES = ("nobody", *SESSIONS, "token", "ended", "key", "metrics", "peer", "asked")
IN_WORDS = {
    "nobody": "no account", "stranger": "an account without anything", "reporter": "who reported all of them",
    "supporter": "who supports them", "viewer": "viewer of the body that has them",
    "officer": "officer of the body that has them",
    "other": "officer of another body", "giver": "coordinator of the body that passed them on",
    "admin": "administrator of the body that has them", "platform": "administrator of the installation",
    "token": "API token of the officer", "ended": "the same, after its end", "key": "Open311 key that may write",
    "metrics": "the token of /metrics", "peer": "confirmed instance, signing", "asked": "unconfirmed instance, signing",
}  # fmt: skip


WARNING = {
    "kind": "flood", "urgency": "Immediate", "severity": "Minor", "certainty": "Observed", "hours": "6", "codes": "11",
    "headline_id": "Banjir", "headline_en": "Flood", "description_id": "Air", "description_en": "Water",
}  # fmt: skip


def warned(scene: Scene) -> None:
    """A warning in force, a draft of one, and a proposal, for the body of the officer and the admin."""
    warnings.give(TAKER)
    admin = scene.people["admin"]
    one = warnings.draft(admin, TAKER, WARNING)
    scene.ids["warned"] = str(warnings.publish(admin, one.pk, 1).pk)
    scene.ids["warning"] = str(warnings.draft(admin, TAKER, WARNING).pk)
    now = timezone.now()
    many = Proposed.objects.create(kind="flood", cell=1, area_code="31.71.01", count=9, first_at=now, last_at=now)
    scene.ids["proposed"] = str(many.pk)


class Signer(HTTPSignatureKeyResolver):
    """Signs as a peer."""

    def __init__(self) -> None:
        self.keys: dict[str, Ed25519PrivateKey] = {}

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey:
        """Theirs."""
        return self.keys[key_id]

    def headers(self, keyid: str, method: str, path: str, body: bytes) -> Headers:
        """The headers of a signed call."""
        call = requests.Request(method, SITE + path, data=body or None).prepare()
        HTTPMessageSigner(signature_algorithm=algorithms.ED25519, key_resolver=self).sign(
            call, key_id=keyid, tag="kentongan/1", nonce=uuid4().hex, body=body,
            covered_component_ids=("@method", "@authority", "@path", "@query"),
        )  # fmt: skip
        wanted = ("Signature", "Signature-Input", "Content-Digest")
        return {name: call.headers[name] for name in wanted if name in call.headers}


def build() -> tuple[Scene, Signer]:
    """The whole scene. The officer holds no more than the role of an officer."""
    scene, signer = Scene(), Signer()
    for role in SESSIONS:
        named = NAME if role == "reporter" else ""
        scene.people[role] = person(
            f"{role}@contoh.id", name=named, is_superuser=role == "platform", is_staff=role == "platform"
        )
    for role, body, rank in (
        ("viewer", TAKER, "viewer"), ("officer", TAKER, "officer"), ("other", OTHER, "officer"),
        ("giver", GIVER, "coordinator"), ("admin", TAKER, "administrator"),
    ):  # fmt: skip
        Membership.objects.create(person=scene.people[role], body_id=body, role=rank)
    _reports(scene)
    _others(scene)
    _peers(scene, signer)
    for role in SESSIONS:
        client = Client()
        client.force_login(scene.people[role])
        scene.sessions[role] = client.cookies["sessionid"].value
    return scene, signer


def _filed(scene: Scene, name: str, **given: Any) -> Report:
    """A report of the reporter's, passed on to the body that has it now."""
    found = routing.submit(submission(**given), scene.people["reporter"]).report
    giver = scene.people["giver"]
    if found.body_id != GIVER:
        Report.objects.filter(pk=found.pk).update(body=GIVER, state="routed")
        found.refresh_from_db()
    found = reports.transfer(found.code, casework.who(giver, found, "transfer"), TAKER, "Jalan nasional")
    if not found.is_restricted:
        reports.support(found.code, scene.people["supporter"])
    scene.reports[name] = found
    return found


def _reports(scene: Scene) -> None:
    never = next(one.code for one in catalogue.all_active() if one.restricted)
    for name in ("open", "accepted", "resolved", "contested", "merged", "original", "moved", "handed"):
        _filed(scene, name)
    _filed(scene, "hidden", privacy="anonymous")
    _filed(scene, "secret", privacy="secret")
    _filed(scene, "never", category=never)
    officer, admin = scene.people["officer"], scene.people["admin"]
    for name in ("accepted", "resolved", "contested"):
        reports.accept(scene.code(name), casework.who(officer, scene.reports[name]))
    for name in ("resolved", "contested"):
        reports.resolve(scene.code(name), casework.who(officer, scene.reports[name]), "Sudah", no_photo_reason="Malam")
    shown = reports.add_photo(picture(7), scene.people["stranger"]).pk
    reports.contest(
        scene.code("contested"), reports.citizen(scene.reports["contested"], scene.people["stranger"]), "Belum",
        photos=[shown],
    )  # fmt: skip
    reports.merge(scene.code("merged"), casework.who(admin, scene.reports["merged"], "merge"), scene.code("original"))
    # As it was possible before: a public one that goes on with a secret one.
    Report.objects.filter(pk=scene.reports["original"].pk).update(original=scene.reports["secret"])
    for name in ("open", "secret", "handed"):
        sent = routing.submit(submission(photos=(reports.add_photo(picture(3), None).pk,)), None).report
        photo = sent.photos.get()
        photo.report = scene.reports[name]
        photo.save()
        scene.ids[f"{name} photo"] = str(photo.pk)
    nameless = routing.submit(submission(), None)
    scene.reports["nameless"], scene.ids["claim"] = nameless.report, nameless.claim_token
    for name, found in scene.reports.items():
        scene.reports[name] = Report.objects.get(pk=found.pk)


def _others(scene: Scene) -> None:
    offered = casework.appoint(scene.people["admin"], TAKER, "baru@contoh.id", "officer")
    scene.ids["invitation"], scene.ids["invited"] = casework.invitation_token(offered), str(offered.pk)
    scene.ids["membership"] = str(Membership.objects.get(person=scene.people["officer"]).pk)
    scene.ids["promise"] = str(casework.add_promise(scene.people["admin"], TAKER, {"answer_hours": "48"}).pk)
    ready = casework.save_template(scene.people["admin"], TAKER, "", {"name": "Siap", "text_id": "Terima kasih"})
    scene.ids["template"] = str(ready.pk)
    chosen = [(scene.code("open"), scene.reports["open"].seq)]
    bulk = casework.begin_bulk(scene.people["officer"], TAKER, uuid4(), {"to": "me"}, chosen)
    scene.ids["bulk"] = str(bulk.pk)
    scene.ids["token"], row = tokens.issue(scene.people["officer"], "skrip")
    scene.ids["token id"] = str(row.pk)
    scene.ids["ended"], _row = tokens.issue(scene.people["officer"], "lama", timedelta(days=-1))
    proposal = Proposal.objects.create(kind="fire", number="021 555 0113", name="Pos", body=TAKER)
    scene.ids["proposal"] = str(proposal.pk)
    warned(scene)
    scene.ids["post"] = str(Post.objects.create(body_id=TAKER, title="Posko").pk)
    pressed = emergency.read_press({"alert_id": str(uuid4()), "lon": 106.82, "lat": -6.17})
    scene.ids["alert"] = str(emergency.receive(pressed, scene.people["reporter"], "10.0.0.1").alert.pk)
    group = community.create(scene.people["reporter"], "RT 05", "rt", "")
    community.join(scene.people["supporter"], community.invitation(group))
    asks = community.ask(scene.people["stranger"], group.code)
    scene.ids["group"], scene.ids["masuk"] = str(asks.pk), community.invitation(group)
    head = community.member(scene.people["reporter"], group.pk)
    scene.ids["titik"] = community.point_token(community.add_point(head, "Gapura", {}))
    community.begin(scene.people["reporter"], 60)
    sees = community.add(scene.people["reporter"], "", "supporter@contoh.id")
    community.place(scene.people["reporter"], {"lon": 106.82, "lat": -6.17}, "")
    Message.objects.filter(to_person__isnull=False, is_urgent=True).delete()
    scene.ids["seen"] = next(one.token for one in community.eyes(sees.share))
    scene.ids["inquiry"] = str(Inquiry.objects.create(kind="test", peer=PARTNER, state="done").pk)


def _peers(scene: Scene, signer: Signer) -> None:
    for name, state, confirmed in (("mitra", "active", True), ("calon", "asked", False)):
        keyid = f"{name}.example#1"
        signer.keys[keyid] = Ed25519PrivateKey.generate()
        made = Peer.objects.create(
            name=f"{SLUG}{name}", title="Lapor Kota", dialect="kentongan", instance=f"{name}.example", state=state,
            endpoint=f"http://{name}.example/network/v1", confirmed_here=confirmed, confirmed_there=confirmed,
        )  # fmt: skip
        public = keyring.encode(signer.keys[keyid].public_key().public_bytes_raw())
        KnownKey.objects.create(keyid=keyid, peer=made, public=public)
    for name, kind, place in (
        ("pengait", "webhook", "http://pengait.example/hook"),
        (f"{SLUG}surat", "email", "mailto:a@b.id"),
    ):
        peers.switch(peers.add(name, kind, place, secret=HOOK if kind == "webhook" else ""), PeerState.ACTIVE)
    scene.ids["key"], _key = keys.new_key("kunci", write=True)
    HandOver.objects.create(report=scene.reports["handed"], peer_id=PARTNER, direction="out", remote_id="1")
    letter = HandOver.objects.create(report=scene.reports["accepted"], peer_id=f"{SLUG}surat", direction="out")
    scene.ids["reply"] = links.issue(f"{SLUG}surat", letter.pk, "request")
    Departure.objects.create(body_id="id.komdigi", peer_id=PARTNER, url="http://mitra.example")
    departing._departures.invalidate()
    Moved.objects.create(code=scene.reports["moved"].code, url=f"http://mitra.example/r/{scene.code('moved')}")
    keyring.own_key()


_HANDLER = ClientHandler(enforce_csrf_checks=False)  # one for all: else each call would make the whole middleware anew


def caller(scene: Scene, role: str, signer: Signer, method: str, path: str, body: bytes) -> Client:
    """A browser or program of somebody in this role, about to make this call."""
    shown: dict[str, Callable[[], Headers]] = {
        "token": lambda: {"Authorization": f"Bearer {scene.ids['token']}"},
        "ended": lambda: {"Authorization": f"Bearer {scene.ids['ended']}"},
        "metrics": lambda: {"Authorization": f"Bearer {METRICS}"},
        "key": lambda: {"X-Api-Key": scene.ids["key"]},
        "peer": lambda: (
            hooks.headers(HOOK, "1", timezone.now(), body)
            if "/hooks/" in path
            else signer.headers("mitra.example#1", method, path, body)
        ),
        "asked": lambda: signer.headers("calon.example#1", method, path, body),
    }
    claim = {"Kentongan-Claim": scene.ids["claim"]} if path.endswith("/claims") else {}
    client = Client(headers=claim | shown.get(role, dict)(), raise_request_exception=False)
    client.handler = _HANDLER
    if role in scene.sessions:
        client.cookies["sessionid"] = scene.sessions[role]
    return client


class Rollback(Exception):
    """Ends a try; what it did is taken back."""


class Watch:
    """Whether something was written but the server's own notes (sessions, counts of limits, the last use)."""

    NOTES = (
        "django_session",
        "people_signedin",
        "foundation_ratewindow",
        "foundation_shared",
        "foundation_revision",
        'SET "used_at"',
    )

    def __init__(self) -> None:
        self.wrote: list[str] = []

    def __call__(self, execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        """A wrapper of Django's around each statement."""
        words = str(sql).lstrip()[:200]
        verb = words.split(" ", 1)[0].upper()
        done = execute(sql, params, many, context)
        writes = verb in {"INSERT", "UPDATE", "DELETE"} and not any(note in words for note in self.NOTES)
        if writes and context["cursor"].rowcount:
            self.wrote.append(words)
        return done


def attempt(client: Client, method: str, path: str, given: dict[str, Any]) -> tuple[Any, list[str]]:
    """One call, with its answer read to the end and everything it did taken back; the answer, and what was written."""
    watch = Watch()
    with suppress(Rollback), transaction.atomic():
        with connection.execute_wrapper(watch):
            answer = getattr(client, method.lower())(path, **given)
            answer.told = b"".join(answer.streaming_content) if answer.streaming else answer.content
        raise Rollback
    keeping._kept = None
    if watch.wrote:
        kept.forget()
    return answer, watch.wrote
