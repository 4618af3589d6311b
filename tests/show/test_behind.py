"""Tables behind sentences: what the report says in words alone stands in the workbook too, once,
and nothing that it does not say.
"""

from __future__ import annotations

import ast
import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.glossary import GLOSSARY
from cxlab.report.formats import checks, tables
from cxlab.show import kinds
from cxlab.show.page import html, parts, pieces, tables as page_tables
from cxlab.show.page.pieces import MIME
from cxlab.show.say.behind import shown_pairs
from cxlab.show.say.metrics import first_metric
from cxlab.show.words.wording import Wording, as_is
from tests.show.disclosure.attacks import small_group

ROOT = Path(__file__).resolve().parents[2]
# What a sheet leaves out of the result that it was made from, because no suppression has seen it or
# it says nothing to a reader.
UNTOLD = {
    "changes": {"std_error", "statistic", "p_value"},
    "differences": {"std_error", "statistic", "p_value", "p_holm", "conf_low", "conf_high"},
}
UNSEEN = {"users", "touchpoint_ceiling", "outcome_ceiling"}


def run_template(study: str, language: str, monkeypatch) -> tuple[list, list]:
    """The parts of what the client report's cells show, and what each result said: its kind, the
    results, the words.
    """
    calls = []
    phrases = kinds._phrases

    def listened(found, result, kind, options):
        said = phrases(found, result, kind, options)
        given = [one for one in (result, *options.values()) if isinstance(one, pd.DataFrame)]
        calls.append((kinds.kind_of(result, kind), given, said))
        return said

    monkeypatch.setattr(kinds, "_phrases", listened)
    monkeypatch.setenv(parts.FORMATS, "html")
    notebook = json.loads((ROOT / "templates" / "client_report.ipynb").read_text(encoding="utf-8"))
    space, shown = {}, []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), space)
        if "parameters" in cell["metadata"].get("tags", []):
            space |= {"study": str(ROOT / "data" / study), "languages": [language], "n_boot": 100}
        if last is not None:
            piece = eval(compile(ast.Expression(last.value), "cell", "eval"), space)
            told = {} if piece is None else piece._repr_mimebundle_().get(MIME, {})
            shown += told[language]["parts"] if language in told else []
    words = space["page"].words(language)
    return shown, [(kind, frames, words.say(said)) for kind, frames, said in calls]


def numbers(values) -> list[float]:
    return [
        float(one)
        for one in values
        if isinstance(one, (int, float)) and not isinstance(one, bool) and math.isfinite(one)
    ]


def in_print(name: str, value: object, row: dict) -> object:
    """A number in the digits that the page prints, as a sheet holds it."""
    if not isinstance(value, float):
        return value
    digits = parts.DIGITS.get(parts.format_of(name, str(row.get("metric", ""))), 9)
    return round(value, digits)


def stands(told: dict, row: list[float]) -> bool:
    return all(
        any(math.isclose(one, other, rel_tol=1e-9) for other in row)
        for one in numbers(told.values())
    )


@pytest.fixture(scope="module")
def aurora():
    with pytest.MonkeyPatch.context() as patch:
        return run_template("aurora", "en", patch)


@pytest.mark.parametrize(
    ("study", "language"), [("aurora", "en"), ("pitanga", "pt-BR"), ("jatoba", "en")]
)
def test_every_result_that_a_sentence_tells_has_a_sheet(study, language, monkeypatch, request):
    """Protects whoever checks a sentence of the report: each row behind it is a row of the
    workbook.
    """
    shown, calls = (
        request.getfixturevalue("aurora")
        if study == "aurora"
        else run_template(study, language, monkeypatch)
    )
    printed = {one for part in shown if part["kind"] == "text" for one in part["sentences"]}
    sheets = tables.tables(shown)
    rows = [numbers(row) for table in sheets for row in table["rows"]]
    checked = set()
    for name, frames, said in calls:
        if not printed & set(said):
            continue
        for frame in frames:
            frame = (
                shown_pairs(frame, frames[1])
                if name == "differences" and "p_holm" in frame
                else frame
            )
            if name == "metrics_by_wave":
                frame = first_metric(frame)
            frame = frame[~frame["check"].isin(UNSEEN)] if name == "diagnose" else frame
            frame = frame[frame["term"] != "intercept"] if name == "expectation_sources" else frame
            for row in frame.to_dict("records"):
                told = {
                    key: in_print(key, value, row)
                    for key, value in row.items()
                    if key in GLOSSARY
                    and GLOSSARY[key].format != "bool"
                    and key not in UNTOLD.get(name, ())
                }
                if name in UNTOLD and row["metric"] == "nps" and "p_value" in row:
                    told |= {
                        key: round(told[key])
                        for key in ("estimate", "conf_low", "conf_high")
                        if key in told
                    }
                assert any(stands(told, row) for row in rows), (name, told)
            checked.add(name)
    assert {
        "servqual",
        "disconfirmation",
        "expectation_ceiling",
        "effects",
        "compare_importance",
        "diagnose",
        "glance",
        "what_if",
    } <= checked
    asked = {"kano", "expectation_sources", "gap_reliability"} if study == "jatoba" else set()
    assert asked <= checked
    if study == "pitanga":  # what changed beyond chance, and what did not, in one sentence
        steps = {"W3 → W4", "W1 → W4"}
        assert any(steps <= {cell for row in table["rows"] for cell in row} for table in sheets)
    assert list(checks.part_problems(shown, 10)) == []
    titles = [table["title"] for table in sheets if table.get("behind")]
    assert len(set(titles)) == len(titles) and all(titles)
    surfaces = [
        table for table in sheets if "boot_low" in {column["name"] for column in table["columns"]}
    ]
    assert len(surfaces) <= 1, "the surface's numbers stand behind a picture and behind a sentence"


def test_what_was_said_of_servqual_is_in_the_workbook(aurora):
    """Protects the case that an audit found: the page says −0.64 and 4.84, and no sheet had
    them.
    """
    shown, _ = aurora
    said = " ".join(one for part in shown if part["kind"] == "text" for one in part["sentences"])
    assert "in scale points: −0.64 (−0.72 to −0.57)." in said and "(SERVPERF): 4.84" in said
    sheet = next(table for table in tables.tables(shown) if "SERVQUAL" in table["title"])
    names = [column["name"] for column in sheet["columns"]]
    held = {row[names.index("metric")]: row[names.index("estimate")] for row in sheet["rows"]}
    assert held["Mean gap (SERVQUAL)"] == pytest.approx(-0.64, abs=0.005) and held[
        "Mean experience (SERVPERF)"
    ] == pytest.approx(4.84, abs=0.005)


def behind(piece) -> list:
    return [part for part in piece.worded(Wording("en")).parts if part.get("behind")]


@pytest.fixture(scope="module")
def page():
    return cx.Page(cx.simulate_study(200, seed=1), ["en"])


@pytest.mark.parametrize("layout", list(html.LAYOUTS))
def test_sentences_hand_their_table_on_once_and_show_none(page, layout):
    """Protects the page, which must not change, and the workbook, which must not repeat: through
    parts and sums.
    """
    forms = replace(page(cx.compare_gap_forms).say(), layout=layout)
    for said in (forms, forms["meaning"], forms + pieces.Sentences((as_is("More."),))):
        held = tables.tables(behind(said))
        assert len(held) == 1 and held[0]["title"] == "Comparison of the models"
        assert "<table" not in str(said.worded(Wording("en")))
    assert forms["figures"].said or not forms["figures"].behind


def test_a_sentence_that_is_not_printed_brings_no_sheet(page):
    """Protects against numbers in the workbook that the report chose not to tell; a refusal has its
    reason and no table.
    """
    sound = pd.DataFrame({"term": ["gap"], "estimate": [0.9], "note": [""], "n": [90]})
    said = kinds.piece_of_sentences(sound, "gap_reliability", {"only_warning": True})
    assert said.said == () and said.behind == ()
    refused = page(cx.kano).why()
    assert behind(refused) == [] and "Not shown" in str(refused.worded(Wording("en")))


def test_a_table_that_stands_there_already_is_not_repeated(page):
    """Protects whoever looks for a table among fifty: of two that tell the same there is one,
    whichever comes first, under the title of the shown one.
    """
    overall = page(cx.describe.servqual)
    said, shown = overall.say(), page_tables.table(Wording("en"), overall.frame, caption="Shown")
    for given in ([said, shown], [shown, said, said]):
        held = [
            part
            for piece in given
            for part in (piece.parts if piece is shown else piece.worded(Wording("en")).parts)
        ]
        assert [one["title"] for one in tables.tables(held)] == ["Shown"]
    narrow = page_tables.table(Wording("en"), overall.frame, ["metric", "estimate"], "Shown")
    both = [*said.worded(Wording("en")).parts, *narrow.parts]
    assert [one["title"] for one in tables.tables(both)] == [
        "Mean gap and mean experience (SERVQUAL, SERVPERF)",
        "Shown",
    ]


@pytest.mark.parametrize(("seed", "blank"), [(1, 0), (7, 6), (9, 4)])
def test_groups_of_a_whole_report_tell_of_no_few(tmp_path, monkeypatch, seed, blank):
    """Protects a handful of people who belong to a segment, another segment and a wave at once:
    what all tables of the workbook show, totals too, adds up to no small group.
    """
    rng = np.random.default_rng(seed)
    people = 160
    levels = {
        "plan": rng.choice(["basic", "plus", "gold"], people, p=[0.6, 0.34, 0.06]),
        "region": rng.choice(["north", "south", "east"], people, p=[0.5, 0.44, 0.06]),
        "wave": rng.choice(["2025", "2026"], people, p=[0.55, 0.45]),
    }
    frame = pd.DataFrame(levels).assign(
        nps=rng.integers(0, 11, people), e=rng.integers(1, 8, people), p=rng.integers(1, 8, people)
    )
    frame.loc[: blank - 1, "plan"] = ""
    frame.to_csv(tmp_path / "answers.csv", index=False)
    (tmp_path / "study.yml").write_text(
        "schema: 1\nclient: Few\nresponses: {file: answers.csv}\nsegments: [plan, region]\nwave:"
        " wave\nscales: {agree: {min: 1, max: 7}}\ntouchpoints: {shop: {expectation: e, experience:"
        " p}}\noutcomes: {recommend: {kind: nps, column: nps}}\n",
        encoding="utf-8",
    )
    shown, _calls = run_template(str(tmp_path), "en", monkeypatch)
    rows = {("all", "all"): np.ones(people, bool)}
    for table in tables.tables(shown):
        names = [column["name"] for column in table["columns"]]
        if {"outcome", "n", "estimate", "level"} <= set(names):
            for row in table["rows"]:
                held = dict(zip(names, row, strict=True))
                cells = [
                    (split, held["level"])
                    for split in levels
                    if (frame[split] == held["level"]).any()
                ]
                if cells and held["estimate"] is not None:
                    rows[cells[0]] = (frame[cells[0][0]] == cells[0][1]).to_numpy()
    assert len(rows) > 4
    assert small_group(np.array([*rows.values()])) is None
