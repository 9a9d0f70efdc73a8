"""What people did to the items of the made-up day: pictures from before and after, a plan, an asked extension, a pause, a notice."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO


def fill_acts(desk, now: datetime) -> None:
    from tests.factories import ANSWER, make_event, make_risk
    from tracker.risks import services
    from tracker.risks.lifecycle import Act, State
    from tracker.risks.models import Risk

    handler = {"actor": desk.actor("handler"), "now": now}
    shown = make_risk(desk, State.HANDLING, now=now - timedelta(days=1), level=2, event=make_event(
        "龙舌湾大桥人行道栏杆断了一截", ("龙舌湾大桥东侧人行道的栏杆断了一截，放学时孩子从这里走，请尽快派人来看。", "今天路过还是没有围挡。"),
        now=now - timedelta(days=2), words=("栏杆断了一截", "尽快"), places=["长沙市"],
    ))  # fmt: skip
    for name, drawn in (("整改前.png", picture(mended=False)), ("整改后.png", picture(mended=True))):
        shown = evidence(shown, name, drawn, handler)
    services.risk_submit(
        risk=shown.pk, version=shown.version, **handler, outcome="fixed", answer=ANSWER, note="更换 12 米"
    )
    nearly, young = Risk.objects.filter(state=State.HANDLING).order_by("treat_due")
    nearly = services.risk_plan(
        risk=nearly.pk, version=nearly.version, **handler, responsibility="运管科牵头，交警和城管派员配合", measures="站前设固定岗，调整出租车候客区，增设指示牌",
        funds="站场管理经费 4.2 万元", due=nearly.treat_due.date(), contingency="节假日增派两组人员；发生纠纷立即联动派出所",
    )  # fmt: skip
    nearly = services.risk_note(
        act=Act.PROGRESS, risk=nearly.pk, version=nearly.version, **handler, reason="已设固定岗，指示牌明早到场"
    )
    services.risk_extend(
        risk=nearly.pk, version=nearly.version, **handler, days=2, reason="候客区划线要等夜间封道施工，预计后天完成"
    )
    manager = {"actor": desk.actor("manager"), "now": now}
    services.risk_note(
        act=Act.SUPERVISE,
        risk=young.pk,
        version=young.version,
        **manager,
        reason="坡面还在掉石，请厅公路局派人到场督办",
    )


def evidence(risk, name: str, drawn: bytes, common):
    """`drawn` taken as evidence by the real door."""
    from django.conf import settings

    from tracker.risks.evidence import evidence_take

    return evidence_take(
        risk=risk.pk, version=risk.version, **common, root=settings.ENV.files, name=name, read=lambda: drawn
    )


def picture(*, mended: bool) -> bytes:
    """A drawn railing on a bridge, with a gap or without."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (640, 480), "#b9d3e3")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 300, 640, 480), fill="#8b8f94")
    pen.rectangle((0, 360, 640, 372), fill="#e6e2d3")
    for post in range(20, 640, 60):
        if mended or not 230 < post < 430:
            pen.rectangle((post, 170, post + 12, 300), fill="#c8452f" if 230 < post < 430 else "#5a6a75")
    for height in (185, 235):
        for left, right in ((0, 640),) if mended else ((0, 210), (440, 640)):
            pen.rectangle((left, height, right, height + 10), fill="#5a6a75")
    held = BytesIO()
    image.save(held, "PNG")
    return held.getvalue()
