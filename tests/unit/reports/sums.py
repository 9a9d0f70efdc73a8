"""What must hold in any paper: totals are the sums of their rows, counts count their records, shares lie within their bases."""

from __future__ import annotations

from tracker.reports.paper import figures_of


def tables_of(content):
    parts = [*content["sections"], *content["annex"]]
    return [(part, block) for part in parts for block in part["blocks"] if block["type"] == "table"]


def assert_adds_up(content):
    """Every total of every table, and every figure anywhere."""
    for part, block in tables_of(content):
        for index, cell in enumerate(block["total"] or ()):
            where = f"{part['title']} / {block['title']} / {block['columns'][index]['title']}"
            column = [row[index] for row in block["rows"]]
            if isinstance(cell, dict):
                for name in ("n", "of") if "of" in cell else ("v",):
                    assert cell[name] == sum(other[name] for other in column), where
                assert sorted(cell["r"]) == sorted(key for other in column for key in other["r"]), where
            elif isinstance(cell, int):
                assert cell == sum(other or 0 for other in column), where
    for figure in figures_of(content):
        assert len(set(figure["r"])) == len(figure["r"])
        if "of" in figure:
            assert figure["n"] == len(figure["r"]) <= figure["of"]
            assert figure["v"] == (round(figure["n"] / figure["of"], 6) if figure["of"] else None)
        else:
            assert len(figure["r"]) == (figure["v"] or 0)
