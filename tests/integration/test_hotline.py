"""Work orders from the spreadsheets that hotlines really export: merged headers, formulas, numbers for dates, GB18030."""

from __future__ import annotations

import csv
import io
import os
import resource
import time
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from crawlers.api import Columns, CrawlError, read_batches, sources
from tests.fakes.understanding import FakeUnderstanding
from tracker.intake import maps, services
from tracker.intake.models import CrawlRun, ImportMap
from tracker.posts.models import Post

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HEADER = ["工单编号", "工单标题", "诉求内容", "交办时间", "求助人员", "求助号码", "事件发生地", "办理结果", "承办单位"]
ROWS = int(os.environ.get("YIDAN_IMPORT_ROWS", "3000"))
pytestmark = pytest.mark.django_db


def order(number, **changes):
    row = {
        "工单编号": f"2026{number:06d}", "工单标题": f"青石渡口第{number}级台阶松动", "诉求内容": f"第{number}级台阶一踩就晃，老人摔过。",
        "交办时间": "2026-11-20 09:05:00", "求助人员": "顾小舟", "求助号码": "13812345678", "事件发生地": "青石渡口",
        "办理结果": "", "承办单位": "", **changes,
    }  # fmt: skip
    return [row[name] for name in HEADER]


@pytest.fixture
def desk(tmp_path):
    shipped = sources()["hotline-12328"]
    folder = tmp_path / "catalogue"
    folder.mkdir()
    text = Path("crawlers/catalogue/hotline-12328.toml").read_text(encoding="utf-8")
    text = text.replace("enabled = false", "enabled = true").replace('"pending"', "2026-10-01")
    (folder / f"{shipped.name}.toml").write_text(text, encoding="utf-8")
    return {"sources": sources(folder), "spool": tmp_path / "spool", "state": tmp_path / "state", "now": NOW}


def xlsx(path, *rows, edit=None):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if edit:
        edit(book.active)
    book.save(path)
    return path


def bring(desk, path, name="12328", **options):
    return maps.sheet_take(file=path, name=name, rejects=path.with_suffix(".rejected.csv"), **desk, **options)


def posts(desk):
    return {post.key: post for batch in read_batches(desk["spool"]) for post in batch.posts}


def rejected(path):
    text = path.with_suffix(".rejected.csv").read_text(encoding="utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def everything(folder):
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".xlsx")


def test_an_export_is_taken_masked_once_and_without_the_caller(desk, tmp_path):
    path = xlsx(
        tmp_path / "a.xlsx", HEADER, order(1, 诉求内容="我叫顾小舟，电话13812345678，第1级台阶松了。"), order(2)
    )
    done = bring(desk, path)
    assert (done.rows, done.accepted, done.refused, done.rejects) == (2, 2, 0, None)
    found = posts(desk)["2026000001"]
    assert found.body == "我叫[姓名]，电话[电话]，第1级台阶松了。\n地点：青石渡口"
    assert found.published_at == datetime(2026, 11, 20, 1, 5, tzinfo=UTC)
    assert "顾小舟".encode() not in everything(tmp_path)
    again = bring(desk, path)
    assert (again.report.state, again.report.unchanged, again.report.fetched) == ("ok-nothing-new", 2, 0)
    assert [run.state for run in CrawlRun.objects.order_by("pk")] == ["ok", "ok-nothing-new"]


def test_headers_over_merged_rows_below_a_title(desk, tmp_path):
    upper = ["工单编号", "诉求信息", None, "交办时间", "来电群众", None, "事件发生地"]
    lower = [None, "工单标题", "诉求内容", None, "称呼", "电话", None]
    row = ["A1", "渡口栏杆松动", "一推就晃。", 46345.5, "顾小舟", "13812345678", "青石渡口"]

    def merge(sheet):
        for area in ("A1:G1", "A2:A3", "B2:C2", "D2:D3", "E2:F2", "G2:G3"):
            sheet.merge_cells(area)

    path = xlsx(tmp_path / "m.xlsx", ["工单统计表"], upper, lower, row, edit=merge)
    assert bring(desk, path).accepted == 1
    found = posts(desk)["A1"]
    assert (found.title, found.body) == ("渡口栏杆松动", "一推就晃。\n地点：青石渡口")
    assert found.published_at == datetime(2026, 11, 19, 4, 0, tzinfo=UTC), "a date as a number of days"


def test_dates_of_every_kind_and_one_that_is_none(desk, tmp_path):
    moments = [
        datetime(2026, 11, 20, 9, 5),  # noqa: DTZ001 - a spreadsheet knows no zones
        46346.378472222,
        "46346",
        "2026年11月20日 9时5分",
        "不详",
        None,
    ]
    path = xlsx(tmp_path / "d.xlsx", HEADER, *(order(n, 交办时间=when) for n, when in enumerate(moments)))
    done = bring(desk, path)
    assert (done.accepted, done.report.undated) == (6, 2)
    at = datetime(2026, 11, 20, 1, 5, tzinfo=UTC)
    assert [posts(desk)[f"202600000{n}"].published_at for n in range(6)] == [
        at, at, datetime(2026, 11, 19, 16, tzinfo=UTC), at, None, None,
    ]  # fmt: skip


def test_a_formula_counts_as_its_last_value_and_without_one_the_row_says_so(desk, tmp_path):
    path = xlsx(tmp_path / "f.xlsx", HEADER, order(1, 诉求内容='=B2&"很危险"', 工单标题=""), order(2))
    done = bring(desk, path)
    assert (done.accepted, done.refused) == (1, 1)
    assert "如果是公式" in rejected(path)[0]["理由"]
    part = tmp_path / "g.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(part, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name.endswith("sheet1.xml"):
                assert b"<v></v>" in data or b"<v />" in data
                data = data.replace(b"<v></v>", b"<v>9911</v>").replace(b"<v />", b"<v>9911</v>")
            new.writestr(name, data)
    assert bring(desk, part).accepted == 2
    assert posts(desk)["2026000001"].body.startswith("9911")


def test_rejected_rows_say_where_and_why_without_the_caller(desk, tmp_path):
    rows = [
        order(1), order(2, 诉求内容="", 工单标题=None), order(3, 工单编号=""), order(1, 诉求内容="另一件事：桥面塌了。"),
        order(4, 工单编号="2.02E+13"), [None] * 9, order(5, 诉求内容="=cmd|' /c calc'!A1 我叫顾小舟", 工单编号=None), order(1),
    ]  # fmt: skip
    path = tmp_path / "r.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *rows])
    done = bring(desk, path)
    assert (done.rows, done.accepted, done.refused, done.report.new) == (7, 2, 5, 1)
    assert done.report.state == "degraded"
    found = rejected(path)
    assert [row["行号"] for row in found] == ["3", "4", "5", "6", "8"]
    assert "与第 2 行相同" in found[2]["理由"]
    assert "科学计数" in found[3]["理由"]
    assert found[4]["诉求内容"].startswith("'=cmd"), "a spreadsheet must not run it"
    assert "顾小舟" not in str(found)
    assert "13812345678" not in str(found)


@pytest.mark.parametrize(
    ("charset", "mark"),
    [
        ("gb18030", b""),
        ("gb18030", b"\x84\x31\x95\x33"),
        ("utf-8", b"\xef\xbb\xbf"),
        ("utf-8", b""),
        ("utf-16-le", b"\xff\xfe"),
    ],
)
@pytest.mark.parametrize("between", [",", "\t", ";"])
def test_csv_in_any_charset_with_or_without_a_mark(desk, tmp_path, charset, mark, between):
    lines = [between.join(HEADER), *(between.join(f'"{cell}"' for cell in order(n)) for n in (1, 2))]
    path = tmp_path / "c.csv"
    path.write_bytes(mark + "\r\n".join(lines).encode(charset))
    assert bring(desk, path).accepted == 2
    assert posts(desk)["2026000002"].title == "青石渡口第2级台阶松动"


def test_a_numeric_order_number_and_text_that_is_no_formula(desk, tmp_path):
    path = xlsx(tmp_path / "n.xlsx", HEADER, order(1, 工单编号=20260001.0), order(2, 工单编号=20260002))
    bring(desk, path)
    assert sorted(posts(desk)) == ["20260001", "20260002"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.xlsx", b"\xd0\xcf\x11\xe0 old", "old .xls or a file with a password"),
        ("x.xls", b"", "neither .xlsx nor .csv"),
        ("x.csv", b"", "no row of column names"),
        ("x.csv", "编号,内容\n1,桥\n".encode(), ""),
        ("x.csv", "甲,乙\n1,桥\n".encode(), "needs a column for body or for title"),
    ],
)
def test_a_file_that_cannot_be_taken_says_why(desk, tmp_path, name, content, said):
    path = tmp_path / name
    path.write_bytes(content)
    if said:
        with pytest.raises(CrawlError, match=said):
            bring(desk, path)
    else:
        assert bring(desk, path).accepted == 1


def test_a_map_is_saved_once_and_never_takes_a_person(desk, tmp_path):
    keep = {"source": "hotline-12328", "sources": desk["sources"], "by": "admin", "now": NOW}
    maps.map_save(name="镇街", columns={"body": "经过", "place": ["村", "组"]}, **keep)
    path = xlsx(tmp_path / "v.xlsx", ["经过", "村", "组", "姓名"], ["渡口栏杆松动。", "青石村", "三组", "顾小舟"])
    assert bring(desk, path, "镇街").accepted == 1
    assert next(iter(posts(desk).values())).body == "渡口栏杆松动。\n地点：青石村，三组"
    with pytest.raises(maps.MapRefused, match="已有名为"):
        maps.map_save(name="镇街", columns={"body": "经过"}, **keep)
    with pytest.raises(maps.MapRefused, match="不是目录里的热线来源"):
        maps.map_save(name="二", columns={"body": "经过"}, **keep | {"source": "wz-rednet"})
    for wrong, said in (
        ({"body": "求助人员"}, "of people"),
        ({"author": "x"}, "no field author"),
        ({}, "body or for title"),
    ):
        with pytest.raises(CrawlError, match=said):
            maps.map_save(name="三", columns=wrong, **keep)
    with pytest.raises(CrawlError, match="has no column 组"):
        bring(desk, xlsx(tmp_path / "w.xlsx", ["经过", "村"], ["渡口栏杆松动。", "青石村"]), "镇街")
    with pytest.raises(maps.MapRefused, match="没有名为"):
        bring(desk, path, "四")
    assert ImportMap.objects.get().columns["body"] == "经过"


def test_a_hotline_that_is_off_takes_nothing(desk, tmp_path):
    path = xlsx(tmp_path / "o.xlsx", HEADER, order(1))
    with pytest.raises(maps.MapRefused, match="没有启用"):
        bring(desk, path, "12345")


def test_a_columns_map_survives_json():
    columns = Columns(key="工单编号", body="诉求内容", place=("村", "组"))
    assert Columns.from_dict(columns.to_dict()) == columns


def test_a_large_export_is_streamed(desk, tmp_path):
    """YIDAN_IMPORT_ROWS=200000 is the size that counts; memory must not grow with the rows."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (HEADER, *(order(n) for n in range(ROWS))):
        sheet.append(row)
    path = tmp_path / "large.xlsx"
    book.save(path)
    heard = []
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    done = bring(desk, path, on_progress=heard.append)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    print(f"{ROWS} rows in {time.monotonic() - started:.1f} s, {grown} MB more at the peak")
    assert (done.accepted, done.report.new) == (ROWS, ROWS)
    assert heard == sorted(heard)
    assert heard[-1] == ROWS
    assert grown < 300
    assert len(posts(desk)) == ROWS
    if ROWS <= 3000:
        fake = FakeUnderstanding()
        services.spool_take(spool=desk["spool"], understanding=lambda: fake, clock=lambda: NOW)
        assert Post.objects.count() == ROWS
    assert bring(desk, path).report.fetched == 0, "a second import brings nothing"
