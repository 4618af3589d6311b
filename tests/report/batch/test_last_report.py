"""The next wave: a report looks back to the last one of other answers, whatever is made again in
between, and no manifest can keep it from being made.
"""

from __future__ import annotations

import json
import re
import shutil

import pytest

from cxlab.report.batch import journal, manifest, render
from cxlab.report.batch.render import render_studies
from cxlab.report.batch.verify import verify_reports
from cxlab.report.run import dask_cluster
from cxlab.report.run.job import DESCRIPTION, RESULT
from tests.report.conftest import PARAMETERS, write_study, write_template

pytestmark = pytest.mark.usefixtures("one_warm_process")
CELLS = (
    "import cxlab as cx\npage = cx.Page(cx.read_study(study), languages)",
    "metrics, scores = page(cx.metrics), page(cx.experience_scores)\n"
    "page.section('bottom_line', metrics.say())",
    "page.since(cx.waves.touchpoint_changes, metrics, [], {}, scores, page(cx.kano))",
    "page.list_entry(metrics, page(cx.gap_scores), page(cx.kano))",
)
MARCH, SEPTEMBER = "{start: 2026-03-02, end: 2026-03-28}", "{start: 2026-09-01, end: 2026-09-26}"
NEXT = "{start: 2027-03-01, end: 2027-03-26}"


def field(study, dates, answers=0):
    """A study whose fieldwork was then; its answers differ by the number."""
    book = (study / "study.yml").read_text(encoding="utf-8")
    book = re.sub(r"(?m)^fieldwork: .*\n", "", book)
    (study / "study.yml").write_text(f"{book}fieldwork: {dates}\n" * bool(book), encoding="utf-8")
    rows = [
        f"{i},Maria Quintana,11,{i % 7 + 1},{i % 7 + 1},{(i + answers) % 11}" for i in range(20)
    ]
    (study / "answers.csv").write_text("\n".join(["id,name,phone,q1,q2,nps", *rows]) + "\n")


@pytest.fixture
def client(tmp_path, page):
    """A study, and what makes its reports with `more` settings: how each moved."""
    study = write_study(tmp_path / "acme", client="Acme")
    field(study, MARCH)
    settings = {"template": write_template(tmp_path / "t.ipynb", *CELLS, parameters=PARAMETERS)}
    settings["page"] = page

    def made(out="out", **more):
        table = render_studies([study], tmp_path / out, **settings, **more)
        assert not table["problem"].any(), table["problem"].tolist()
        return table.set_index("language")

    return tmp_path, study, settings, made


def told(root, out="out"):
    """What page one says of the last report, in English."""
    html = (root / out / "acme" / "report.en.html").read_text(encoding="utf-8")
    found = re.search(r'id="since">([^<]*)<', html)
    return found and found[1]


def manifest_of(root, out="out"):
    return json.loads((root / out / "acme" / "manifest.json").read_text(encoding="utf-8"))


def test_the_next_wave_looks_back_and_goes_on_looking_back(client):
    """Protects what a client reads in September: March beside it, and still so when the report is
    made again, in another language too, with --resume, --cold, from corrected answers or by
    --verify.
    """
    root, study, settings, made = client
    assert made().loc["en", "moved"] == "first report" and told(root) is None
    assert made(resume=True).loc["en", ["status", "moved"]].tolist() == [
        "unchanged",
        "first report",
    ]
    field(study, SEPTEMBER, answers=3)
    moved = made().loc["en", "moved"]
    assert re.fullmatch(r"NPS −?\d+ → −?\d+, not tested", moved)
    assert told(root) == "Since the last report (2 to 28 March 2026)"
    assert journal.read(root / "out")[-2]["moved"] == moved
    page = (root / "out" / "acme" / "report.en.html").read_bytes()

    assert made(resume=True).loc["en", ["status", "moved"]].tolist() == ["unchanged", moved]
    assert made(cold=True).loc["en", "moved"] == moved
    assert (root / "out" / "acme" / "report.en.html").read_bytes() == page
    both = made(languages=["en", "pt-BR"])["moved"]
    assert both["en"] == moved and both["pt-BR"].startswith(moved.split(" →")[0])
    again = verify_reports(root / "out", [study], **settings)
    assert again[["status", "problem"]].values.tolist() == [["same", ""]] * 2

    field(study, SEPTEMBER, answers=4)
    corrected = made(languages=["en", "pt-BR"]).loc["en", "moved"]
    assert corrected.split(" →")[0] == moved.split(" →")[0]
    assert corrected.endswith("; of the same fieldwork as the report that stood: a correction")
    assert told(root) == "Since the last report (2 to 28 March 2026)"
    # the dates were mistyped, the answers are those that were sent
    field(study, "{start: 2026-09-02, end: 2026-09-26}", answers=4)
    assert made().loc["en", "moved"].split(";")[0] == corrected.split(";")[0]
    field(study, NEXT, answers=5)
    made()  # the Portuguese one stays of September
    assert told(root) == "Since the last report (2 to 26 September 2026)"


def test_the_last_reports_may_lie_in_another_folder(client):
    """Protects who keeps a folder of reports a wave: `since` names the last one."""
    root, study, _settings, made = client
    made(out="march")
    field(study, SEPTEMBER, answers=3)
    assert made(out="september", since=root / "march").loc["en", "moved"].endswith("not tested")
    assert told(root, "september") == "Since the last report (2 to 28 March 2026)"
    assert made(out="alone").loc["en", "moved"] == "first report"


class Worker:
    """A cluster of one worker, which has of this disk what a task carries."""

    width, patience = 1, 1.0

    def __init__(self, address):
        self.done = {}

    def ready(self):
        pass

    def start(self, work):
        payload = dask_cluster.packed(json.loads((work / DESCRIPTION).read_bytes()))
        result, files = dask_cluster.make(payload)
        for name, data in files.items():
            (work / name).write_bytes(data)
        (work / RESULT).write_text(json.dumps(result))
        self.done[work] = 0

    def ended(self):
        done, self.done = self.done, {}
        return done

    def close(self):
        pass


def test_a_worker_of_a_cluster_looks_back_too(client, monkeypatch):
    """Protects a report made elsewhere, which sees no manifest: the same bytes as one made here."""
    root, study, _settings, made = client
    made()
    shutil.copytree(root / "out", root / "there")
    field(study, SEPTEMBER, answers=3)
    made()
    monkeypatch.setattr(render, "Cluster", Worker)
    made(out="there", scheduler="tcp://here")
    assert told(root, "there") == "Since the last report (2 to 28 March 2026)"
    here, there = (root / out / "acme" / "report.en.html" for out in ("out", "there"))
    assert here.read_bytes() == there.read_bytes()


def damaged(held):
    return "{"


def older(held):
    del held["languages"]["en"]["report"]["facts"]["figures"]
    del held["languages"]["en"]["report"]["edition"]
    return json.dumps(held)


def edited(held):
    held["languages"]["en"]["report"]["facts"]["figures"]["figures"] = {"x": {"of": 1}}
    return json.dumps(held)


def other_kind(held):
    held["languages"]["en"]["report"]["facts"] = ["x"]
    return json.dumps(held)


def of_another(held):
    held["client"] = "Other"
    held["languages"]["en"]["report"]["files"] = {}
    return json.dumps(held)


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (damaged, "the manifest of the last report cannot be read"),
        (other_kind, "the manifest of the last report cannot be read"),
        (older, "the last report kept no figures, or none that can be read"),
        (edited, "the last report kept no figures, or none that can be read"),
        (of_another, "the manifest there is of another client"),
    ],
)
def test_no_manifest_stops_a_report(client, spoil, why):
    """Protects the September report from what became of March's manifest, and from another client's
    figures: the part is left out, and the table says why.
    """
    root, study, _settings, made = client
    made()
    file = root / "out" / "acme" / "manifest.json"
    file.write_text(spoil(manifest_of(root)), encoding="utf-8")
    field(study, SEPTEMBER, answers=3)
    assert made().loc["en", "moved"] == f"not compared: {why}"
    assert told(root) is None
    # and what is said stays said
    assert made(resume=True).loc["en", "moved"] == f"not compared: {why}"


def test_reports_of_one_time_are_not_compared(client):
    """Protects the few in whom a file differs from the one before: where the fieldwork tells no two
    samples apart, their figures do not stand side by side, and the table says what to write.
    """
    root, study, _settings, made = client
    made()
    field(study, "{start: 2026-03-02, end: 2026-04-02}", answers=1)
    assert made().loc["en", "moved"].startswith("not compared: by fieldwork")
    field(study, MARCH, answers=1)
    shutil.rmtree(root / "out")
    field(study, SEPTEMBER)
    made()
    field(study, MARCH, answers=1)
    assert made().loc["en", "moved"] == "not compared: the last report is of later fieldwork"
    assert told(root) is None


@pytest.mark.parametrize("name", ["acme", "acme-energia"])
def test_a_client_who_was_renamed_keeps_its_history(client, name):
    """Protects the September report of a client with another name, in the old folder or one of the
    new name.
    """
    root, study, settings, made = client
    made()
    moved = study.rename(root / name)
    book = (moved / "study.yml").read_text(encoding="utf-8")
    book = book.replace('client: "Acme"', "client: Acme Energia\nformerly: [acme]")
    (moved / "study.yml").write_text(book, encoding="utf-8")
    field(moved, SEPTEMBER, answers=3)
    table = render_studies([moved], root / "out", **settings)
    assert not table["problem"].any()
    assert table["moved"].str.contains("not tested").all()


def test_a_consultant_is_told_where_a_report_has_a_reason_in_place_of_a_result():
    """Protects who sends forty reports and opens none of them from a section that was refused."""
    refused = {"section": "What weighs most?", "refused": "Not shown: n = 12"}
    report = {"suppressed": [{"table": "by plan", "cells": 3}, refused]}
    told = manifest.moved({"since": {"why": "first report"}, **report})
    assert told == "first report; not all can be shown in: What weighs most?"
    alone = manifest.moved({"suppressed": [*report["suppressed"]] * 2})
    assert alone == "not all can be shown in: What weighs most?"
