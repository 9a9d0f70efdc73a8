"""What rests on posts, verdicts and crawl runs, counted again."""

from __future__ import annotations

import math
from collections import Counter
from datetime import timedelta

from tests.recount.raw import EAST, LEVELS, cut, short
from tests.recount.sheet import n, of

HOUR = timedelta(hours=1)


def said(store, since, until):
    return [p for p in store.posts if p["event_id"] and since <= p["said"] < until]


def ids(posts):
    return [f"post:{p['id']}" for p in posts]


def decision_before(store, event, moment):
    made = [v for v in store.verdicts if v["event_id"] == event and v["at"] < moment]
    return max(made, key=lambda v: (v["at"], v["id"]))["decision"] if made else None


def bursts(store, since, until, usual_since, periods):
    """Rows of the table of bursts, and (event, posts, usual) of every event of the period, loudest first."""
    now = Counter(p["event_id"] for p in said(store, since, until))
    before = Counter(p["event_id"] for p in said(store, usual_since, since))
    order = sorted(now, key=lambda event: (-now[event], event))
    rows = []
    for event in order:
        usual, row = before[event] / periods, store.events[event]
        if now[event] >= 3 and now[event] >= 3 * usual:
            word = {"confirmed": "已列单", "dismissed": "不列单"}.get(decision_before(store, event, until), "待研判")
            posts = n(ids([p for p in said(store, since, until) if p["event_id"] == event]))
            level = LEVELS.get(row["level"], "—")
            rows.append([cut(row["title"], 36), row["place"] or "—", level, posts, f"{usual:g}", word])
    return rows[:10], [(event, now[event], before[event] / periods) for event in order]


def pending(store, until):
    """Flagged events known by then on which nobody had decided."""
    known = {p["event_id"] for p in store.posts if p["event_id"] and p["found"] < until}
    return [
        f"event:{pk}"
        for pk, event in store.events.items()
        if event["flagged"] and pk in known and decision_before(store, pk, until) in (None, "pending")
    ]


def taken_back(verdict, told):
    later = (v for v in told if v["event_id"] == verdict["event_id"] and v["id"] > verdict["id"])
    return any(v["decision"] == "pending" for v in later)


def review(store, since, until):
    """Figures of the section on machine and human."""
    told = [v for v in store.verdicts if since <= v["at"] < until]
    made = [v for v in told if v["decision"] in ("confirmed", "dismissed") and not taken_back(v, told)]
    flagged = [v for v in made if store.events[v["event_id"]]["flagged"]]
    names = {id(v): f"verdict:{v['id']}" for v in made}
    corrected = [v for v in made if any(v["machine"].get(k) != value for k, value in v["labels"].items())]
    return {
        "研判": n(names[id(v)] for v in made),
        "误报率": of((names[id(v)] for v in flagged if v["decision"] == "dismissed"), (names[id(v)] for v in flagged)),
        "人工补列": n(names[id(v)] for v in made if v["decision"] == "confirmed" and v not in flagged),
        "改正标签": n(names[id(v)] for v in corrected),
        "待研判": n(pending(store, until)),
        "漏报率": (0, 0, ()),
    }


def interval(hits, trials):
    """Wilson's interval from its definition, by bisection: the shares at which `hits` lies 1.96 standard errors away."""

    def edge(sign):
        low, high = (0.0, hits / trials) if sign < 0 else (hits / trials, 1.0)
        for _ in range(200):
            p = (low + high) / 2
            far = abs(hits / trials - p) >= 1.959964 * math.sqrt(p * (1 - p) / trials)
            if (sign < 0) == far:
                low = p
            else:
                high = p
        return (low + high) / 2

    return edge(-1), edge(1)


def coverage(store, boards, since, until):
    """Figures and rows of the section on coverage; `boards` is {name: (title, patience in hours)}."""
    rows, ran, clear, seeing = [], [], [], []
    for name, (title, patience) in sorted(boards.items()):
        runs = [r for r in store.runs if r["source"] == name and since <= r["at"] < until]
        good = [r["at"] for r in store.runs if r["source"] == name and r["state"] == "ok" and r["at"] < until]
        hours = round((until - since - covered(good, timedelta(hours=patience), since, until)) / HOUR, 1)
        healthy = [r for r in runs if r["state"] == "ok"]
        ran += [f"source:{name}"] * bool(runs)
        clear += [f"source:{name}"] * (hours == 0)
        seeing += [f"source:{name}"] * (bool(good) and good[-1] + timedelta(hours=patience) >= until)
        rows.append([title, f"{len(healthy)}/{len(runs)}", hours, short(good[-1] if good else None)])
    due = [f"source:{name}" for name in boards]
    return {"启用数据源": n(due), "采集过": n(ran), "全程可见": n(clear), "期末可见": n(seeing)}, rows


def covered(good, patience, since, until):
    """How much of [since, until) lies within `patience` after some healthy run: the length of a union of intervals."""
    whole, reached = timedelta(), since
    for start in sorted(good):
        end = min(start + patience, until)
        if end > reached:
            whole += end - max(start, reached)
            reached = end
    return whole


def by_day(posts, days):
    spread = Counter((p["said"] + EAST).date() for p in posts)
    return [spread[day] for day in days]
