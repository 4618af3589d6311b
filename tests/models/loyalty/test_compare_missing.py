"""Treatments of missing answers side by side: the same numbers as each fit gives, and a reason
where one cannot be had.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlab as cx
from cxlab.models.loyalty.compare_missing import NOTHING_REFUSED, NOTHING_UNUSED
from tests.models.loyalty.test_imputation import answers, study_of


def test_each_block_is_that_treatments_fit_and_importance():
    study = study_of(answers())
    table = cx.drivers.compare_missing(study, n_imputed=5, seed=3)
    assert list(dict.fromkeys(table["missing"])) == ["listwise", "usage", "mice"]
    for missing, block in table.groupby("missing"):
        fit = cx.fit_loyalty(study, missing=missing, n_imputed=5, seed=3)
        shares = cx.importance(fit, n_boot=0)
        same = block.reset_index(drop=True)
        assert (same["n"] == fit.n).all() and (same["note"] == "").all()
        for column in (
            "touchpoint",
            "slope",
            "slope_low",
            "slope_high",
            "share_relative",
            "rank",
            "sign",
        ):
            assert same[column].tolist() == shares[column].tolist(), (missing, column)
    # Complete rows are of those who met b and refused nothing; usage of those who refused nothing;
    # imputation of all.
    n = table.groupby("missing")["n"].first()
    assert n["listwise"] < n["usage"] < n["mice"] == 400
    assert set(table) <= set(cx.GLOSSARY)


def test_tau_is_kendalls_against_the_treatment_taken_by_itself():
    study = study_of(answers(150, seed=8))
    table = cx.drivers.compare_missing(study, n_imputed=5, seed=3).set_index(
        ["missing", "touchpoint"]
    )
    assert cx.fit_loyalty(study).design.missing == "usage"
    usual = table.loc["usage", "share"]
    for missing in ("listwise", "usage", "mice"):
        shares = table.loc[missing, "share"]
        assert (
            table.loc[missing, "tau"] == stats.kendalltau(shares, usual[shares.index]).statistic
        ).all()
    assert (table.loc["usage", "tau"] == 1).all()


@pytest.mark.parametrize(
    ("frame", "gone"),
    [
        (answers(refused=0), {"mice": NOTHING_REFUSED}),
        (answers(unused=0), {"usage": NOTHING_UNUSED}),
        (answers(refused=0, unused=0), {"usage": NOTHING_UNUSED, "mice": NOTHING_REFUSED}),
    ],
)
def test_a_treatment_that_repeats_another_is_named_as_such(frame, gone):
    table = cx.drivers.compare_missing(study_of(frame), n_imputed=5, seed=1)
    rows = table[table["touchpoint"] == "all_touchpoints"].set_index("missing")
    assert (
        rows["note"].to_dict() == gone and rows["rank"].isna().all() and rows["slope"].isna().all()
    )
    assert (table["missing"].value_counts().drop(list(gone)) == 3).all()


def test_a_treatment_that_is_refused_gives_its_reason_and_the_others_stand():
    # Nobody met all three, so there are no complete rows.
    frame, group = answers(200, refused=0, unused=0), np.arange(200) % 4
    for name, gone in {"a": [0, 3], "b": [1, 3], "c": [2]}.items():
        frame[name] = frame[name].mask(np.isin(group, gone), 8)
    table = cx.drivers.compare_missing(study_of(frame), seed=1)
    row = table[table["missing"] == "listwise"].iloc[0]
    assert (row["touchpoint"], row["n"], row["note"]) == (
        "all_touchpoints",
        0,
        "outcome y: nobody answered everything that is compared; left out: rating_not_used 200",
    )
    assert table.loc[table["missing"] == "usage", "rank"].tolist() == [1, 2, 3]


def test_where_no_treatment_can_be_had_the_usual_ones_reason_is_raised():
    frame = answers(300).assign(y=np.random.default_rng(0).normal(size=300))
    with pytest.raises(
        cx.ModelError, match="with all that was asked is not significant; there is nothing to rank"
    ):
        cx.drivers.compare_missing(study_of(frame), n_imputed=5, seed=1)


@pytest.mark.parametrize("family", ["ordinal", "binary"])
def test_other_families_and_bootstrap_intervals(family):
    frame = answers(300).assign(y=lambda f: np.clip(np.round(f["y"] + 4), 0, 10))
    study = cx.Study.from_frame(
        frame,
        {
            t: {"experience": t, "scale": {"min": 1, "max": 7, "not_used": [8], "no_answer": [9]}}
            for t in "abc"
        },
        {"y": {"kind": "nps", "column": "y"}},
    )
    table = cx.drivers.compare_missing(study, family=family, n_imputed=5, n_boot=50, seed=1)
    assert set(table["model"]) == {family} and (table["note"] == "").all()
    assert (
        (table["relative_low"] <= table["share_relative"])
        & (table["share_relative"] <= table["relative_high"])
    ).all()
    pd.testing.assert_frame_equal(
        table, cx.drivers.compare_missing(study, family=family, n_imputed=5, n_boot=50, seed=1)
    )


def test_more_than_25_touchpoints_are_compared_by_the_methods_that_remain():
    """Protects long questionnaires: exact shares end at 25, comparing does not."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame(rng.integers(1, 8, (400, 26)), columns=[f"t{i}" for i in range(26)])
    frame["y"] = np.clip(np.round(frame["t0"] + rng.normal(0, 1, 400)), 0, 10)
    study = cx.Study.from_frame(
        frame,
        {name: name for name in frame if name != "y"},
        {"y": {"kind": "nps", "column": "y"}},
        scales={"s": {"min": 1, "max": 7}},
    )
    fit = cx.fit_loyalty(study)
    with pytest.raises(cx.ModelError, match="LMG is exact up to 25"):
        cx.importance(fit, n_boot=0)
    shares = cx.compare_importance(fit, n_boot=0)
    lmg = shares[shares["method"] == "lmg"]
    assert lmg["share"].isna().all() and lmg["note"].str.contains("25").all()
    assert {"johnson", "pratt"} <= set(shares["method"])
    ways = cx.drivers.compare_missing(fit)
    for table in (shares, ways):
        first = table[table["rank"] == 1]["touchpoint"]
        assert len(first) and set(first) == {"t0"}
