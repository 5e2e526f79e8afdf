"""`kentongan duty`: the posts that watch, who is on duty there, whom they call, and the keys of what is kept."""

from __future__ import annotations

from typing import Annotated

import typer

from kentongan import bodies, community, emergency, notify, places, reports
from kentongan.emergency.models import Escalation, Rule, Watch
from kentongan.foundation.problems import Problem
from kentongan.foundation.sealing import seal

app = typer.Typer(help="Posts that watch for alerts.", no_args_is_help=True)
Post = Annotated[int, typer.Argument(help="The number of the post, as `duty list` shows it.")]


@app.command("list")
def listing() -> None:
    """The posts, their rules, and who is on duty now."""
    for post in Watch.objects.select_related("body").order_by("id"):
        typer.echo(f"{post.pk}  {post.title}  ({post.body_id})  {post.area_code or 'the whole country'}")
        for step in emergency.rules_of(post):
            typer.echo(f"    after {step.after} s: {step.to} {step.address}".rstrip())
        turns = list(emergency.on_duty([post]))
        for turn in turns:
            typer.echo(f"    on duty: {turn.person.name or turn.person.email} since {turn.since:%Y-%m-%d %H:%M} UTC")
        if not turns:
            typer.echo("    nobody is on duty: alerts from here are told so")


@app.command()
def watch(
    body: Annotated[str, typer.Argument(help="The code of the body whose staff watches.")],
    title: Annotated[str, typer.Option(help="What people read, such as Posko Menteng.")],
    area: Annotated[str | None, typer.Option(help="Kemendagri code; empty: the body's own area.")] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="How long places and words are kept after the end.")] = 30,
    abroad: Annotated[
        int, typer.Option(min=1, max=3600, help="Seconds another instance may take until this post is called.")
    ] = 10,
    texts: Annotated[
        bool, typer.Option("--texts", help="Any SMS is an alert, also one that asks for no help.")
    ] = False,
) -> None:
    """Opens a post: the staff of the body, from officer on, may go on duty there in their console."""
    found = bodies.get(body)
    code = found.area_code if area is None else area
    if code and not places.known_chain(code):
        raise Problem("bad_area", 422, f"there is no area {code}", field="area")
    made = Watch.objects.create(
        body_id=found.code, title=title[:120], area_code=code, kept_days=days, abroad_seconds=abroad, takes_texts=texts
    )
    typer.echo(
        f"post {made.pk} watches {code or 'the whole country'}; it counts once somebody is on duty in the console"
    )


@app.command()
def close(post: Post) -> None:
    """Closes a post: its alerts stay, and are called where a wider post watches."""
    gone, _rows = Watch.objects.filter(pk=post).delete()
    if not gone:
        raise Problem("unknown_post", 404, f"there is no post {post}", field="post")
    typer.echo(f"post {post} is closed")


@app.command()
def rule(
    post: Post,
    after: Annotated[int, typer.Option(min=0, max=86_400, help="Seconds after the alert came.")],
    to: Annotated[Escalation, typer.Option(help="Whom it calls.")],
    address: Annotated[str, typer.Option(help="Of a mail (empty: the staff) or a webhook.")] = "",
    secret: Annotated[str, typer.Option(help="Signs a webhook: whsec_ and base64.")] = "",
    clear: Annotated[bool, typer.Option("--clear", help="Take away the rules of the post before.")] = False,
) -> None:
    """Whom a post calls while nobody has an alert. The first rule takes the place of the usual ones."""
    if not Watch.objects.filter(pk=post).exists():
        raise Problem("unknown_post", 404, f"there is no post {post}", field="post")
    if to == Escalation.WEBHOOK and not address.startswith(("http://", "https://")):
        raise Problem("bad_address", 422, "a webhook needs an http(s) address", field="address")
    if clear:
        Rule.objects.filter(watch=post).delete()
    Rule.objects.create(watch_id=post, after=after, to=to, address=address, secret=seal(secret) if secret else "")
    typer.echo(
        "\n".join(f"after {one.after} s: {one.to} {one.address}".rstrip() for one in Rule.objects.filter(watch=post))
    )


@app.command("renew-seals")
def renew_seals() -> None:
    """Encrypts all that is sealed by the newest of KENTONGAN_SAFETY_KEYS; afterwards the old ones may go."""
    rooms = (emergency, community, reports, notify)
    done, lost = map(sum, zip(*(room.renew_seals() for room in rooms), strict=True))
    typer.echo(f"{done} sealed anew")
    if lost:
        raise Problem(
            "lost_key", 409, f"{lost} open with none of the keys: bring the old key back, or they stay closed"
        )


@app.command("new-push-key")
def new_push_key() -> None:
    """Begin with a new key for what phones are told, where the old one is lost; all phones have to join again."""
    if not notify.is_key_closed():
        raise Problem("key_is_there", 409, "the key opens: nothing to do")
    typer.echo(f"{notify.begin_anew()} phones are let go")
