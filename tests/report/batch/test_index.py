"""The list over all clients: its figures come from the reports' own cells and tell no more than
they do.
"""

from __future__ import annotations

import math

import nbformat
import openpyxl
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import ReportError
from cxlab.report.batch import index, jobs, manifest, portfolio
from cxlab.report.formats import checks, outputs
from cxlab.report.run import job
from cxlab.show.page.list_entry import MIME, ListEntry
from cxlab.show.words.wording import Wording
from tests.report.conftest import write_study, write_template


def results():
    headline = pd.DataFrame(
        {"outcome": ["recommend"], "metric": ["nps"], "estimate": [31.4], "n": [240]}
    )
    gaps = pd.DataFrame(
        {"touchpoint": ["shop", "web", "care"], "estimate": [-0.4, math.nan, -1.25]}
    )
    gaps = gaps.assign(conf_low=gaps["estimate"] - 0.3, conf_high=gaps["estimate"] + 0.3)
    first = pd.DataFrame(
        {
            "touchpoint": ["web", "care", "shop"],
            "share_relative": [0.5, 0.3, 0.2],
            "priority": ["keep_up", "fix_first", "fix_first"],
            "clear": [True, False, True],
        }
    )
    return headline, gaps, first


def test_facts_are_those_of_the_tables():
    """Protects the consultant's list from a figure that the report does not show: what is
    suppressed is no biggest gap.
    """
    labels = {"care": "Atendimento", "shop": "Loja", "recommend": "Recomendaria"}
    readers = {"pt-BR": Wording("pt-BR", labels), "en": Wording("en", {})}
    told = ListEntry(*results(), readers).values
    assert list(told) == ["pt-BR", "en"] and told["en"]["priority"] != "Loja"
    assert told["pt-BR"] == {
        "outcome": "Recomendaria",
        "kind": "nps",
        "estimate": 31.4,
        "n": 240,
        "figure": "31",
        "gap_touchpoint": "Atendimento",
        "gap": -1.25,
        "priority": "Loja",
        "priority_clear": True,
    }
    headline, gaps, first = results()
    kept = first[first["priority"] == "keep_up"]
    blank = ListEntry(headline, gaps.assign(estimate=math.nan), kept, readers).values["en"]
    assert set(blank) == {"outcome", "kind", "estimate", "n", "figure"}
    for near in (gaps.assign(conf_high=0.1), gaps.assign(conf_low=-2.0, conf_high=-0.2)):
        assert "gap" not in ListEntry(headline, near, kept, readers).values["en"]


def test_the_list_tells_the_last_wave_with_its_changes():
    """Protects a tracker's entry: 38 is no figure of a study whose waves had 40 and 35."""
    study = cx.simulate_study(600, seed=3, design="retail")
    page = cx.Page(study, ["en", "pt-BR"])
    now, moved = page.latest(cx.nps, "recommend"), page(cx.changes, "recommend")
    told = page.list_entry(now, page(cx.gap_scores), page(cx.priorities, page(cx.kano)), moved)
    last = cx.nps(study, "recommend", by="wave").iloc[-1]
    for language, wave in (("en", "W3 → W4"), ("pt-BR", "W1 → W4")):
        entry = told.values[language]
        assert (entry["wave"], entry["n"]) == ("W4", last["n"])
        assert entry["estimate"] == round(last["estimate"])  # as printed
        assert wave in entry["changes"]


def test_facts_of_few_are_blank():
    """Protects nine respondents from the consultant's list, and the list from a page's refusal."""
    answers = pd.DataFrame({"nps": range(9), "shop": range(1, 10)})
    outcomes = {"recommend": {"kind": "nps", "column": "nps"}}
    scales = {"nine": {"min": 1, "max": 9}}
    study = cx.Study.from_frame(answers, {"shop": "shop"}, outcomes, scales=scales)
    page = cx.Page(study, ["en"])
    told = page.list_entry(page(cx.nps), page(cx.gap_scores), page(cx.priorities, page(cx.kano)))
    facts = {"outcome": "recommend", "kind": "nps", "estimate": None, "n": None}
    assert told.values == {"en": facts}


def notebook(values: dict):
    output = nbformat.v4.new_output(
        "execute_result", {MIME: values, "text/plain": "Facts"}, execution_count=1
    )
    shown = nbformat.v4.new_output("display_data", {"text/html": "<p>page</p>"})
    return nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_markdown_cell("x"),
            nbformat.v4.new_code_cell("facts", outputs=[shown, output]),
        ]
    )


def test_facts_are_taken_out_of_the_notebook():
    """Protects the client's page from what is the consultant's, and the manifest from anything but
    the facts that we know.
    """
    book = notebook({"en": {"n": 12, "estimate": None}, "pt-BR": {"n": 12}})
    told = {"en": {"estimate": None, "n": 12}, "pt-BR": {"n": 12}}
    assert outputs.take_facts(book) == told
    assert [output.data for output in book.cells[1].outputs] == [{"text/html": "<p>page</p>"}]
    for wrong in ({"comment": "x"}, {"n": "twelve"}, {"outcome": ["a"]}):
        with pytest.raises(
            ReportError, match=r"^cell 2: the fact '\w+' is unknown or of another type"
        ):
            outputs.take_facts(notebook({"en": wrong}))
    with pytest.raises(ReportError, match=r"^cell 2: the fact 'n' is unknown or of another type"):
        outputs.take_facts(notebook({"n": 12}))  # no language says it


TURNED = "Evil\n[9/9]   0.1 s  done       other\x1b[2J\u202egnp.exe\u2066"
SEEN = "Evil [9/9] 0.1 s done other[2Jgnp.exe"


def test_a_clients_name_cannot_pass_for_a_line_of_ours(tmp_path):
    """Protects the consultant's terminal, list and manifest from names with line breaks, escapes
    and marks that turn what stands beside them.
    """
    folder = write_study(tmp_path / "evil", client=TURNED)
    study = folder / "study.yml"
    study.write_text(
        study.read_text(encoding="utf-8").replace("Customer experience", "Cus\u202etomers"),
        encoding="utf-8",
    )
    (job,) = jobs.plan([folder], ["en"], write_template(tmp_path / "t.ipynb", "1"), {})
    assert (job.client, job.titles) == (SEEN, {"en": f"{SEEN} · Customers"})
    (tmp_path / "out" / "evil").mkdir(parents=True)
    told = {
        "outcome": TURNED,
        "kind": "nps",
        "estimate": 3.0,
        "gap_touchpoint": TURNED,
        "gap": -1.0,
        "priority": TURNED,
        "n": 12,
    }
    manifest.note(
        tmp_path / "out" / "evil",
        TURNED,
        "en",
        {"outcome": "failed", "problem": TURNED},
        {"files": {}, "facts": told},
    )
    index.write(tmp_path / "out", index.Look(), [job])
    index.write(tmp_path / "out", index.Look(), [], workbook=True)
    page = (tmp_path / "out" / index.NAME).read_text(encoding="utf-8")
    assert (
        page.count(SEEN) == 5
        and not {"\x1b", "\u202e", "\u2066"} & set(page)
        and "other\n" not in page
    )
    book = openpyxl.load_workbook(tmp_path / "out" / portfolio.NAME)
    cells = [str(cell) for row in book.active.iter_rows(values_only=True) for cell in row]
    assert sum(cell.startswith(SEEN) for cell in cells) == 4
    assert not {"\x1b", "\u202e", "\u2066"} & set("".join(cells))
    row = {"client": TURNED, "language": TURNED, "status": ["waiting"], "kind": "waiting"}
    waiting = index.page([row])
    assert waiting.count(SEEN) == 2 and "\x1b" not in waiting


def test_a_client_whose_name_cannot_be_seen_has_its_folders():
    """Protects the list from a row without a name."""
    assert job.Job(None, "shop", "\u202e\n", ["en"]).client == "shop"


def test_the_list_shows_them_and_is_closed():
    """Protects the consultant: hostile names are text, a hidden figure is said to be hidden, and
    the page loads and runs nothing.
    """
    rows = [
        {
            "client": "<script>alert(1)</script>",
            "language": "en",
            "files": ["a/report.en.html", "a/report.en.pdf"],
            "status": ["done"],
            "kind": "done",
            "problem": "",
            "facts": {
                "outcome": "Recommend",
                "kind": "nps",
                "estimate": -7.6,
                "n": 240,
                "gap_touchpoint": "<b>Care",
                "gap": -1.25,
                "priority": "Shop",
                "priority_clear": False,
            },
            "suppressed": [{"table": "x", "cells": 3}, {"table": "y", "cells": 4}],
        },
        {
            "client": "B",
            "language": "en",
            "files": [],
            "status": ["failed", "stands"],
            "kind": "failed",
            "problem": "<i>why",
            "facts": {"outcome": "NPS", "kind": "nps", "estimate": None},
        },
        {"client": "C", "language": "en", "status": ["waiting"], "kind": "waiting"},
    ]
    page = str(index.page(rows))
    for told in (
        '<a href="a/report.en.html">en</a> <a href="a/report.en.pdf">PDF</a>',
        "Recommend<small>",
        "<strong>−8</strong>",
        "&lt;b&gt;Care (−1.25)",
        "Shop (uncertain)",
        "suppressed cells: 7<",
        "<strong>suppressed</strong>",
        "failed; an earlier report stands",
        "&lt;i&gt;why",
    ):
        assert told in page
    assert checks.problems(page, {}, []) == []


def test_a_way_to_the_studies_never_tells_this_machines_folders():
    """Protects the journal, which lies beside reports that are sent."""
    assert index.near(["../data/a", "../data/b", "../data/a"]) == ["../data/a", "../data/b"]
    assert (
        index.near(["../data/a", "../../../home/someone/b"]) == ["../data/a"]
        and index.near(["/srv/a", "C:/a"]) == []
    )
