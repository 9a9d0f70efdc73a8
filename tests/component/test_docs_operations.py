"""docs/operations.md and deploy/ stay true: every command there is one, and every figure, program and setting they name exists."""

from __future__ import annotations

import configparser
import json
import re
import shlex
from pathlib import Path

import pytest
import typer

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
PAGES = [ROOT / "docs" / name for name in ("operations.md", "scale.md")]
UNITS = sorted([*DEPLOY.glob("*.service"), *DEPLOY.glob("*.timer")])


def commands() -> list[str]:
    """Every line of a fenced block of shell that runs yidan, and every one of a unit."""
    blocks = [
        b
        for page in PAGES
        for b in re.findall(r"^```sh[^\n]*\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    ]
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line.startswith("yidan ")]


def test_there_are_commands():
    assert len(commands()) > 20


@pytest.mark.parametrize("line", commands())
def test_every_command_is_understood(line: str):
    """Its words are read by the program's own parser, to the end; it is not carried out."""
    from tracker.cli.app import app

    command, words = typer.main.get_command(app), shlex.split(line)[1:]
    context = command.make_context("yidan", list(words), resilient_parsing=False)
    while subcommands := getattr(command, "commands", None):
        name, *rest = [*context._protected_args, *context.args]
        command = subcommands[name]
        context = command.make_context(name, rest, parent=context)
    assert not context.args


def read_unit(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.optionxform = str  # systemd's names have capitals
    parser.read(path, encoding="utf-8")
    return parser


class TestUnits:
    @pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
    def test_is_whole(self, path: Path):
        unit = read_unit(path)
        assert unit["Unit"]["Description"]
        if path.suffix == ".timer":
            assert path.with_suffix(".service").exists()
            return
        service = unit["Service"]
        assert service["User"] == "yidan"
        assert service["NoNewPrivileges"] == service["PrivateTmp"] == "yes"
        assert service["EnvironmentFile"] == "/etc/yidan/environment"
        documented = unit["Unit"]["Documentation"].removeprefix("file:/opt/yidan/")
        assert (ROOT / documented).exists()

    def test_variables_are_those_of_the_example(self):
        example = set(re.findall(r"^#?([A-Z_]+)=", (DEPLOY / "environment.example").read_text("utf-8"), re.MULTILINE))
        used = {name for path in UNITS for name in re.findall(r"\$\{?(YIDAN_[A-Z_]+)", path.read_text("utf-8"))}
        assert used <= example
        known = set(re.findall(r"\"((?:YIDAN|DATABASE)_[A-Z_]+)\"", (ROOT / "tracker" / "env.py").read_text("utf-8")))
        assert example - used <= known

    def test_what_they_start_is_installed(self):
        from importlib.metadata import distribution

        scripts = {point.name for name in ("yidan", "dask", "distributed") for point in distribution(name).entry_points}
        started = {
            name for path in UNITS for name in re.findall(r"/opt/yidan/\.venv/bin/([\w-]+)", path.read_text("utf-8"))
        }
        assert started == {"yidan", "dask"}
        assert started <= scripts


class TestContainer:
    TEXT = (DEPLOY / "Containerfile").read_text(encoding="utf-8")

    def test_nothing_is_installed_that_is_not_pinned(self):
        installs = re.findall(r"pip install ([^\n]+)", self.TEXT)
        assert installs
        assert all("--require-hashes -r requirements.txt" in line or "--no-deps" in line for line in installs)

    def test_it_copies_what_there_is_and_everything_that_is_a_package(self):
        copied = {
            name for line in re.findall(r"^COPY (?!--from)(.+)$", self.TEXT, re.MULTILINE) for name in line.split()[:-1]
        }
        assert all((ROOT / name).exists() for name in copied)
        assert {"crawlers", "analysis", "tracker", "requirements.txt", "pyproject.toml"} <= copied

    def test_it_is_a_file_of_known_instructions_and_does_not_run_as_root(self):
        joined = re.sub(r"\\\n", " ", re.sub(r"^\s*#.*\n", "", self.TEXT, flags=re.MULTILINE))
        words = [line.split()[0] for line in joined.splitlines() if line.strip()]
        assert set(words) <= {"FROM", "WORKDIR", "RUN", "COPY", "ENV", "USER", "VOLUME", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT", "CMD"}  # fmt: skip
        assert words.index("USER") < words.index("ENTRYPOINT")
        assert re.findall(r"^USER (.+)$", joined, re.MULTILINE) == ["10001"]
        for listed in re.findall(r"^(?:ENTRYPOINT|CMD) (\[.*\])$", joined, re.MULTILINE):
            assert all(isinstance(word, str) for word in json.loads(listed))

    def test_the_python_is_that_of_the_project(self):
        assert set(re.findall(r"python:(\d\.\d+)", self.TEXT)) == {"3.11"}


def exported() -> set[str]:
    return set(re.findall(r"\"(yidan_\w+)\"", (ROOT / "tracker" / "jobs" / "metrics.py").read_text("utf-8")))


def named(text: str) -> set[str]:
    return set(re.findall(r"\byidan_\w+", text))


class TestWatching:
    def test_the_dashboard_shows_every_figure_and_no_other(self):
        board = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))
        shown = {t["expr"] for panel in board["panels"] for t in panel["targets"]}
        assert set().union(*map(named, shown)) == exported()

    def test_no_two_panels_stand_on_each_other(self):
        board = json.loads((DEPLOY / "grafana.json").read_text(encoding="utf-8"))
        taken: set[tuple[int, int]] = set()
        for place in (panel["gridPos"] for panel in board["panels"]):
            cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}  # fmt: skip
            assert not cells & taken
            assert max(x for x, _y in cells) < 24
            taken |= cells
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
        assert all(panel["fieldConfig"]["defaults"]["noValue"] == "no data" for panel in board["panels"])

    def test_alerts_are_about_figures_that_exist(self):
        text = (DEPLOY / "yidan-alerts.yml").read_text(encoding="utf-8")
        assert named("\n".join(re.findall(r"expr: (.+)", text))) <= exported()
        assert "absent(" in text, "no figures are no good news"


def test_the_proxy_sets_what_the_program_trusts():
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    assert text.count("{") == text.count("}")
    assert "proxy_set_header X-Forwarded-Proto $scheme;" in text
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    (size,) = re.findall(r"client_max_body_size (\d+)m;", text)
    from tracker.risks.files import MAX_BYTES

    assert int(size) << 20 > MAX_BYTES
