"""That `make calibrate` still runs and keeps its books; 40 studies say nothing about calibration
itself.
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


@pytest.fixture(scope="module")
def calibration():
    spec = importlib.util.spec_from_file_location("calibration_run", HERE / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_quick_run_counts_every_kind_of_cell(tmp_path):
    done = subprocess.run(
        [
            sys.executable,
            HERE / "run.py",
            "--quick",
            "--repeats",
            "40",
            "--processes",
            "1",
            "--out",
            tmp_path,
        ],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    kept = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))
    rows = {row["kind"]: row for row in kept["figures"]}
    assert set(rows) == {
        "surface",
        "disconfirmation",
        "disconfirmation_plain",
        "penalty_reward",
        "contest",
    }
    assert all(row["repeats"] == 40 for row in rows.values())
    # 40 studies: what is right 95 times in 100 is seen at least 33 times.
    assert min(min(held.values()) for held in rows["surface"]["covered_percent"].values()) >= 82
    assert (
        max(rows[kind]["rejected_percent"] for kind in ("disconfirmation", "penalty_reward")) <= 17
    )
    assert rows["contest"]["named_percent"] >= 70
    assert sum(rows["contest"]["instead"].values()) <= 100 - rows["contest"]["named_percent"] + 1e-9


def test_truth_is_what_the_surface_plants(calibration):
    """The a1…a5 that intervals should hold are those of a study with hardly any noise."""
    import cxlab as cx

    study = calibration.gap_study(
        np.random.default_rng(0), 400, calibration.SURFACE, "related", uneven_noise=False
    )
    e, p = study.rating("t", "expectation") - 4, study.rating("t") - 4
    planted = sum(
        value * calibration.gap_terms(e.to_numpy(), p.to_numpy())[term].to_numpy()
        for term, value in calibration.SURFACE.items()
    )
    exact = calibration.study_of({"t": p.to_numpy() + 4}, e.to_numpy() + 4, planted, None)
    assert cx.surface(cx.fit_gap(exact), n_boot=0).head(5)["estimate"].to_numpy() == pytest.approx(
        calibration.truth()
    )


@pytest.mark.parametrize("weights", ["none", "independent", "related"])
def test_numpy_s_test_is_the_library_s(calibration, weights):
    import cxlab as cx

    for seed in range(5):
        keys = {"n": 150, "coefficients": {"gap": 0.6}, "weighting": weights, "uneven_noise": True}
        table = cx.disconfirmation(
            calibration.gap_study(np.random.default_rng(seed), **keys), n_boot=0
        ).set_index("term")
        plain = calibration.plain_p_value(
            *calibration.gap_data(np.random.default_rng(seed), **keys)
        )
        assert table.loc["asymmetry", "p_value"] == pytest.approx(plain, rel=1e-8)


def test_a_seed_belongs_to_its_study(calibration):
    cell = {"kind": "disconfirmation", "n": 150, "weights": "none"}
    answers = calibration.harness.answers
    whole = answers(calibration.answer, cell, 0, 6)
    parts = np.concatenate(
        [answers(calibration.answer, cell, 0, 2), answers(calibration.answer, cell, 2, 6)]
    )
    assert (whole == parts).all()


def test_the_table_marks_what_is_outside(calibration):
    covered = {kind: dict.fromkeys(calibration.LINES, 95.0) for kind in calibration.KINDS}
    covered["bca"]["a3"] = 92.4
    rows = [
        {"kind": "surface", "n": 150, "weights": "none", "covered_percent": covered},
        {
            "kind": "disconfirmation",
            "n": 150,
            "weights": "none",
            "rejected_percent": 6.4,
            "repeats": 2000,
        },
        {
            "kind": "contest",
            "n": 500,
            "weights": "none",
            "form": "P",
            "named_percent": 79.0,
            "instead": {"E+P": 12.0},
        },
    ]
    table = calibration.markdown(rows)
    assert "| none | 150 | bca | 95.0 | 95.0 | **92.4** | 95.0 | 95.0 |" in table
    assert "| disconfirmation | none | 150 | **6.4** | 2000 |" in table
    assert "| P | +0.4 experience | **79.0** |  | E+P 12; none |" in table


def test_kept_figures_are_those_of_the_readme(calibration):
    """Whoever runs the calibration commits both; neither is edited by hand."""
    figures = json.loads((HERE / "figures.json").read_text(encoding="utf-8"))
    text = (HERE / "README.md").read_text(encoding="utf-8")
    assert calibration.markdown(figures["figures"]) in text
    assert figures["planted"] == calibration.PLANTED
    assert figures["surface"] == calibration.SURFACE
    assert len(figures["figures"]) == len(calibration.cells())
