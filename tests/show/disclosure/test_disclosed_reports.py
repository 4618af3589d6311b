"""Attacks on whole reports, from what their files hold: page, pictures and their coordinates,
workbook, slides.
"""

from __future__ import annotations

import base64
import re
from itertools import chain
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from pptx import Presentation
from tinyhtml5 import parse

import cxlab as cx
from cxlab.show.disclosure import classes
from cxlab.show.page.parts import FORMATS
from tests.report.prepared import executed, write_all
from tests.show.disclosure.attacks import MIN, small_group, told_classes

SPLITS = ("plan", "region", "wave")
POINTS = ("shop", "web")
NUMBER = r"(?<![\w.])[−-]?\d+\.\d+"


def whole_study(seed: int, protect: str, n: int = 240) -> cx.Study:
    """Levels of a few, nearly nested splits, few detractors, and at either touchpoint some who
    rated the experience alone.
    """
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "plan": rng.choice(["basic", "plus", "gold"], n, p=[0.6, 0.37, 0.03]),
            "wave": rng.choice(["2025", "2026"], n),
            "nps": rng.choice([3, 7, 10], n, p=[0.06, 0.4, 0.54]),
        }
    )
    moved = rng.random(n) < 0.02
    frame["region"] = np.where((frame["plan"] == "basic") ^ moved, "north", "south")
    frame["sat"] = np.where(rng.random(n) < 0.04, 3.0, rng.choice([6, 7], n))
    points = {}
    for point in POINTS:
        frame[[point + "e", point + "p"]] = rng.integers(1, 8, (n, 2)).astype(float)
        frame.loc[rng.choice(n, int(rng.integers(1, 10)), replace=False), point + "e"] = np.nan
        points[point] = {"expectation": point + "e", "experience": point + "p", "scale": "s"}
    return cx.Study.from_frame(
        frame,
        points,
        {
            "recommend": {"kind": "nps", "column": "nps"},
            "satisfaction": {"kind": "csat", "column": "sat", "scale": "s"},
        },
        scales={"s": {"min": 1, "max": 7, "blank": "no_answer"}},
        segments=["plan", "region"],
        wave="wave",
        report={"protect": protect},
    )


def pieces(page: cx.Page) -> list:
    """All that such a study can be asked, said, drawn and listed."""
    shown = [page(cx.metrics), page(cx.experience_scores), page(cx.gap_scores)]
    for by in SPLITS:
        tables = [page(cx.metrics, one, by=by) for one in ("recommend", "satisfaction")]
        tables += [page(one, by=by) for one in (cx.experience_scores, cx.gap_scores)]
        shown += [*tables, page(cx.differences, "recommend", by=by)]
    more = [page(cx.changes, "recommend"), page(cx.describe.expectation_ceiling)]
    losses = page(cx.disconfirmation, n_boot=0)
    drawn = [one.plot() for one in shown[:3]] + [page(cx.distribution, "recommend").plot()]
    tables = [one.table() for one in [*shown, *more, losses]]
    said = [one.say() for one in [*shown[:3], *more, losses]]
    return [
        page.cover(),
        page.section("metrics", shown[0].cards(), *drawn, *said, *tables),
        page.question("cost", page.limits()),
    ]


def written(study: cx.Study, folder: Path) -> tuple[cx.Study, str, Path]:
    """The report of a study as page, workbook and slides; and its page's study and protection."""
    protect = study.codebook.report.protect
    page = cx.Page(study, ["en"], seed=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FORMATS, "html,xlsx,pptx")
        notebook, formats = executed(*pieces(page)), ("html", "xlsx", "pptx")
        write_all(notebook, folder, title="x", formats=formats, protect=protect)
    return page.study, protect, folder


@pytest.fixture(scope="module", params=["groups", "answers"])
def report(request, tmp_path_factory) -> tuple[cx.Study, str, Path]:
    folder = tmp_path_factory.mktemp(request.param)
    return written(whole_study(7, request.param), folder)


def pictures(folder: Path) -> list[str]:
    page = (folder / "report.en.html").read_text(encoding="utf-8")
    found = re.findall(r"data:image/svg\+xml;base64,([\w+/=]+)", page)
    return [base64.b64decode(one).decode("utf-8") for one in found]


def of_page(folder: Path) -> list[pd.DataFrame]:
    page = (folder / "report.en.html").read_text(encoding="utf-8")
    tree = parse(page, namespace_html_elements=False)
    rows = [
        [["".join(cell.itertext()) for cell in row] for row in table.iter("tr")]
        for table in tree.iter("table")
    ]
    return [pd.DataFrame(body, columns=head) for head, *body in rows]


def of_workbook(folder: Path) -> list[pd.DataFrame]:
    """The tables of the workbook: below its title, from the first row that is full."""
    found = []
    for sheet in openpyxl.load_workbook(folder / "report.en.xlsx").worksheets[1:]:
        rows = [list(row) for row in sheet.iter_rows(values_only=True)]
        head = next(at for at, row in enumerate(rows) if all(one is not None for one in row))
        found.append(pd.DataFrame(rows[head + 1 :], columns=rows[head]))
    return found


def words(folder: Path) -> str:
    """The words of page, slides and pictures, alternative texts among them."""
    page = (folder / "report.en.html").read_text(encoding="utf-8")
    shapes = [
        one for slide in Presentation(folder / "report.en.pptx").slides for one in slide.shapes
    ]
    texts = [one.text_frame.text for one in shapes if one.has_text_frame]
    texts += [
        cell.text for one in shapes if one.has_table for row in one.table.rows for cell in row.cells
    ]
    alts = [one._element.xpath(".//p:cNvPr/@descr") for one in shapes]
    comments = re.findall("<!--(.*?)-->", "".join(pictures(folder)))
    plain = re.sub(r"base64,[\w+/=]+|<style.*?</style>", "", page, flags=re.DOTALL)
    return "\n".join([plain, *texts, *chain(*alts), *comments])


def more_digits(report) -> list:
    """Numbers of any format with more digits than the page prints."""
    study, _protect, folder = report
    found = [one[0] for svg in pictures(folder) if (one := re.search(r"\d\.\d{3}", svg))]
    held = [one for table in of_workbook(folder) for one in table.to_numpy().ravel()]
    found += [one for one in held if isinstance(one, float) and abs(one - round(one, 3)) > 1e-12]
    raw = [cx.gap_scores(study), cx.experience_scores(study)]
    means = np.concatenate([one[["experience", "conf_low"]].to_numpy().ravel() for one in raw])
    for text in re.findall(NUMBER, words(folder)):
        near = np.abs(means - float(text.replace("−", "-"))).min() < 0.004
        found += [text] if near and len(text.split(".")[1]) > 2 else []
    return found


def test_no_format_holds_more_digits_than_the_page(report):
    """Protects single ratings, which 12 digits of two means give away, and coordinates too."""
    assert len(pictures(report[2])) >= 6 and more_digits(report) == []


def test_what_prints_the_same_is_stored_the_same():
    """Protects a rating that moves a mean by less than its last digit: page, coordinates and the
    data behind them are the same bytes.
    """
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(rng.integers(1, 8, (4000, 2)), columns=["e", "p"])
    frame["e"] = frame["e"].clip(lower=4)
    told = []
    for last in (4, 5):
        frame.loc[0, "p"] = last
        study = cx.Study.from_frame(
            frame, {"shop": {"expectation": "e", "experience": "p", "scale": {"min": 1, "max": 7}}}
        )
        page = cx.Page(study, ["en"])
        shown = [page(one) for one in (cx.experience_scores, cx.gap_scores)]
        pieces = [page.more(one.say(), one.plot(), one.table()) for one in shown]
        held = [one.worded(page.words()) for one in pieces]
        told.append([(str(one), repr(one.parts)) for one in held])
    assert told[0] == told[1]


def rows_of(report, read) -> list[dict]:
    """The rows of a format that tell of a touchpoint or an outcome: what, by which level, whether
    there is a figure, n.
    """
    study, _protect, folder = report
    levels = {level: split for split in SPLITS for level in study.levels(split)}
    held = []
    for table in read(folder):
        subject = next((one for one in ("Touchpoint", "Outcome") if one in table), None)
        figures = (one for one in table if one.startswith(("Experience", "Estimate")))
        figure = next(figures, None)
        if subject is None or figure is None or "n" not in table or "Term" in table:
            continue
        for row in table.to_dict("records"):
            found = {"what": row[subject], "metric": row.get("Metric", ""), "n": str(row["n"])}
            found |= {"level": str(row.get("Group", "all")), "gap": "Expectation" in table}
            found["split"] = levels.get(found["level"], "all")
            found["shown"] = bool(re.match(r"[−-]?\d", str(row[figure])))
            found["open"] = bool(re.match(r"\d", str(row.get("Detractors", ""))))
            held.append(found)
    return held


def told_of_few(report, read, shown: bool = True) -> list[bool]:
    """Of each quantity with four rows or more, whether they add up to few; shown=False: whether all
    rows of min_cell would.
    """
    study, _protect, _folder = report
    rows, found = rows_of(report, read), []
    for key in {(row["what"], row["metric"], row["gap"]) for row in rows}:
        mine = [row for row in rows if (row["what"], row["metric"], row["gap"]) == key]
        cells = {
            (row["split"], row["level"]): row["shown"] for row in mine if row["split"] != "all"
        }
        sets = [(study.group(by) == level).to_numpy() for by, level in cells]
        told = [one for one, there in zip(sets, cells.values(), strict=True) if there]
        if len(told) >= 4:
            told = told if shown else [one for one in sets if one.sum() >= MIN]
            found.append(small_group(np.vstack([np.ones((1, study.n), bool), *told])) is not None)
    return found


@pytest.mark.parametrize("read", [of_page, of_workbook])
def test_no_table_of_a_report_adds_up_to_few(report, read):
    """Protects a few whom rows of all tables together tell of."""
    found = told_of_few(report, read)
    assert len(found) >= 3 and not any(found)
    assert all(told_of_few(report, read, shown=False)), "row by row they are found"


def bases_apart(report, read) -> list[int]:
    """By how many respondents the bases of a touchpoint differ, in each row."""
    found = {}
    for row in rows_of(report, read):
        if row["what"] in POINTS and row["shown"]:
            found.setdefault((row["what"], row["level"]), set()).add(int(row["n"]))
    return [max(one) - min(one) for one in found.values()]


@pytest.mark.parametrize("read", [of_page, of_workbook])
def test_two_bases_of_a_touchpoint_are_one_or_far_apart(report, read):
    """Protects the one who rated the experience and gave no expectation."""
    apart = bases_apart(report, read)
    assert len(apart) >= 8 and all(one == 0 or one >= MIN for one in apart)
    raw = cx.experience_scores(report[0])["n"] - cx.gap_scores(report[0])["n"]
    assert raw.between(1, MIN - 1).all(), "as they were answered they tell"


def solved_classes(report) -> list:
    """Small classes of the NPS that integer programming solves for, from all that the workbook
    tells of the score.
    """
    study, _protect, _folder = report
    rows = [row for row in rows_of(report, of_workbook) if row["metric"].startswith("Net Promoter")]
    seen = {(row["split"], row["level"]): row for row in rows if "→" not in row["level"]}
    seen = dict(sorted(seen.items(), key=lambda one: one[0][0] != "all"))
    sets = np.array(
        [
            np.ones(study.n, bool) if by == "all" else (study.group(by) == level).to_numpy()
            for by, level in seen
        ]
    )
    state = [
        3 if not row["n"].isdigit() else 0 if row["open"] else 1 if row["shown"] else 2
        for row in seen.values()
    ]
    counted = classes.class_counts(study, "recommend")
    return told_classes(sets, counted, np.array(state), sets[sets.sum(axis=1) >= MIN])


def test_small_classes_of_a_report_are_not_solved_for(report):
    """Protects a few detractors where answers are protected; n is told to the nearest 5 then."""
    protected = report[1] == "answers"
    assert bool(solved_classes(report)) != protected
    exact = [row["n"] for row in rows_of(report, of_workbook) if row["n"].isdigit()]
    assert all(int(n) % 5 == 0 for n in exact) == protected
