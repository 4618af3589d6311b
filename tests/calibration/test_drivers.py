"""That the driver models' calibration plants what it says, still runs, and keeps its books; ten
studies say nothing of calibration itself.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
# One process: the others of this run of tests have the cores.
ALONE = ("--processes", "1")


@pytest.fixture(scope="module")
def calibration():
    spec = importlib.util.spec_from_file_location("calibration_drivers", HERE / "drivers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_planted_is_what_large_samples_show(calibration):
    families = calibration.drivers_families
    pairs = {
        (cell["family"], cell["sample"])
        for cell in families.cells()
        if cell["kind"] == "slope_coverage"
    }
    assert len(pairs) == 17
    for family, sample in sorted(pairs):
        fit = families.fitted(
            families.drawn(np.random.default_rng(1), 8_000, family, sample), family, sample
        )
        table = fit.tidy().set_index("term").loc[["t0", "t1", "t2"]]
        assert (
            np.abs(table["estimate"] - families.planted(family, sample)) < 4 * table["std_error"]
        ).all(), (family, sample)
        assert table["std_error"].max() < 0.05


@pytest.mark.slow
def test_quick_run_counts_every_kind_of_cell(calibration, tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            HERE / "drivers.py",
            "--quick",
            "--repeats",
            "2",
            *ALONE,
            "--out",
            tmp_path,
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    kept = json.loads((tmp_path / "figures_drivers.json").read_text(encoding="utf-8"))["figures"]
    assert {row["kind"] for row in kept} == set(calibration.MODULE_OF) == set(calibration.TITLES)
    assert all(row["repeats"] == 2 for row in kept)


def test_a_seed_belongs_to_its_study(calibration):
    cell = {"kind": "slope_coverage", "n": 150, "family": "ols", "sample": "plain"}
    answers = calibration.harness.answers
    parts = np.concatenate(
        [answers(calibration.answer, cell, 0, 1), answers(calibration.answer, cell, 1, 4)]
    )
    assert (answers(calibration.answer, cell, 0, 4) == parts).all()


def test_the_table_marks_what_is_outside(calibration):
    rows = [
        {
            "kind": "slope_coverage",
            "n": 150,
            "family": "ols",
            "sample": "plain",
            "repeats": 2000,
            "covered_percent": {"t0": 92.9, "t1": 95.0},
        },
        {
            "kind": "parallel_lines",
            "n": 500,
            "sample": "plain",
            "repeats": 2000,
            "rejected_percent": 6.2,
        },
    ]
    table = calibration.markdown(rows)
    assert (
        "| 150 | ols | plain | 2000 | **92.9** | 95.0 |" in table
        and "| 500 | plain | 2000 | **6.2** |" in table
    )


def test_kept_figures_are_those_of_the_page(calibration):
    """Whoever runs the calibration commits both; neither is edited by hand."""
    figures = json.loads((HERE / "figures_drivers.json").read_text(encoding="utf-8"))["figures"]
    assert calibration.markdown(figures) in (HERE / "DRIVERS.md").read_text(encoding="utf-8")
    kept = [calibration.CALIBRATION.cell_of(row) for row in figures]
    assert kept == [cell for cell in calibration.cells() if cell in kept]
    assert {row["kind"] for row in figures} == set(calibration.MODULE_OF)
