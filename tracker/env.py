"""The environment, read once and typed: everything a deployment may set, with the sentence for a wrong value.

Nothing here is a secret by default: the secret key is made on first use and kept in YIDAN_HOME, readable by its owner only.
"""

from __future__ import annotations

import errno
import os
import secrets
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import dj_database_url

STORES = ("django.db.backends.sqlite3", "django.db.backends.postgresql")


class EnvironmentUnusable(ValueError):
    """A variable or the data folder cannot be used; the message is the sentence for the user."""


@dataclass(frozen=True, slots=True)
class Env:
    """`home` is the data folder; `databases` is Django's entry for `default`; `engine` is `local` (or `dask://host:port`).

    `second_factor` is `required` or `optional`; `idle_minutes` ends a session nobody uses; `https` says that a proxy speaks TLS;
    `hook_hosts` are the hosts webhooks may reach although their addresses are private; `mail` is how to reach the
    mail server, empty where none is set; `scan` is the command of a virus scanner that reads a file from its standard input;
    `bucket` is where evidence lies on S3-compatible storage, empty where it lies in the home; `log` is `line` or `json`.
    """

    home: Path
    database: Mapping[str, object]
    engine: str
    debug: bool
    hosts: tuple[str, ...]
    second_factor: str = "required"
    idle_minutes: int = 120
    https: bool = False
    hook_hosts: frozenset[str] = frozenset()
    mail: Mapping[str, object] = field(default_factory=dict)
    scan: tuple[str, ...] = ()
    bucket: Mapping[str, str] = field(default_factory=dict)
    log: str = "line"

    @property
    def spool(self) -> Path:
        return self.home / "spool"

    @property
    def crawl_state(self) -> Path:
        return self.home / "state"

    @property
    def catalogue(self) -> Path:
        return self.home / "catalogue"

    @property
    def files(self) -> Path:
        return self.home / "files"

    @property
    def papers(self) -> Path:
        return self.home / "papers"

    @property
    def paper_templates(self) -> Path:
        """The office's own .docx templates; the folder need not exist."""
        return self.home / "templates"

    @property
    def models(self) -> Path:
        return self.home / "models"


def read(environ: Mapping[str, str] = os.environ) -> Env:
    """The settings in `environ`; EnvironmentUnusable when DATABASE_URL cannot be understood."""
    home = Path(environ.get("YIDAN_HOME") or Path.home() / ".yidan").expanduser().resolve()
    url = environ.get("DATABASE_URL") or f"sqlite:///{home / 'yidan.sqlite3'}"
    database = _database(url)
    return Env(
        home=home,
        database=database,
        engine=environ.get("YIDAN_ENGINE", "local"),
        debug=environ.get("YIDAN_DEBUG") == "1",
        hosts=tuple(filter(None, environ.get("YIDAN_HOSTS", "localhost,127.0.0.1,[::1]").split(","))),
        second_factor=_one_of(environ, "YIDAN_SECOND_FACTOR", "required", "optional"),
        idle_minutes=_minutes(environ.get("YIDAN_SESSION_IDLE", "120")),
        https=environ.get("YIDAN_HTTPS") == "1",
        hook_hosts=frozenset(filter(None, environ.get("YIDAN_WEBHOOK_HOSTS", "").split(","))),
        mail=_mail(environ.get("YIDAN_MAIL_URL", ""), environ.get("YIDAN_MAIL_FROM", "")),
        scan=_command(environ.get("YIDAN_SCAN", "")),
        bucket=_bucket(environ.get("YIDAN_FILES", "")),
        log=_one_of(environ, "YIDAN_LOG", "line", "json"),
    )


def _command(text: str) -> tuple[str, ...]:
    """The words of a command line; EnvironmentUnusable where a quotation mark is left open."""
    try:
        return tuple(shlex.split(text))
    except ValueError as error:
        raise EnvironmentUnusable(
            f"YIDAN_SCAN cannot be read as a command ({error}): close its quotation marks"
        ) from error


# How a mail server is spoken to, and the port where none is named.
_MAIL_PORTS = {"smtp": 25, "smtps": 465, "smtp+tls": 587}


def _mail(url: str, sender: str) -> dict[str, object]:
    """How to reach the mail server at `url`; empty without one: papers then wait on the desk."""
    if not url:
        return {}
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _MAIL_PORTS.get(parts.scheme)
    except ValueError:
        host = port = None
    if not host or not port or "@" not in sender:
        raise EnvironmentUnusable(
            "YIDAN_MAIL_URL needs smtp://, smtps:// or smtp+tls:// with USER:PASSWORD@HOST:PORT, and YIDAN_MAIL_FROM an address"
        )
    return {
        "host": host,
        "port": port,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "ssl": parts.scheme == "smtps",
        "tls": parts.scheme == "smtp+tls",
        "sender": sender,
    }


def _bucket(url: str) -> dict[str, str]:
    """Bucket, folder in it and server of `s3://BUCKET[/FOLDER][?endpoint=https://HOST]`; empty without one. Keys are boto3's own affair."""
    if not url:
        return {}
    parts = urlsplit(url)
    endpoint = parse_qs(parts.query).get("endpoint", [""])[0]
    if parts.scheme != "s3" or not parts.netloc or (parts.query and not endpoint.startswith(("http://", "https://"))):
        raise EnvironmentUnusable(
            f"YIDAN_FILES is {url!r}: write s3://BUCKET/FOLDER, with ?endpoint=https://HOST for a server of your own"
        )
    if not (find_spec("storages") and find_spec("boto3")):
        raise EnvironmentUnusable(
            "YIDAN_FILES names a bucket, but django-storages is not installed: install yidan[scale]"
        )
    return {"bucket": parts.netloc, "folder": parts.path.strip("/"), "endpoint": endpoint}


def _one_of(environ: Mapping[str, str], name: str, *values: str) -> str:
    given = environ.get(name) or values[0]
    if given not in values:
        raise EnvironmentUnusable(f"{name} is {given!r}: write {' or '.join(values)}")
    return given


def _minutes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 5 <= int(text) <= 720):  # noqa: PLR2004 - five minutes to half a day
        raise EnvironmentUnusable(f"YIDAN_SESSION_IDLE is {text!r}: write minutes, 5 to 720")
    return int(text)


def _database(url: str) -> dict[str, object]:
    try:
        database = dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    except (ValueError, dj_database_url.ParseError, dj_database_url.UnknownSchemeError):
        database = {}
    if database.get("ENGINE") not in STORES:
        raise EnvironmentUnusable(
            "DATABASE_URL cannot be read: write sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME"
        )
    return database


# Bytes that must fit before anything is begun: a store on a disk without any room cannot even be read.
_ROOM = 1 << 16


def prepare_home(env: Env) -> None:
    """Make the data folder and prove that it can be written to; EnvironmentUnusable otherwise."""
    try:
        for folder in (env.home, env.spool, env.crawl_state, env.catalogue, env.files, env.papers, env.models):
            folder.mkdir(parents=True, exist_ok=True)
        probe = env.home / f".writable-{os.getpid()}"
        try:
            probe.write_bytes(bytes(_ROOM))
        finally:
            probe.unlink(missing_ok=True)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise EnvironmentUnusable(
                f"the disk of YIDAN_HOME {env.home} is full: make room, then run the same command again; what was stored is whole"
            ) from error
        raise EnvironmentUnusable(
            f"YIDAN_HOME {env.home} cannot be written to ({error.strerror}): make it writable or set YIDAN_HOME to another folder"
        ) from error


def secret_key(env: Env, environ: Mapping[str, str] = os.environ) -> str:
    """YIDAN_SECRET_KEY, or one made once and kept in YIDAN_HOME/secret.key (mode 0600).

    Where the home cannot be written to yet (such as `yidan --help`), a key for this process only.
    """
    if given := environ.get("YIDAN_SECRET_KEY"):
        return given
    path = env.home / "secret.key"
    try:
        return path.read_text(encoding="ascii").strip() or _new_key(path)
    except FileNotFoundError:
        return _new_key(path)
    except OSError:
        return secrets.token_urlsafe(50)


def _new_key(path: Path) -> str:
    key = secrets.token_urlsafe(50)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return key
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(key)
    return key
