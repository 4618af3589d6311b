"""Small studies, templates and a bare page, so that the runs of these tests cost a kernel start and
little else.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from cxlab.report.batch import journal
from cxlab.report.run import starters

PARAMETERS = 'study: str = "../data/sample"\nlanguages: list[str] = []'
# A cell that shows `text` as a section of a page does in a batch, in every language: `{language}`
# in it becomes each one.
SECTION = """\
class Section:
    def _repr_mimebundle_(self, include=None, exclude=None):
        said = {one: f"<p>{text.replace('{language}', one)}</p>" for one in languages}
        worded = {one: {"html": html, "parts": []} for one, html in said.items()}
        return {"application/vnd.cxlab.section+json": worded}
Section()"""
STUDY = """\
schema: 1
client: {client}
title: {{en: Customer experience, pt-BR: Experiência do cliente}}
responses: {{file: answers.csv}}
scales: {{agree: {{min: 1, max: 7}}}}
touchpoints: {{shop: q1, web: q2}}
outcomes: {{recommend: {{kind: nps, column: nps}}}}
personal_data: [name, phone]
report: {{languages: [{languages}]}}
"""


def write_study(folder: Path, client: str = "Sample", languages: str = "en") -> Path:
    """A sound study of 12 respondents; Maria Quintana (11 98765-4321) is one of them."""
    folder.mkdir(parents=True)
    (folder / "study.yml").write_text(
        STUDY.format(client=json.dumps(client), languages=languages), encoding="utf-8"
    )
    rows = [
        f"{i},Maria Quintana,11 98765-4321,{i % 7 + 1},{i * 3 % 7 + 1},{i % 11}" for i in range(12)
    ]
    (folder / "answers.csv").write_text(
        "\n".join(["id,name,phone,q1,q2,nps", *rows]) + "\n", encoding="utf-8"
    )
    return folder


def code(source: str, *tags: str) -> dict:
    return {
        "cell_type": "code",
        "metadata": {"tags": list(tags)},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def write_template(path: Path, *cells: str, parameters: str | None = PARAMETERS) -> Path:
    head = [] if parameters is None else [code(parameters, "parameters")]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    held = {
        "nbformat": 4,
        "nbformat_minor": 4,
        "metadata": kernel,
        "cells": head + [code(cell) for cell in cells],
    }
    path.write_text(json.dumps(held), encoding="utf-8")
    return path


class Clock:
    """The time as a batch sees it: an hour is over as soon as `passed` says so. A report's limit of
    minutes is then reached when what it is about is there, and no test waits for it.
    """

    def __init__(self, passed: Callable[[], bool]) -> None:
        self.passed = passed

    def monotonic(self) -> float:
        return time.monotonic() + (3600 if self.passed() else 0)


def is_written(file: Path) -> bool:
    """Whether somebody has written something there."""
    return file.exists() and file.stat().st_size > 0


def is_stopped(file: Path) -> bool:
    """Whether the process whose number stands in `file` has been stopped (SIGSTOP)."""
    try:
        return psutil.Process(int(file.read_text())).status() == psutil.STATUS_STOPPED
    except (OSError, ValueError, psutil.NoSuchProcess):
        return False  # nobody has written it yet


def last_batch(out: Path) -> list[dict]:
    """The lines of the journal from the last `begin` on."""
    lines = journal.read(out)
    starts = [number for number, line in enumerate(lines) if line["event"] == "begin"]
    return lines[starts[-1] :]


def has_ended(file: Path) -> bool:
    """Whether the process whose number stands in `file` runs no more (where nobody collects the
    dead, a zombie is left).
    """
    try:
        return psutil.Process(int(file.read_text())).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def left_at_work(folder: Path) -> list[str]:
    """Processes of reports made in `folder`: by the home they were started with (a forked one shows
    that of its original).
    """
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(
                "HOME", ""
            ).startswith(str(folder)):
                found.append(f"{process.pid} {' '.join(process.cmdline())[:60]}")
        except (psutil.Error, OSError):
            continue  # it has ended, or belongs to someone else
    return found


class Lent:
    """A warm process that outlives the batch that uses it."""

    width, patience = 0, 1.0

    def __init__(self, kept: starters.Warm) -> None:
        self.kept, self.running = kept, set()

    def ready(self) -> None:
        self.kept.ready()

    def start(self, work: Path) -> None:
        self.kept.start(work)
        self.running.add(work)

    def ended(self) -> dict[Path, int]:
        done = self.kept.ended()
        self.running -= set(done)
        return done

    def end(self, work: Path) -> None:
        self.kept.end(work)

    def close(self) -> None:
        for work in self.running:
            self.end(work)
        while self.running:
            self.ended()


@pytest.fixture(scope="session")
def kept_warm(tmp_path_factory: pytest.TempPathFactory):
    """A warm process for all tests; None where there can be none."""
    if not starters.CAN_FORK:
        yield None
        return
    folder = tmp_path_factory.mktemp("warm")
    kept = starters.Warm(folder)
    yield kept
    kept.close()


def lend(kept: starters.Warm | None, patch: pytest.MonkeyPatch) -> None:
    """From here on batches use this warm process and start none of their own."""
    if starters.CAN_FORK:
        patch.setattr(starters, "Warm", lambda folder: Lent(kept))


@pytest.fixture(scope="module")
def one_warm_process(kept_warm):
    """The batches of a module share one warm process, whose start costs as much as ten small
    reports: for tests of what a batch keeps, not of how a process starts or ends.
    """
    with pytest.MonkeyPatch.context() as patch:
        lend(kept_warm, patch)
        yield


# Where a test is of how processes begin and end, not of what they compute.
SMALL_SERVER = "tests.report.small_server"


@pytest.fixture
def small_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warm processes that start in a third of the time."""
    monkeypatch.setattr(starters, "SERVER", SMALL_SERVER)


@pytest.fixture(scope="session")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smallest nbconvert template that shows what a cell printed or returned."""
    folder = tmp_path_factory.mktemp("templates") / "page"
    folder.mkdir()
    (folder / "conf.json").write_text(
        '{"base_template": "base", "mimetypes": {"text/html": true}}', encoding="utf-8"
    )
    (folder / "index.html.j2").write_text(
        "{%- extends 'base/display_priority.j2' -%}\n{%- block header -%}<!DOCTYPE html><html"
        ' lang="{{ resources.cxlab.language }}"><head><meta charset="utf-8"><meta'
        ' http-equiv="Content-Security-Policy" content="default-src \'none\'; img-src data:;'
        " style-src 'unsafe-inline'\"><title>{{ resources.cxlab.title | e"
        " }}</title></head><body>{%- endblock -%}\n{%- block footer -%}</body></html>{%- endblock"
        " -%}\n{%- block execute_result -%}{{ self.data_priority() }}{%- endblock -%}\n{%- block"
        " data_html -%}{{ output.data['text/html'] }}{%- endblock -%}\n{%- block data_text"
        " -%}<pre>{{ output.data['text/plain'] | e }}</pre>{%- endblock -%}\n{%- block stream"
        " -%}<pre>{{ output.text | e }}</pre>{%- endblock -%}\n",
        encoding="utf-8",
    )
    return folder
