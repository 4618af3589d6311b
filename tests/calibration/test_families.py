"""That the families' calibration plants what it says: a sample of 8,000 shows the slopes whose coverage is counted."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="module")
def families():
    spec = importlib.util.spec_from_file_location("drivers_families", Path(__file__).resolve().parent / "drivers_families.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_planted_is_what_large_samples_show(families):
    pairs = {(cell["family"], cell["sample"]) for cell in families.cells() if cell["kind"] == "slope_coverage"}
    assert len(pairs) == 17
    for family, sample in sorted(pairs):
        fit = families.fitted(families.drawn(np.random.default_rng(1), 8_000, family, sample), family, sample)
        table = fit.tidy().set_index("term").loc[["t0", "t1", "t2"]]
        assert (np.abs(table["estimate"] - families.planted(family, sample)) < 4 * table["std_error"]).all(), (family, sample)
        assert table["std_error"].max() < 0.05


def test_a_cell_is_a_tidy_frame(families):
    wanted = [{"kind": "slope_coverage", "n": 150, "family": "ordinal", "sample": "clustered"}, {"kind": "parallel_lines", "n": 300, "sample": "plain"}]
    frame = families.coverage(6, wanted)
    assert list(frame["touchpoint"]) == ["t0", "t1", "t2", "t0"] and (frame["repeats"] == 6).all()
    assert frame["covered"].notna().sum() == 3 and frame["rejected"].notna().sum() == 1
