"""Commands that keep an installation alive beyond its machine: backup, restore."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from tracker.cli.progress import progress
from tracker.cli.sentence import Sentence, home

Key = Annotated[
    Path | None, typer.Option("--key", help="age's identity file (restore), or a file with gpg's passphrase.")
]


def register(app: typer.Typer) -> None:
    """Add these commands to `app`."""
    app.command()(backup)
    app.command()(restore)


def backup(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A new file, .tar.gz; .age or .gpg at the end encrypts it.")
    ],
    to: Annotated[str, typer.Option("--to", help="Encrypt for this recipient of age or gpg.")] = "",
    key: Key = None,
) -> None:
    """Everything into one checked file, while the installation works: store, evidence, spool, sources, models, templates."""
    env = home()
    from tracker.backup.services import backup_make

    now = datetime.now(UTC)
    try:
        with progress("backing up") as report:
            made = backup_make(
                env=env, path=file, now=now, to=to, key=key, on_progress=report,
                record=lambda members: _record(file, members, now),
            )  # fmt: skip
    except OSError as error:
        raise Sentence(
            f"the backup cannot be written ({error.strerror or error}): choose another place than {file}."
        ) from error
    print(f"{file}: {made.members} files, {made.size >> 10} KB, sha256 {made.sha256}")
    print(f"{made.seq} ledger entries in it; head {made.head}")


def _record(file: Path, members: int, now: datetime) -> None:
    """A copy of everything is about to leave: an entry of the ledger, unless the schema is to be migrated first."""
    import django

    django.setup()
    from tracker.accounts.actors import system_actor
    from tracker.cli.schema import SchemaState, schema_state
    from tracker.outward.exports import export_record

    if schema_state()[0] is SchemaState.CURRENT:
        export_record(what="backup", wanted=file.name, rows=members, actor=system_actor("cli"), now=now)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that `yidan backup` wrote.")],
    key: Key = None,
    check: Annotated[
        bool, typer.Option("--check", help="Only read it to its end and check it; writes nothing.")
    ] = False,
) -> None:
    """A backup into an empty YIDAN_HOME and an empty store; then the ledger, the sheet and the evidence are verified."""
    from tracker import env as environment
    from tracker.backup.services import backup_check, backup_restore

    env = environment.read()
    try:
        with progress("checking" if check else "restoring") as report:
            if check:
                manifest = backup_check(path=file, key=key, on_progress=report)
            else:
                manifest = backup_restore(env=env, path=file, key=key, on_progress=report)
    except OSError as error:
        raise Sentence(
            f"{env.home} cannot be restored into ({error.strerror or error}): make room and rights there."
        ) from error
    ledger = manifest["ledger"]
    print(f"{file}: {len(manifest['members'])} files of {manifest['made_at']} agree with their digests")
    if not check:
        _verify(ledger)
    print(f"{ledger['seq']} ledger entries; head {ledger['hash']}")


def _verify(ledger: dict[str, Any]) -> None:
    """Hold what was restored against itself and against the manifest; it stays for looking at even when something is wrong."""
    env = home()
    import django

    django.setup()
    from tracker.cli.schema import SchemaState, schema_state
    from tracker.ledger.services import ledger_head, ledger_verify
    from tracker.risks.audit import evidence_verify, sheet_verify

    state, detail = schema_state()
    if state is SchemaState.NEWER:
        raise Sentence(f"everything is restored, but the store has {detail}: install the newer yidan that made it.")
    if broken := ledger_verify():
        raise Sentence(
            f"everything is restored, but its ledger is broken: {broken.sentence}; do not work with it before you know why."
        )
    if ledger_head() != (ledger["seq"], ledger["hash"]):
        raise Sentence(
            "everything is restored, but its ledger ends elsewhere than its manifest says; do not work with it."
        )
    if state is SchemaState.OLDER:
        print(f"the store lacks {detail}: run `yidan up` once, which migrates it; then `yidan doctor`")
        return
    for number, sentence in (*sheet_verify(), *evidence_verify(env.files)):
        raise Sentence(f"everything is restored, but {number} {sentence}; `yidan doctor` names all.")
