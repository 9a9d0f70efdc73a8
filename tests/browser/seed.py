"""Fills an empty store with a made-up working day, through the real services: run as `python -m tests.browser.seed`.

Everything is invented: places, roads, lines. Every user's password is PASSWORD.
"""

from __future__ import annotations

import os
from datetime import datetime, timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")

PASSWORD = "browser-test-2026"

QUEUE = (
    (
        "云溪大桥伸缩缝开了大口子，晚上骑车差点栽进去",
        3,
        "SV",
        ["伸缩缝开了大口子", "差点栽进去", "别人眼里", "小事"],
        (
            "云溪大桥由南往北快到桥头的地方，伸缩缝开了大口子，能看见下面的水。昨晚骑电动车差点栽进去，桥边就是中学，放学时学生一拨一拨从这里过。也许在别人眼里是小事，真出了事就晚了。",
            "接孩子路过云溪大桥，前轮卡进缝里，人摔出去两米，手掌缝了四针。有没有人来围一下？",
            "云溪大桥那道缝越来越宽，货车一过整个桥面都响。",
        ),
    ),
    (
        "长坪隧道里照明灯坏了一大半",
        2,
        "S",
        ["照明灯坏了一大半", "看不清"],
        ("长坪隧道进去三百米后照明灯坏了一大半，里面又有积水，对向来车看不清。上个月就这样，到现在没人修。",),
    ),
    (
        "枫林街公交改线以后，老人要走两站路看病",
        2,
        "GV",
        ["老人", "走两站路", "建议"],
        (
            "自从 88 路改线，枫林街到卫生院就没有车了。我们楼里几十位老人要走两站路去拿药，雨天更难。建议恢复一部分班次。",
            "88 路为什么不停枫林街了？",
        ),
    ),
    (
        "出租车不打表，火车站到城西要八十",
        1,
        "L",
        ["不打表", "要八十"],
        ("晚上十一点出站，连问四辆出租车都不打表，开口要八十，平时二十五。车牌尾号记下了两辆。",),
    ),
    (
        "乡道会车平台被渣土压坏",
        2,
        "SR",
        ["压坏", "反映过三次"],
        ("去年年底开始拉渣土的大车天天走我们村这条乡道，会车平台边上压坏了，露着钢筋。村里反映过三次，都说在协调。",),
    ),
    (
        "渡口的救生衣少了一半",
        2,
        "S",
        ["救生衣少了一半"],
        ("白沙渡口开船的时候数了一下，二十几个人，救生衣少了一半，还有几件扣子是坏的。",),
    ),
    ("斑马线褪色，看不出来", 1, "S", ["看不出来"], ("学府路和环城路口斑马线褪得看不出来，右转的车不减速。",)),
    (
        "停车场多收了我一小时的钱",
        1,
        "L",
        ["多收了"],
        ("汽车南站地下停车场，进出记录明明是一小时五十分，收了三小时的钱，多收了四块，前台说系统就这样。",),
    ),
)
STATES = ("listed", "assigned", "assigned", "handling", "handling", "submitted", "submitted", "approving", "closed",
          "closed", "returned", "withdrawn")  # fmt: skip
PROBLEMS = (
    "北门立交匝道护栏缺失约十米", "竹山路路面塌陷，占去半幅车道", "七里渡码头趸船跳板腐朽", "县道三公里处落石未清",
    "城东客运站外黑车揽客，扰乱候车", "新桥引道沉降，跳车明显", "滨江路隔音屏倒伏", "石门坳边坡滑塌，临近民房",
    "青年路路灯连片不亮", "校车停靠点没有避让标志", "公交 31 路末班提前收车", "网约车平台重复扣费",
)  # fmt: skip


def main() -> None:
    import django

    django.setup()
    from django.contrib.auth.hashers import make_password
    from django.core.management import call_command
    from django.utils import timezone

    call_command("migrate", verbosity=0)
    from tests.browser.seed_acts import fill_acts
    from tests.factories import make_desk
    from tracker.accounts.models import User

    desk = make_desk(recorded=True)
    User.objects.update(password=make_password(PASSWORD))
    for unit, place in ((desk.bureau, "长沙"), (desk.port, "岳阳")):
        unit.name, unit.prefecture = f"{place}市交通运输局", place
        unit.save()
    now = timezone.now()
    fill_sources(now)
    fill_queue(now)
    fill_sheet(desk, now)
    fill_acts(desk, now)
    fill_learning(now)


def fill_sources(now: datetime) -> None:
    """Two sources: one healthy, one that has not been reached for seven hours."""
    from django.conf import settings

    from crawlers.api import Alarm, CrawlReport, cause
    from tracker.demo.seed import catalogue_write
    from tracker.intake.health import crawl_record

    settings.ENV.catalogue.mkdir(parents=True, exist_ok=True)
    catalogue_write(settings.ENV.catalogue, "http://127.0.0.1:9")
    before = now - timedelta(hours=7)
    for hour in (2, 1, 0):
        at = now - timedelta(hours=hour)
        good = CrawlReport("demo-api", f"a{hour}", at, at, "ok", "", fetched=4, new=4, day_new=31, day_usual=28.0)
        crawl_record(report=good)
    page = settings.ENV.crawl_state / "pages" / "demo-pages" / "b0.txt"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(
        "title: 留言板\nbody\n  div.notice\n    p (24)\n  ul.newlist\n    li\n      a → /a/000.aaaa (12)\n",
        encoding="utf-8",
    )
    why = cause("list-unreadable", page=1, why=cause("no-rows", rule="ul.list li", what=cause("matches-nothing")))
    crawl_record(
        report=CrawlReport("demo-pages", "b1", before, before, "ok", "", fetched=3, new=3, day_new=9, day_usual=12.0)
    )
    crawl_record(
        report=CrawlReport(
            "demo-pages", "b0", now, now, "broken", why.say(), causes=(why,), alarms=(Alarm("layout", why),),
            page="demo-pages/b0.txt", day_new=2, day_usual=12.0,
        )
    )  # fmt: skip


def fill_queue(now: datetime) -> None:
    """Events that await a verdict, with their reasons marked."""
    from tests.factories import make_event

    for rank, (title, level, signals, words, bodies) in enumerate(QUEUE):
        at = now - timedelta(hours=3 * rank + 1)
        make_event(title, bodies, now=at, words=words, level=level, signals=signals, risk=0.93 - rank * 0.06,
                   places=["长沙市" if rank % 2 else "岳阳市"], topic=("road", "road", "transit", "taxi", "road", "water", "traffic", "charge")[rank])  # fmt: skip
    weaken(words={"小事", "别人眼里", "建议"})


def weaken(words: set[str]) -> None:
    """These words pushed away from risk."""
    from tracker.posts.models import Post

    for post in Post.objects.all():
        post.why = [span | {"weight": -0.6} if span["text"] in words else span for span in post.why]
        post.save(update_fields=["why"])


def fill_sheet(desk, now: datetime) -> None:
    """Risks in every state, some of them late; the evidence is really on disk."""
    from django.conf import settings

    from tests.factories import PNG, make_event, make_risk
    from tracker.risks import files
    from tracker.risks.lifecycle import State

    files.store(settings.ENV.files, PNG)
    for rank, (state, problem) in enumerate(zip(STATES, PROBLEMS, strict=True)):
        at = now - timedelta(days=(1, 2, 9, 3, 20, 4, 12, 5, 15, 22, 3, 6)[rank], hours=rank)
        event = make_event(
            problem,
            (f"{problem}，每天都有人从这里过，请尽快派人来看。", "同感，我也遇到过。"),
            now=at,
            words=("尽快",),
            places=["岳阳市" if rank == 2 else "长沙市"],
        )
        level = 3 if state == "approving" else 1 + rank % 2
        unit = desk.port if rank == 2 else desk.bureau
        make_risk(desk, State(state), now=at, level=level, event=event, unit=unit,
                  handler="other_handler" if rank == 2 else "handler", outcome="explained" if rank == 9 else "fixed")  # fmt: skip


def fill_learning(now: datetime) -> None:
    """A burst, judged blind samples, readings of drift, and a challenger beside the shipped model."""
    import shutil

    from django.conf import settings

    from analysis.api import fingerprint
    from analysis.registry import SHIPPED
    from tests.factories import make_event, make_post
    from tracker.learning.models import Draw, DriftReading, ModelVersion
    from tracker.posts.heat import bursts_note
    from tracker.posts.models import Event
    from tracker.posts.services import event_refresh

    event = Event.objects.get(title=QUEUE[0][0])
    for n in range(4):
        make_post(
            event, QUEUE[0][0], "桥头那道缝还没有人管。", published_at=now - timedelta(hours=n), discovered_at=now
        )
    event_refresh([event.pk])
    bursts_note(events=[event.pk], now=now)
    for n in range(40):
        drawn = make_event(f"抽查{n}", ("随手反映一件小事。",), now=now - timedelta(days=n % 20), risk=0.05, level=0)
        Event.objects.filter(pk=drawn.pk).update(
            flagged=False, drawn=0.4, decision="confirmed" if n == 7 else "dismissed", level=1 if n == 7 else 0
        )
        Draw.objects.create(
            event=drawn, day=now.date() - timedelta(days=n % 20), stratum="near" if n % 2 else "far",
            chance=0.3 if n % 2 else 0.05,
        )  # fmt: skip
    for name, state, psi, last, before in (
        ("score", "steady", 0.04, 0.08, 0.09), ("length", "some", 0.17, 143.0, 118.0), ("unknown", "few", None, 0.08, 0.07),
    ):  # fmt: skip
        DriftReading.objects.create(
            day=now.date(), name=name, state=state, psi=psi, now=last, before=before, count_now=412, count_before=3120
        )
    version = "suite-2026-11-23-52820e0e.v20261120-5f3a91c2"
    folder = settings.ENV.models / version
    shutil.copytree(SHIPPED, folder)
    figures = {
        "rows": 96, "risks": 58, "risk_ap": 0.9412, "flagged_precision": [56, 75], "flagged_recall": [56, 58],
        "serious_flagged": [30, 31], "serious_named": [24, 31], "topic_right": [43, 58], "need_right": [47, 58],
    }  # fmt: skip
    better = {**figures, "risk_ap": 0.9533, "flagged_precision": [57, 70], "flagged_recall": [57, 58], "topic_right": [50, 58],
              "need_right": [46, 58]}  # fmt: skip
    ModelVersion.objects.create(
        version=version, digest=fingerprint(folder), champion="", rows=391, by="system:retrain", at=now - timedelta(days=3),
        comparison={"frozen": [figures, better]},
    )  # fmt: skip


if __name__ == "__main__":
    main()
