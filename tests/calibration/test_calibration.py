"""That a calibration plants what it says, judges as it says, runs, and keeps its books; a few
studies say nothing of calibration itself.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import harness  # noqa: E402
import run  # noqa: E402
import traced  # noqa: E402
from harness import COVERAGE, ONE_SIDED, SIZE, at_least  # noqa: E402

import cxlab as cx  # noqa: E402
from cxlab.stats.linear import residuals_on  # noqa: E402


@pytest.mark.slow
def test_quick_run_counts_every_kind_of_cell(tmp_path):
    command = [sys.executable, HERE / "run.py", "--quick", "--repeats", "1", "--processes", "1"]
    done = subprocess.run([*command, "--out", tmp_path], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    kept = json.loads((tmp_path / run.FIGURES).read_text(encoding="utf-8"))["figures"]
    assert {row["cell"]["kind"] for row in kept} == set(run.KINDS)
    assert all(row["repeats"] == 1 for row in kept)
    for row in kept:
        assert set(row["figures"]) == set(run.KINDS[row["cell"]["kind"]].named(row["cell"]))


def test_what_is_kept_is_not_run_again(tmp_path, capsys):
    some = [
        "--only",
        "chain_does_not_hold",
        "--repeats",
        "2",
        "--out",
        str(tmp_path),
        "--processes",
        "1",
    ]
    assert run.main([*some, "--most", "1"]) == 0
    (row,) = json.loads((tmp_path / run.FIGURES).read_text(encoding="utf-8"))["figures"]
    assert run.main([*some, "--list"]) == 0
    left = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    cells = [cell for cell in run.cells() if cell["kind"] == "chain_does_not_hold"]
    assert left == [cell for cell in cells if cell != row["cell"]]


def test_every_topic_is_run():
    topics = {file.stem for file in HERE.glob("*.py") if "\nKINDS = {\n" in file.read_text("utf-8")}
    assert {topic.__name__ for topic in run.TOPICS} == topics - {"run"} >= {"gap", "stories"}


def test_every_cell_is_one_of_a_kind_and_named_once():
    cells = [json.dumps(cell, sort_keys=True) for cell in run.cells()]
    assert len(cells) == len(set(cells)) >= 100
    assert {cell["kind"] for cell in run.cells()} == set(run.KINDS)


def test_a_seed_belongs_to_its_study():
    cell = {"kind": "disconfirmation", "n": 150, "weights": "none"}
    answer = run.KINDS["disconfirmation"].answer
    whole = harness.answers(answer, cell, 0, 6)
    parts = [harness.answers(answer, cell, *ends) for ends in ((0, 2), (2, 6))]
    assert (whole == np.concatenate(parts)).all()


def test_a_figure_fails_only_where_chance_cannot_have_moved_it():
    assert COVERAGE.verdict(95, 2000) == "" == SIZE.verdict(5.0, 20_000)
    assert COVERAGE.verdict(92.4, 2000) == "near" and COVERAGE.verdict(91.0, 2000) == "fails"
    assert COVERAGE.verdict(98.6, 2000) == "conservative" == SIZE.verdict(1.0, 2000)
    assert COVERAGE.verdict(99.9, 2000) == "fails" == SIZE.verdict(8.0, 2000)
    assert ONE_SIDED.verdict(0.5, 2000) == "" and ONE_SIDED.verdict(8.0, 2000) == "fails"
    assert at_least(80).verdict(77.0, 2000) == "fails" == at_least(80).verdict(60.0, 200)


def test_the_page_marks_what_fails_and_what_is_careful():
    cell = {"kind": "slope_coverage", "n": 150, "family": "ols", "sample": "plain"}
    figures = dict.fromkeys(run.KINDS["slope_coverage"].figures, 0.0)
    figures |= {"covered t0": 91.0, "covered t1": 98.5, "covered t2": 95.0}
    page = run.markdown([{"cell": cell, "repeats": 2000, "refused": 50, "figures": figures}])
    assert "| 150 | ols | plain | 2000 | **50** | **91.0** | *98.5* | 95.0 |" in page
    assert f"1 of {len(run.cells())} cells have been run; 2 figures fail." in page


def test_careful_intervals_may_be_half_as_wide_again():
    cell = {"kind": "mean_of_few_accounts", "outcome": "nps", "accounts": "6x20", "icc": 0.2}
    row = {"cell": cell | {"answers": "usual"}, "repeats": 2000, "refused": 0}
    for covered, width, said in ((98.0, 1.4, "conservative"), (98.0, 1.6, "fails"), (95, 1.6, "")):
        figures = {"covered": covered, "width": width}
        found = harness.verdicts(run.KINDS[cell["kind"]], row | {"figures": figures})
        assert found["covered"] == said


def test_kept_figures_are_those_of_the_page():
    """Whoever runs the calibration commits both; neither is edited by hand."""
    rows = json.loads((HERE / run.FIGURES).read_text(encoding="utf-8"))["figures"]
    assert rows == run.in_order(rows), "cells that are no more"
    assert run.markdown(rows) in run.PAGE.read_text(encoding="utf-8")


def test_a_cell_is_known_by_the_lines_that_it_runs():
    cell = {"kind": "alpha_coverage", "design": "none", "n": 150}
    before = run.fingerprint(cell)
    assert before == run.fingerprint(cell) != run.fingerprint(cell | {"n": 151})
    answer = run.KINDS["alpha_coverage"].answer
    ran = {file for file, _ in traced.called(lambda: harness.answers(answer, cell, 0, 1))}
    names = {file.name for file in ran}
    assert "reliability.py" in names and "mcfadden.py" not in names
    # Another key of study.yml makes no figure old.
    assert not {file.parent for file in ran} & traced.READING


@pytest.mark.parametrize(
    "line, same", [("    # why", True), ('    "why"', True), ("    x += 1", False)]
)
def test_comments_and_docstrings_are_not_run(tmp_path, line, same):
    one, other = tmp_path / "one.py", tmp_path / "other.py"
    one.write_text("LEAST = 1\n\ndef f(x):\n    return x\n")
    other.write_text(f"LEAST = 1\n\ndef f(x):\n{line}\n    return x\n")
    assert (traced.contents(one) == traced.contents(other)) == same


# ---- what is planted


def test_truth_is_what_the_surface_plants():
    """The a1…a5 that intervals should hold are those of a study whose noise is uncorrelated with
    every term.
    """
    gap = run.gap
    study = gap.gap_study(np.random.default_rng(0), 400, gap.SURFACE, "related", uneven_noise=False)
    e, p = study.rating("t", "expectation") - 4, study.rating("t") - 4
    terms = gap.gap_terms(e.to_numpy(), p.to_numpy())
    planted = sum(value * terms[term].to_numpy() for term, value in gap.SURFACE.items())
    held = np.column_stack([np.ones(len(terms)), terms[list(gap.SURFACE)]])
    noise = np.random.default_rng(1).normal(size=(len(terms), 1))
    noise = residuals_on(held, noise, np.ones(len(terms)))[:, 0]
    exact = gap.study_of({"t": p.to_numpy() + 4}, e.to_numpy() + 4, planted + noise, None)
    found = cx.surface(cx.fit_gap(exact), n_boot=0).head(5)["estimate"].to_numpy()
    assert found == pytest.approx(gap.truth(), abs=1e-8)


@pytest.mark.parametrize("weights", ["none", "independent", "related"])
def test_numpy_s_test_is_the_library_s(weights):
    gap = run.gap
    for seed in range(5):
        keys = {"n": 150, "coefficients": {"gap": 0.6}, "weighting": weights, "uneven_noise": True}
        study = gap.gap_study(np.random.default_rng(seed), **keys)
        table = cx.disconfirmation(study, n_boot=0).set_index("term")
        plain = gap.plain_p_value(*gap.gap_data(np.random.default_rng(seed), **keys))
        assert table.loc["slope_difference", "p_value"] == pytest.approx(plain, rel=1e-8)


def test_planted_is_what_large_samples_show():
    families = run.drivers_families
    pairs = {
        (cell["family"], cell["sample"])
        for cell in families.cells()
        if cell["kind"] == "slope_coverage"
    }
    assert len(pairs) == 17
    for family, sample in sorted(pairs):
        frame = families.drawn(np.random.default_rng(1), 8_000, family, sample)
        table = families.fitted(frame, family, sample).tidy().set_index("term")
        table = table.loc[families.TERMS]
        off = np.abs(table["estimate"] - families.planted(family, sample))
        assert (off < 4 * table["std_error"]).all(), (family, sample)
        assert table["std_error"].max() < 0.05
