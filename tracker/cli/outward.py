"""Commands about privacy and about what leaves the house: self-check, retention, removal on request; webhooks; back to the hotline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from tracker.cli.progress import progress
from tracker.cli.sentence import Sentence, store

Reason = Annotated[str, typer.Option("--reason", help="Kept in the ledger.")]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    command: Callable[..., None]
    privacy = typer.Typer(help="Prove and enforce what is promised to the public.")
    for name, command in (
        ("check", privacy_check), ("expire", privacy_expire), ("erase", privacy_erase), ("keep", privacy_keep),
        ("mask", privacy_mask),
    ):  # fmt: skip
        privacy.command(name)(command)
    app.add_typer(privacy, name="privacy")
    hook = typer.Typer(help="Webhooks: news of the sheet to other systems.")
    for name, command in (("add", hook_add), ("list", hook_list), ("end", hook_end), ("secret", hook_secret)):
        hook.command(name)(command)
    app.add_typer(hook, name="hook")
    app.command("writeback")(writeback)


def privacy_check() -> None:
    """Hold every text, column and file of this installation against DOMAIN §5; exits 0 only when all promises hold."""
    env = store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.privacy.check import told
    from tracker.privacy.storing import check_run

    with progress("reading every text", total=None) as report:
        check = check_run(home=env.home, actor=system_actor("cli"), now=timezone.now(), on_progress=report)
    for row in told(check.findings):
        print(f"{'ok  ' if row['well'] else 'BAD '} {row['sentence']}{'：' + row['todo'] if row['todo'] else ''}")
    if not check.well:
        raise Sentence(
            f"{sum(not row['well'] for row in check.findings)} promises do not hold; each line says what to do."
        )


def privacy_expire() -> None:
    """Let go now what has had its time (the scheduler does it every night)."""
    env = store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.privacy.services import retention_run

    gone = retention_run(home=env.home, actor=system_actor("cli"), now=timezone.now())
    print("  ".join(f"{what}: {count}" for what, count in gone.items()))


def privacy_erase(
    url: Annotated[str, typer.Argument(metavar="LINK", help="Public address of the post.")], reason: Reason
) -> None:
    """Remove the words of the post at LINK on request; the ledger keeps the fact without the words."""
    store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.privacy.services import erase_by_link

    count, numbers = erase_by_link(url=url, actor=system_actor("cli"), now=timezone.now(), reason=reason)
    sheet = f"; the sheet keeps its own description of {' '.join(numbers)}" if numbers else ""
    print(f"the words of {count} post(s) are removed{sheet}")


def privacy_mask() -> None:
    """Mask the public's words in the store again, after the patterns of the mask have become better."""
    store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.privacy.services import remask

    print(f"{remask(actor=system_actor('cli'), now=timezone.now())} rows changed")


def privacy_keep(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="posts, damaged, logins, answers or deliveries.")],
    days: Annotated[int, typer.Option("--days", min=1, max=3650)],
    reason: Reason,
) -> None:
    """Set how many days WHAT is kept."""
    store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.privacy.services import rule_set

    rule_set(what=what, days=days, actor=system_actor("cli"), now=timezone.now(), reason=reason)
    print(f"{what} are kept for {days} days")


def hook_add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    url: Annotated[str, typer.Argument(metavar="URL", help="https://HOST/PATH")],
    act: Annotated[
        list[str] | None, typer.Option("--act", help="Such as risk.assign; several times; without: all.")
    ] = None,
    unit: Annotated[str, typer.Option("--unit", help="Items of this unit's subtree only.")] = "",
) -> None:
    """Send what happens from now on to URL; prints the secret once, with which the receiver verifies."""
    store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.accounts.models import Unit
    from tracker.outward import hooks

    at = Unit.objects.filter(code=unit).first() if unit else None
    if unit and at is None:
        raise Sentence(f"there is no unit {unit!r}: see `yidan user list` or the API's /units for the codes.")
    _hook, secret = hooks.hook_add(
        name=name, url=url, acts=tuple(act or ()), unit=at, by=system_actor("cli"), now=timezone.now()
    )
    print(f"{name} is set up; its secret: {secret}")


def hook_list() -> None:
    """Every receiver with what waits, what was given up and what went wrong last."""
    store()
    from tracker.outward.models import Delivery, Hook

    for hook in Hook.objects.filter(ended_at=None).order_by("name"):
        rows = Delivery.objects.filter(hook=hook)
        waiting, lost = rows.filter(delivered_at=None, given_up_at=None), rows.exclude(given_up_at=None)
        last = waiting.exclude(problem="").order_by("-next_at").values_list("problem", flat=True).first()
        print(
            f"{hook.name:<20}{hook.url}  waiting {waiting.count()}, given up {lost.count()}{f', last: {last}' if last else ''}"
        )


def hook_end(name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Send nothing more to NAME."""
    store()
    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.outward import hooks

    hooks.hook_end(name=name, by=system_actor("cli"), now=timezone.now())
    print(f"{name} hears nothing more")


def hook_secret(name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """The secret of NAME again, for whoever holds this machine."""
    store()
    from tracker.outward.hooks import secret
    from tracker.outward.models import Hook

    hook = Hook.objects.filter(name=name, ended_at=None).first()
    if hook is None:
        raise Sentence(f"there is no webhook {name!r}: see `yidan hook list`.")
    print(secret(hook))


def writeback(
    source: Annotated[str, typer.Option("--source", help="The hotline's source, as `yidan import` named it.")],
    output: Annotated[Path, typer.Option("--output", help="A .csv or .xlsx file, written whole or not at all.")],
    since: Annotated[
        str, typer.Option("--since", help="Only orders that moved since this day, such as 2026-11-01.")
    ] = "",
) -> None:
    """What became of the hotline's work orders, by their own numbers."""
    store()
    from datetime import datetime

    from django.utils import timezone

    from tracker.accounts.actors import system_actor
    from tracker.outward import writeback as back
    from tracker.risks.clocks import SHANGHAI

    kind = output.suffix.removeprefix(".").lower()
    if kind not in back.FORMATS:
        raise Sentence(f"{output} is neither .csv nor .xlsx: choose one of the two.")
    try:
        day = datetime.fromisoformat(since).replace(tzinfo=SHANGHAI) if since else None
    except ValueError as error:
        raise Sentence(f"{since!r} is not a day: write it as 2026-11-01.") from error
    content = back.writeback(source=source, kind=kind, since=day, actor=system_actor("cli"), now=timezone.now())
    part = output.with_name(output.name + ".part")
    try:
        part.write_bytes(content)
        part.replace(output)
    except OSError as error:
        raise Sentence(f"{output} cannot be written ({error.strerror}): choose another place.") from error
    print(output)
