"""Server time of what an analyst presses in the queue: `python -m tests.bench.decisions` over the store of a YIDAN_HOME.

Each act is what a browser sends (without the network): its own request, and the next item that it then asks for.
"""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import Any, Final

ROUNDS: Final = 5
HTMX: Final = {"HX-Request": "true"}


def decisions(client: Any, rounds: int = ROUNDS) -> dict[str, list[float]]:
    """The seconds of every act and of the next item, `rounds` times each, on the events at the head of the queue."""
    from tracker.posts.models import Event
    from tracker.posts.selectors import queue
    from tracker.web.queue_page import verdict_form

    took: defaultdict[str, list[float]] = defaultdict(list)

    def timed(name: str, ask: Callable[[], Any], status: int) -> None:
        start = time.perf_counter()
        answer = ask()
        took[name].append(time.perf_counter() - start)
        assert answer.status_code == status, (name, answer.status_code)

    def press(name: str, event: Event, act: str, **fields: object) -> None:
        body = {"version": event.version, **fields}
        timed(name, lambda: client.post(f"/queue/{event.pk}/{act}/", body, headers=HTMX), 303)
        event.refresh_from_db()

    client.get("/queue/")
    for turn in range(rounds + 1):
        if turn == 1:
            took.clear()  # what only the first request of a process pays
        first, second, third, fourth = queue()[:4]
        several = (
            queue().filter(posts_count__gt=1).exclude(pk__in=[e.pk for e in (first, second, third, fourth)]).first()
        )
        timed("next item", partial(client.get, f"/queue/{second.pk}/", headers=HTMX), 200)
        press("dismiss", first, "dismiss", reason="非交通事项")
        press("undo a dismissal", first, "restore")
        press("confirm", first, "confirm", **_suggested(verdict_form(first)))
        press(
            "confirm with other labels",
            second,
            "confirm",
            **_suggested(verdict_form(second)) | {"level": 3, "topic": "water", "place": "白石市"},
        )
        press("merge", third, "merge", into=fourth.pk, reason="同一地点的同一问题")
        press("undo a merging", third, "restore")
        if several:
            post = several.posts.order_by("-pk").first()
            press("split", several, "split", posts=[post.pk], reason="不是一回事")
    return dict(took)


def _suggested(form: Any) -> dict[str, Any]:
    return {name: form.initial[name] for name in ("level", "topic", "need", "place", "problem")}


def p95(times: list[float]) -> float:
    """The second slowest of twenty; of few the slowest."""
    return sorted(times)[-1 - len(times) // 20]


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    import django

    django.setup()
    from django.conf import settings
    from django.test import Client

    from tracker.accounts.models import User

    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(User.objects.get(username="analyst"), backend="django.contrib.auth.backends.ModelBackend")
    for name, times in decisions(client, 20).items():
        print(f"{name:28} median {1000 * sorted(times)[len(times) // 2]:6.1f} ms   p95 {1000 * p95(times):6.1f} ms")


if __name__ == "__main__":
    main()
