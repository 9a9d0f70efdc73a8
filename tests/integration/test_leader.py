"""One leader on PostgreSQL: a standby takes over from one that is killed, and one that only slept starts nothing afterwards."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import psycopg
import pytest
from django.utils import timezone

from tests import postgres
from tests.integration.test_up import until
from tracker.jobs.leader import KEY, Deposed, Leadership, term_begin, term_hold
from tracker.jobs.models import JobRun, Term
from tracker.jobs.schedule import jobs
from tracker.jobs.scheduler import run_job

# The one table that leading needs: all migrations would take ten times as long as the rest of this file.
TABLE = """
import django; django.setup()
from django.db import connection
from tracker.jobs.models import Term
with connection.schema_editor() as editor: editor.create_model(Term)
"""
ROOT = Path(__file__).resolve().parents[2]


class TestTerms:
    @pytest.mark.django_db
    def test_a_later_term_ends_the_earlier_one(self):
        now = timezone.now()
        first = term_begin(now=now)
        term_hold(number=first, now=now)
        second = term_begin(now=now)
        assert second == first + 1
        term_hold(number=second, now=now)
        with pytest.raises(Deposed, match="another process leads"):
            term_hold(number=first, now=now)
        assert Term.objects.get().number == second

    @pytest.mark.django_db(transaction=True)  # a job begins with fresh connections
    def test_a_term_that_is_over_starts_no_job(self):
        class NoEngine:
            local = True

            def run(self, *_arguments: str) -> bool:
                raise AssertionError("it was started")

        old = term_begin(now=timezone.now())
        term_begin(now=timezone.now())
        job = next(job for job in jobs({}) if job.name == "clocks")
        run_job(job, NoEngine(), old)
        assert not JobRun.objects.filter(job="clocks").exists()

    @pytest.mark.django_db(transaction=True)
    def test_alone_on_its_store_a_process_leads_at_once_and_ends_in_order(self):
        heard: list[object] = []
        leadership = Leadership(heard.append, lambda: heard.append("end"))
        leadership.start()
        assert heard == [Term.objects.get().number]
        leadership.close()
        assert heard[-1] == "end"


class Candidate:
    """A process that would lead, and what it has said."""

    def __init__(self, url: str, folder: Path, name: str) -> None:
        self.log = folder / f"{name}.log"
        environ = {
            **os.environ, "DATABASE_URL": url, "YIDAN_HOME": str(folder / name), "DJANGO_SETTINGS_MODULE": "tracker.settings",
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.integration.leading"], env=environ, cwd=ROOT, stdout=out, stderr=out
            )

    def said(self, what: str) -> list[tuple[float, str]]:
        """(when, what) of every line that begins with `what`."""
        lines = (line.partition(" ") for line in self.log.read_text().splitlines(keepends=True) if line.endswith("\n"))
        return [(float(at), rest.strip()) for at, _space, rest in lines if rest.startswith(what)]


@pytest.fixture
def url() -> Iterator[str]:
    with postgres.server() as url:
        environ = os.environ | {"DATABASE_URL": url}
        subprocess.run([sys.executable, "-c", TABLE], env=environ | {"DJANGO_SETTINGS_MODULE": "tracker.settings"}, cwd=ROOT, check=True)  # fmt: skip
        yield url


@pytest.mark.postgres
@pytest.mark.slow
def test_of_three_one_leads_and_another_takes_over(url: str, tmp_path: Path):
    started: list[Candidate] = []
    try:
        for name in ("a", "b", "c"):
            started.append(Candidate(url, tmp_path, name))
            until(lambda: started[-1].said("waits"))
        first, second, third = started
        assert first.said("leads 1")
        assert not second.said("leads")
        assert not third.said("leads")

        first.process.send_signal(signal.SIGKILL)
        killed = time.time()
        first.process.wait()
        (next_one,) = until(lambda: [c for c in (second, third) if c.said("leads 2")], 20)
        print(f"\nstandby after kill -9: {next_one.said('leads')[0][0] - killed:.2f} s")
        assert next_one.said("leads")[0][0] - killed < 10

        # Asleep, its connection given up by the server: whoever waits leads, and what wakes up is refused.
        (last,) = {second, third} - {next_one}
        next_one.process.send_signal(signal.SIGSTOP)
        with psycopg.connect(host=unquote(urlsplit(url).netloc.split("@")[1]), user="postgres", autocommit=True) as db:
            db.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) + objid::bigint = %s", (KEY,))  # fmt: skip
        until(lambda: last.said("acts 3"), 20)
        began = last.said("leads 3")[0][0]
        next_one.process.send_signal(signal.SIGCONT)
        until(lambda: next_one.said("ends"), 20)
        assert all(at < began for at, _what in next_one.said("acts")), "no act of the old term after the new one"
        assert last.said("acts 3")[-1][0] > began
    finally:
        for candidate in started:
            candidate.process.kill()
            candidate.process.wait()
