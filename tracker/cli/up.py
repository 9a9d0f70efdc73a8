"""`yidan up`: everything on one machine — migrate, web pages, scheduler, workers; with `--demo` a board and accounts too."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tracker.cli.sentence import Sentence, home

if TYPE_CHECKING:
    from tracker.env import Env

PATIENCE = 60.0


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command()(up)


def up(
    demo: Annotated[
        bool, typer.Option("--demo", help="With an embedded board of fictional posts and an account a role.")
    ] = False,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8000,
) -> None:
    """Everything on one machine: migrate, web, scheduler, workers; prints the address."""
    if demo:
        # The demo's accounts are everybody's: nobody should need a phone to try the manager's desk.
        os.environ.setdefault("YIDAN_SECOND_FACTOR", "optional")
    env = home()
    _refuse_taken_port(host, port)
    with ExitStack() as stack:
        stack.enter_context(_alone(env))
        _prepare(env)
        if demo:
            stack.enter_context(_demo(env))
        stack.enter_context(_scheduler(env))
        server = stack.enter_context(_web(host, port))
        _wait_for(host, port, server)
        _greet(host, port, demo=demo)
        _until_stopped(server)


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Sentence(
                f"port {port} on {host} cannot be used ({error.strerror}): stop what uses it, or choose another with --port."
            ) from error


@contextmanager
def _alone(env: Env) -> Iterator[None]:
    """One `up` a home; on PostgreSQL one a home and host, of which one leads."""
    import fcntl

    shared = str(env.database["ENGINE"]).endswith("postgresql")
    name = f"up.{socket.gethostname()}.lock" if shared else "up.lock"
    with (env.home / name).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Sentence(
                f"`yidan up` already runs on {env.home}: stop it first, or set another YIDAN_HOME."
            ) from error
        yield


def _prepare(env: Env) -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from tracker.cli.schema import SchemaState, create, schema_state

    state, detail = schema_state()
    if state is SchemaState.NEWER:
        raise Sentence(f"the store has {detail}, which this program does not know: install the newer version of yidan.")
    create(env.home)
    call_command("collectstatic", verbosity=0, interactive=False)


@contextmanager
def _demo(env: Env) -> Iterator[None]:
    from datetime import UTC, datetime

    from tracker.demo import seed
    from tracker.demo.board import DemoBoard
    from tracker.demo.posts import load_posts

    now = datetime.now(UTC)
    seed.accounts_seed(now)
    with DemoBoard(load_posts(), start=seed.beginning(env.home, now)) as board:
        seed.catalogue_write(env.catalogue, board.url)
        print(f"demo board (fictional posts): {board.url}/")
        yield


@contextmanager
def _scheduler(env: Env) -> Iterator[None]:
    """The jobs, for as long as this process leads; on PostgreSQL it may stand by while another does."""
    from crawlers import api
    from tracker.jobs.engine import Engine
    from tracker.jobs.leader import Leadership
    from tracker.jobs.scheduler import start

    engine = Engine(env.engine)
    running: list[Any] = []

    def begin(term: int) -> None:
        running.append(start(api.sources(env.catalogue), engine, term))

    def end() -> None:
        while running:
            running.pop().shutdown(wait=False)

    leadership = Leadership(begin, end)
    leadership.start()
    try:
        yield
    finally:
        leadership.close()
        engine.close()


@contextmanager
def _web(host: str, port: int) -> Iterator[subprocess.Popen[bytes]]:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    command = [sys.executable, "-m", "gunicorn", "--config", "python:tracker.cli.webserver", "--bind", address]
    # Its own process group: Ctrl-C reaches this process, which then stops the web server in order.
    server = subprocess.Popen(command, start_new_session=True)  # noqa: S603 - our own interpreter and arguments
    try:
        yield server
    finally:
        server.terminate()
        try:
            server.wait(timeout=15)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait_for(host: str, port: int, server: subprocess.Popen[bytes]) -> None:
    target = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Sentence(f"the web server stopped at once (exit {server.returncode}): its own message stands above.")
        try:
            socket.create_connection((target, port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise Sentence(f"the web server did not answer within {PATIENCE:.0f} s: see its message above.")


def _greet(host: str, port: int, *, demo: bool) -> None:
    shown = f"[{host}]" if ":" in host else host
    print(f"yidan is up: http://{shown}:{port}/  (Ctrl-C stops it)")
    if demo:
        from tracker.demo.seed import ACCOUNTS, PASSWORD

        print(f"accounts, all with the password {PASSWORD}:")
        for account in ACCOUNTS:
            print(f"  {account.username:<12}{account.role.value:<12}{account.display}")
        print("  handler-zhuzhou, handler-hn-gl, …  a handler for every other unit")
        print("no second factor is asked for here; outside the demo, managers and administrators need one")
    else:
        print("add people with `yidan user add NAME --role ROLE`; sources with `yidan sources add FILE`")
    sys.stdout.flush()


def _until_stopped(server: subprocess.Popen[bytes]) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    while not stop.wait(0.5):
        if server.poll() is not None:
            raise Sentence(
                f"the web server stopped (exit {server.returncode}): start `yidan up` again; nothing is lost."
            )
    print("stopping …", flush=True)
