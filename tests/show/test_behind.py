"""Tables behind sentences: what the report says in words alone stands in the workbook too, once,
and nothing that it does not say.
"""

from __future__ import annotations

import ast
import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.errors import ModelError
from cxlab.glossary import GLOSSARY
from cxlab.report.formats import checks, tables
from cxlab.show.page import parts
from cxlab.show.page.html import block, bullets, footnote, prose
from cxlab.show.page.parts import Said
from cxlab.show.page.refusals import Reason, Refusal
from cxlab.show.say.behind import shown_pairs, worded
from tests.show.disclosure.test_linked import MIN, attack, splits

ROOT = Path(__file__).resolve().parents[2]
# What a sheet leaves out of the result that it was made from, because no suppression has seen it or
# it says nothing to a reader.
UNTOLD = {
    "say_changes": {"std_error", "statistic", "p_value"},
    "say_differences": {"std_error", "statistic", "p_value", "p_holm", "conf_low", "conf_high"},
}
UNSEEN = {"users", "touchpoint_ceiling", "outcome_ceiling"}


def run_template(study: str, language: str, monkeypatch) -> tuple[list, list]:
    """The parts of what the client report's cells show, and each say_… call with the results that
    it was given.
    """
    calls = []

    def listened(name: str, say):
        def told(*args, **kwargs):
            said = say(*args, **kwargs)
            given = [one for one in (*args, *kwargs.values()) if isinstance(one, pd.DataFrame)]
            calls.append((name, given, said))
            return said

        return told

    for name in [one for one in dir(cx) if one.startswith("say_")]:
        monkeypatch.setattr(cx, name, listened(name, getattr(cx, name)))
    notebook = json.loads((ROOT / "templates" / "client_report.ipynb").read_text(encoding="utf-8"))
    space, shown = {}, []
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        tree = ast.parse("".join(cell["source"]))
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "cell", "exec"), space)
        if "parameters" in cell["metadata"].get("tags", []):
            space |= {"study": str(ROOT / "data" / study), "language": language, "n_boot": 100}
        if last is not None:
            shown += getattr(
                eval(compile(ast.Expression(last.value), "cell", "eval"), space), "parts", []
            )
    return shown, calls


def numbers(values) -> list[float]:
    return [
        float(one)
        for one in values
        if isinstance(one, (int, float)) and not isinstance(one, bool) and math.isfinite(one)
    ]


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
        if name in ("say_bottom_line", "say_limits") or not printed & set(said):
            continue
        for frame in frames:
            frame = (
                shown_pairs(frame, frames[1])
                if name == "say_differences" and "p_holm" in frame
                else frame
            )
            frame = frame[~frame["check"].isin(UNSEEN)] if name == "say_diagnosis" else frame
            frame = (
                frame[frame["term"] != "intercept"] if name == "say_expectation_sources" else frame
            )
            for row in frame.to_dict("records"):
                told = {
                    key: value
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
        "say_servqual",
        "say_disconfirmation",
        "say_congruence",
        "say_expectation_ceiling",
        "say_effects",
        "say_methods",
        "say_diagnosis",
        "say_method",
        "say_what_if",
    } <= checked
    assert {
        "pitanga": {"say_changes"},
        "jatoba": {"say_kano", "say_expectation_sources", "say_gap_reliability"},
    }.get(study, set()) <= checked
    assert checks.part_problems(shown, 10) == []
    titles = [table["title"] for table in sheets if table.get("behind")]
    assert len(set(titles)) == len(titles) and all(titles)
    surfaces = [
        table for table in sheets if "boot_low" in {column["name"] for column in table["columns"]}
    ]
    assert len(surfaces) == 1, "the surface's numbers stand behind a picture and behind a sentence"


def test_what_was_said_of_servqual_is_in_the_workbook(aurora):
    """Protects the case that an audit found: the page says −0.64 and 4.84, and no sheet had
    them.
    """
    shown, _ = aurora
    said = " ".join(one for part in shown if part["kind"] == "text" for one in part["sentences"])
    assert "is −0.64 (−0.72 to −0.57) scale points (SERVQUAL" in said and "averages 4.84" in said
    sheet = next(table for table in tables.tables(shown) if "SERVQUAL" in table["title"])
    names = [column["name"] for column in sheet["columns"]]
    held = {row[names.index("metric")]: row[names.index("estimate")] for row in sheet["rows"]}
    assert held["Mean gap (SERVQUAL)"] == pytest.approx(-0.64, abs=0.005) and held[
        "Mean experience (SERVPERF)"
    ] == pytest.approx(4.84, abs=0.005)


def overall() -> pd.DataFrame:
    row = {"conf_low": -0.8, "conf_high": -0.2, "std_error": 0.1, "n": 200, "n_eff": 200.0}
    return pd.DataFrame(
        [
            {"metric": "servqual", "estimate": -0.5, **row},
            {"metric": "servperf", "estimate": 4.5, **row, "conf_low": 4.2, "conf_high": 4.8},
        ]
    )


def behind(piece) -> list:
    return [part for part in piece.parts if part.get("behind")]


@pytest.mark.parametrize("show", [prose, bullets, footnote, block])
def test_whatever_prints_a_sentence_hands_its_table_on_once_and_shows_none(show):
    """Protects the page, which must not change, and the workbook, which must not repeat: through
    slices, sums and lists of lists.
    """
    said = cx.say_servqual(overall())
    for given in (said, said[:1], said[1:] + ["More."], [["A word.", said[0]], said]):
        piece = show(given)
        plain = show(
            [str(one) if isinstance(one, str) else [str(part) for part in one] for one in given]
        )
        assert len(behind(piece)) == 1 and behind(piece)[0]["rows"][0][1] == -0.5
        assert str(piece) == str(plain) and behind(plain) == []
    assert behind(show([*said[5:], "Nothing of it."])) == []


def test_a_sentence_that_is_not_printed_brings_no_sheet():
    """Protects against numbers in the workbook that the report chose not to tell; a refusal has its
    reason and no table.
    """
    assert (
        behind(
            prose(
                cx.say_gap_reliability(
                    pd.DataFrame({"term": ["gap"], "estimate": [0.9], "note": [""], "n": [90]}),
                    only_warning=True,
                ),
                "x",
            )
        )
        == []
    )
    refused = cx.say_servqual(Refusal(ModelError("this study declares no outcome to explain")))
    assert isinstance(refused[0], Reason) and behind(prose(refused)) == []


def test_a_table_that_stands_there_already_is_not_repeated():
    """Protects whoever looks for a table among fifty: of two that tell the same there is one,
    whichever comes first, under the title of the shown one.
    """
    said = cx.say_servqual(overall())
    shown = cx.table(overall(), caption="Shown")
    for pieces in ([prose(said), shown], [shown, prose(said), prose(said)]):
        assert [
            one["title"]
            for one in tables.tables([part for piece in pieces for part in piece.parts])
        ] == ["Shown"]
    narrow = cx.table(overall(), ["metric", "estimate"], caption="Shown")
    assert [one["title"] for one in tables.tables([*prose(said).parts, *narrow.parts])] == [
        "Mean gap and mean experience (SERVQUAL, SERVPERF)",
        "Shown",
    ]


def test_small_cells_do_not_come_back_behind_a_sentence():
    """Protects a handful of respondents: changes of an NPS to the digit, and counts that only the
    model's checks know, stay out.
    """
    change = pd.DataFrame(
        {
            "outcome": "recommend",
            "metric": ["nps", "nps_mean"],
            "group": "wave",
            "level": "W1 → W2",
            "estimate": [3.4567, 0.1234],
            "std_error": [1.2, 0.1],
            "statistic": [2.9, 1.2],
            "p_value": [0.004, 0.2],
            "conf_low": [1.1, -0.1],
            "conf_high": [5.8, 0.3],
            "n": [300, 300],
        }
    )
    (table,) = behind(prose(cx.say_changes(change)))
    names = [column["name"] for column in table["columns"]]
    assert not {"std_error", "statistic", "p_value"} & set(names)
    assert [
        table["rows"][0][names.index(name)] for name in ("estimate", "conf_low", "conf_high")
    ] == [3, 1, 6] and table["rows"][1][names.index("estimate")] == 0.1234
    found = pd.DataFrame(
        {
            "check": ["rows_used", "users", "touchpoint_ceiling", "outcome_ceiling"],
            "touchpoint": ["", "web", "web", ""],
            "statistic": [100.0, 8.0, 0.9, 0.02],
            "p_value": math.nan,
            "verdict": ["ok", "caution", "caution", "ok"],
            "note": ["", "few_users", "ceiling", ""],
        }
    )
    (table,) = behind(prose(cx.say_diagnosis(found)))
    assert len(table["rows"]) == 1 and 100 in table["rows"][0]


def test_a_hidden_group_does_not_come_back_as_a_difference():
    """Protects a group whose result is blanked: its distance from a shown one, in the workbook,
    would be its result.
    """

    def say_differences(_, pairs, frame):
        return ["Gold stands 12 points above Basic."]

    frame = pd.DataFrame(
        {
            "outcome": "recommend",
            "metric": ["nps"] * 3 + ["nps_mean"] * 3,
            "group": "plan",
            "level": ["Basic", "Gold", "Tiny"] * 2,
            "estimate": [10.0, 22.0, math.nan, 6.0, 7.0, 8.0],
            "conf_low": 1.0,
            "conf_high": 30.0,
            "n": [200, 150, math.nan] * 2,
        }
    )
    pairs = pd.DataFrame(
        {
            "outcome": "recommend",
            "metric": ["nps"] * 3 + ["nps_mean"],
            "group": "plan",
            "level": ["Basic → Gold", "Basic → Tiny", "Gold → Tiny", "Basic → Gold"],
            "estimate": [12.34, 50.5, 38.2, 1.0],
            "std_error": 3.3,
            "statistic": 3.7,
            "p_value": 0.0002,
            "conf_low": 5.9,
            "conf_high": 18.8,
            "n": 350,
            "p_holm": 0.0006,
        }
    )
    pairs[["lower", "higher"]] = pairs["level"].str.split(" → ", expand=True)
    first, second = behind(prose(worded(say_differences)(pairs, frame)))
    assert first["rows"] == [
        ["recommend", "Net Promoter Score (NPS)", "plan", "Basic", "Gold", 12, 350, 0]
    ]
    assert (first["title"], second["title"]) == (
        "recommend: differences by “plan”",
        "recommend: by “plan”",
    ) and len(second["rows"]) == 6


def test_no_message_of_a_model_reaches_the_clients_workbook():
    """Protects a Portuguese workbook from the English of an analyst's message; words that we know
    are translated.
    """
    frame = pd.DataFrame(
        {
            "term": ["gap", "gap"],
            "estimate": [0.5, 0.8],
            "note": ["unreliable", "touchpoint web: too few; leave it out"],
            "n": [90, 90],
        }
    )
    (table,) = behind(
        prose(
            cx.say_gap_reliability(
                frame.drop_duplicates("note").assign(term=["gap", "servperf"]), language="pt-BR"
            )
        )
    )
    assert table["title"] == "Quão confiável é a lacuna como medida"
    assert "pouco confiável para clientes isolados" in str(
        table["rows"]
    ) and "leave it out" not in str(table["rows"])


def test_sentences_are_text():
    """Protects notebooks of one's own, which join, slice, compare and print them as the text they
    are.
    """
    held = [{}]
    said = Said("Ten.", lambda: held)
    assert (
        said == "Ten."
        and repr([said]) == "['Ten.']"
        and json.dumps([said]) == '["Ten."]'
        and " ".join([said]) == "Ten."
    )
    assert parts.tables_of([said, said, "x"]) == [{}]


def test_every_sentence_function_that_tells_numbers_hands_its_result_on():
    """Protects the workbook from the next sentence that is written. What tells of others' results,
    or of no number, needs no table of its own.
    """
    without = {
        name
        for name in dir(cx)
        if name.startswith("say_") and not hasattr(getattr(cx, name), "__wrapped__")
    }
    assert without <= {"say_bottom_line", "say_by_stage", "say_limits", "say_rank_changes"}


def test_a_sentence_function_without_a_title_for_its_table_cannot_be_made():
    """Protects the workbook from a sheet without a name, when someone writes a new sentence."""

    def say_new(frame):
        return ["New."]

    with pytest.raises(KeyError, match="say_new"):
        worded(say_new)


@pytest.mark.parametrize(("seed", "blank"), [(1, 0), (7, 6), (9, 4)])
def test_groups_of_a_whole_report_tell_of_no_few(tmp_path, monkeypatch, seed, blank):
    """Protects a handful of people who belong to a segment, another segment and a wave at once:
    from all tables of the workbook together, totals too, linear programming pins no such group, and
    none is known to be fewer than ten.
    """
    members = {
        cell: mask & ~(mask.index.isin(range(blank)) & (cell[0] == "plan"))
        for cell, mask in splits(seed).items()
        if "×" not in cell[0]
    }
    people = len(next(iter(members.values())))
    levels = {
        split: (
            pd.Series(
                {
                    i: level
                    for (g, level), mask in members.items()
                    if g == split
                    for i in mask.index[mask]
                }
            ).sort_index()
        )
        for split in ("plan", "region", "wave")
    }
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "nps": rng.integers(0, 11, people),
            "e": rng.integers(1, 8, people),
            "p": rng.integers(1, 8, people),
            **levels,
        }
    )
    frame.to_csv(tmp_path / "answers.csv", index=False)
    (tmp_path / "study.yml").write_text(
        "schema: 1\nclient: Few\nresponses: {file: answers.csv}\nsegments: [plan, region]\nwave:"
        " wave\nscales: {agree: {min: 1, max: 7}}\ntouchpoints: {shop: {expectation: e, experience:"
        " p}}\noutcomes: {recommend: {kind: nps, column: nps}}\n",
        encoding="utf-8",
    )
    shown, _calls = run_template(str(tmp_path), "en", monkeypatch)
    told: dict[tuple[str, str], float] = {}
    for table in tables.tables(shown):
        names = [column["name"] for column in table["columns"]]
        if {"outcome", "n", "estimate"} <= set(names) and "touchpoint" not in names:
            for row in table["rows"]:
                held = dict(zip(names, row, strict=True))
                told.setdefault(
                    (held.get("group", "all"), held.get("level", "all")),
                    math.nan if held["n"] is None else held["n"],
                )
    assert {group for group, _level in told} >= {"all", "plan", "region"} and any(
        math.isnan(n) for n in told.values()
    )
    spelt = {
        (group, level): (group if (group, level) in members or group == "all" else "wave", level)
        for group, level in told
    }
    seen = {
        spelt[cell]: n
        for cell, n in told.items()
        if spelt[cell] in members or cell == ("all", "all")
    }
    frames = [
        pd.DataFrame(
            [{"group": group, "level": level, "n": n} for (group, level), n in seen.items()]
        )
    ]
    attacked = attack({cell: members[cell] for cell in seen if cell in members}, frames)
    assert attacked and all(
        high - low > 1e-6 and high >= MIN - 1e-6 for _true, low, high in attacked
    )
