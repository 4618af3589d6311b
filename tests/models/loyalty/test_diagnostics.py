"""Each check finds what was planted for it, equals its definition, and only what makes a ranking
unsafe is refused, never a small sound sample.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.models.loyalty.diagnostics import refuse_unsafe

SCALES = {
    "s": {"min": 1, "max": 7, "not_used": [8], "no_answer": [9]},
    "any": {"min": -1e6, "max": 1e6, "whole": False},
}
STUDIES = Path(__file__).parents[2] / "studies"


def answers(n=400, seed=7):
    rng = np.random.default_rng(seed)
    rating = np.clip(np.round(4.5 + 1.3 * rng.normal(size=(n, 4))), 1, 7).astype(int)
    frame = pd.DataFrame(rating, columns=list("abcd"))
    y = 0.5 * frame["a"] + 0.3 * frame["b"] + 0.2 * frame["c"] + rng.normal(size=n)
    return frame.assign(
        y=y,
        nps=np.clip(np.round(4 + y), 0, 10).astype(int),
        yes=(y > 4.5).astype(int),
        w=rng.lognormal(0, 1.0, n),
        account=np.arange(n) % 12,
    )


def study_of(frame, scale="s", **keys):
    points = {
        t: {"experience": t, "scale": scale}
        for t in frame.columns
        if t not in ("y", "nps", "yes", "w", "account")
    }
    outcomes = {
        "y": {"kind": "score", "column": "y", "scale": "any"},
        "nps": {"kind": "nps", "column": "nps"},
        "yes": {"kind": "binary", "column": "yes"},
    }
    return cx.Study.from_frame(frame, points, outcomes, scales=SCALES, **keys)


def of(table, check, touchpoint=""):
    return table[(table["check"] == check) & (table["touchpoint"] == touchpoint)].iloc[0]


@pytest.fixture(scope="module")
def sound():
    return cx.diagnose(cx.fit_loyalty(study_of(answers()), "y"))


def test_a_sound_fit_has_no_caution(sound):
    assert (sound["verdict"] == "ok").all(), sound[sound["verdict"] != "ok"]
    assert (sound["note"] == "").all() and of(sound, "rows_used")["statistic"] == 400
    assert list(sound.columns) == ["check", "touchpoint", "statistic", "p_value", "verdict", "note"]
    assert set(sound.columns) <= set(cx.GLOSSARY)


def test_inflation_and_spread_equal_statsmodels(sound):
    from statsmodels.stats.diagnostic import het_breuschpagan
    from statsmodels.stats.outliers_influence import variance_inflation_factor

    frame = answers()
    x = np.column_stack([np.ones(400), frame[list("abcd")]])
    for j, touchpoint in enumerate("abcd", 1):
        assert of(sound, "vif", touchpoint)["statistic"] == pytest.approx(
            variance_inflation_factor(x, j), rel=1e-10
        )
    residual = frame["y"] - x @ np.linalg.lstsq(x, frame["y"], rcond=None)[0]
    statistic, p_value, _, _ = het_breuschpagan(residual, x)
    assert (
        of(sound, "heteroscedasticity")["statistic"],
        of(sound, "heteroscedasticity")["p_value"],
    ) == pytest.approx((statistic, p_value), rel=1e-8)


def test_condition_index_is_belsleys(sound):
    x = np.column_stack([np.ones(400), answers()[list("abcd")]])
    assert of(sound, "condition_index")["statistic"] == pytest.approx(
        np.linalg.cond(x / np.linalg.norm(x, axis=0)), rel=1e-8
    )


def test_generalised_inflation_of_a_used_touchpoint_is_its_definition():
    """Fox & Monette: det R₁₁ · det R₂₂ / det R of rating and indicator; a touchpoint met by the
    same people has no indicator of its own.
    """
    frame = answers()
    frame["b"] = np.where(np.arange(400) % 3 == 0, 8, frame["b"])
    fit = cx.fit_loyalty(study_of(frame), "y")
    r = np.corrcoef(fit.design.x.drop(columns="intercept").T)
    own = np.array([fit.design.touchpoint[t] == "b" for t in fit.design.x.columns[1:]])
    gvif = (
        np.linalg.det(r[np.ix_(own, own)]) * np.linalg.det(r[np.ix_(~own, ~own)]) / np.linalg.det(r)
    )
    table = cx.diagnose(fit)
    assert of(table, "gvif", "b")["statistic"] == pytest.approx(gvif**0.5, rel=1e-10)
    assert list(table.loc[table["check"] == "gvif", "touchpoint"]) == ["b"]
    assert of(table, "users", "b")["statistic"] == (frame["b"] != 8).sum()


def test_weights_and_accounts_are_told():
    table = cx.diagnose(cx.fit_loyalty(study_of(answers(), weight="w", account="account"), "y"))
    w = answers()["w"]
    row = of(table, "design_effect")
    assert row["statistic"] == pytest.approx(400 * (w**2).sum() / w.sum() ** 2, rel=1e-12) and (
        row["verdict"],
        row["note"],
    ) == ("caution", "costly_weights")
    assert of(table, "clusters")[["statistic", "verdict", "note"]].tolist() == [
        12,
        "caution",
        "few_clusters",
    ]
    assert of(table, "heteroscedasticity")["note"] == "not_tested"


def test_rows_left_out_are_counted_by_reason_and_many_are_a_caution():
    frame = answers()
    frame.loc[:99, "a"] = 9
    table = cx.diagnose(cx.fit_loyalty(study_of(frame), "y"))
    row = of(table, "rows_left_out")
    assert row[["statistic", "verdict", "note"]].tolist() == [100, "caution", "rating_no_answer"]
    assert of(table, "rows_used")["note"] == "many_left_out"


def test_uneven_spread_is_a_caution_only_where_the_errors_suppose_it_even():
    frame = answers(1000).assign(
        y=lambda f: f["a"] + f["a"] ** 2 * np.random.default_rng(1).normal(size=1000)
    )
    for covariance, verdict, note in (
        (None, "ok", "robust_errors"),
        ("classical", "caution", "uneven_spread"),
    ):
        row = of(
            cx.diagnose(cx.fit_loyalty(study_of(frame), "y", covariance=covariance)),
            "heteroscedasticity",
        )
        assert (row["verdict"], row["note"]) == (verdict, note) and row["p_value"] < 1e-6


def test_a_far_row_and_a_ceiling_are_seen():
    frame = answers(60).assign(
        a=lambda f: np.where(np.arange(60) == 0, 14.0, f["a"].astype(float)),
        b=lambda f: f["b"] + 0.0,
    )
    row = of(cx.diagnose(cx.fit_loyalty(study_of(frame, "any"), "y")), "leverage")
    assert row["statistic"] > 0.3
    high = answers().assign(
        nps=lambda f: np.where(f.index % 3 > 0, 10, f["nps"]),
        d=lambda f: np.where(f.index % 5 > 0, 7, f["d"]),
    )
    table = cx.diagnose(cx.fit_loyalty(study_of(high), "nps"))
    assert (
        of(table, "outcome_ceiling")["note"] == "ceiling"
        and of(table, "touchpoint_ceiling", "d")["note"] == "ceiling"
    )
    assert of(table, "outcome_ceiling")["statistic"] == pytest.approx((high["nps"] == 10).mean())


def test_ordinal_fits_tell_of_parallel_lines_and_of_their_maximum():
    rng = np.random.default_rng(2)
    frame = answers(1500)
    # a parts detractors from the others, b promoters from the others.
    frame["nps"] = np.where(
        frame["a"] + rng.normal(0, 1, 1500) < 4,
        3,
        np.where(frame["b"] + rng.normal(0, 1, 1500) > 5, 10, 7),
    )
    table = cx.diagnose(cx.fit_loyalty(study_of(frame), "nps", family="ordinal", categories="nps"))
    lines = table[table["check"] == "parallel_lines"].set_index("touchpoint")
    theirs = cx.parallel_lines(
        cx.fit_loyalty(study_of(frame), "nps", family="ordinal", categories="nps")
    ).set_index("touchpoint")
    assert lines["statistic"].to_dict() == pytest.approx(theirs["statistic"].to_dict())
    assert lines["verdict"].to_dict() == {
        "a": "caution",
        "b": "caution",
        "c": "ok",
        "d": "ok",
        "all_touchpoints": "caution",
    }
    assert of(table, "convergence")["statistic"] < 1e-8 and "heteroscedasticity" not in set(
        table["check"]
    )


def test_a_rare_answer_counts_as_few_rows():
    """400 rows with 12 yes: three events a term, however many said no."""
    frame = answers().assign(yes=lambda f: (f["y"] > f["y"].nlargest(13).iloc[-1]).astype(int))
    row = of(cx.diagnose(cx.fit_loyalty(study_of(frame), "yes", family="binary")), "rows_per_term")
    most = study_of(answers().assign(yes=lambda f: (f["y"] > f["y"].quantile(0.3)).astype(int)))
    for fit in (
        cx.fit_loyalty(study_of(answers()), "yes", family="binary"),
        cx.fit_loyalty(most, "yes"),
    ):
        assert of(cx.diagnose(fit), "outcome_ceiling")["verdict"] == "ok", (
            "of two answers, one is given by half"
        )
    assert row["statistic"] == pytest.approx(12 / 4) and (row["verdict"], row["note"]) == (
        "caution",
        "few_rows",
    )


# ---- what is refused, and what must never be


@pytest.mark.parametrize(
    ("name", "outcome"), [("attitude", "rating"), ("swiss", "Fertility"), ("mtcars", "mpg")]
)
def test_small_sound_samples_are_ranked(reference, name, outcome):
    """30 rows with 6 drivers, 47 with 5, 32 with 10: a caution, never a refusal."""
    columns = [
        column for column in reference.frame(name).select_dtypes("number") if column != outcome
    ]
    fit = cx.fit_loyalty(reference.regression(name, outcome, columns))
    refuse_unsafe(fit)
    table = cx.diagnose(fit)
    assert (
        "unsafe" not in set(table["verdict"]) and of(table, "rows_per_term")["note"] == "few_rows"
    )


def test_real_surveys_are_ranked(shared):
    kiosk, sfo = (cx.read_study(STUDIES / name, allow_outside=shared) for name in ("kiosk", "sfo"))
    for fit in (
        cx.fit_loyalty(kiosk),
        cx.fit_loyalty(kiosk.by_stage()),
        cx.fit_loyalty(sfo),
        cx.fit_loyalty(sfo, missing="listwise"),
    ):
        refuse_unsafe(fit)
        assert "unsafe" not in set(cx.diagnose(fit)["verdict"])


def repeated(seed=0, noise=0.03):
    rng = np.random.default_rng(seed)
    return (
        answers()
        .astype({c: float for c in "abcd"})
        .assign(e=lambda f: f["a"] + noise * rng.normal(size=400))
    )


def test_a_touchpoint_that_repeats_another_is_refused_unless_they_are_joined():
    fit = cx.fit_loyalty(study_of(repeated(), "any"), "y")
    with pytest.raises(
        cx.ModelError,
        match=(
            r"^touchpoint a: its weight cannot be told from that of the others; 9\d\.\d% of it is"
            r" told by them \(variance inflation \d+\): join them by groups=, or leave one out$"
        ),
    ):
        refuse_unsafe(fit)
    refuse_unsafe(fit, groups={"first": ["a", "e"]})
    table = cx.diagnose(fit)
    assert (
        of(table, "vif", "e")[["verdict", "note"]].tolist() == ["unsafe", "repeated"]
        and of(table, "condition_index")["note"] == "near_dependency"
    )
    assert of(table, "vif", "b")["verdict"] == "ok"


def test_near_twins_are_a_caution_only():
    """Correlated 0.98: inflated, but the data can still tell them apart."""
    fit = cx.fit_loyalty(study_of(repeated(noise=0.25), "any"), "y")
    refuse_unsafe(fit)
    assert of(cx.diagnose(fit), "vif", "a")[["verdict", "note"]].tolist() == ["caution", "inflated"]


few = answers(14).assign(**{f"t{j}": np.random.default_rng(j).integers(1, 8, 14) for j in range(4)})


@pytest.mark.parametrize(
    ("frame", "call", "message"),
    [
        (
            few,
            {"outcome": "y"},
            (
                "outcome y: fewer than 16 answers are too few to rank so many touchpoints; after"
                " weighting, for 8 terms: use fewer touchpoints, study.by_stage(), or"
                " missing='usage'"
            ),
        ),
        (
            answers().assign(nps=lambda f: np.where(f.index < 5, f["nps"].clip(upper=9), 10)),
            {"outcome": "nps"},
            (
                "outcome nps: too few differ from the usual answer to rank so many touchpoints; 99%"
                " give it, fewer than 8 of 400 (after weighting) do not, for 4 terms: use fewer"
                " touchpoints, or another outcome"
            ),
        ),
        (
            answers().assign(d=lambda f: np.where(f.index < 9, f["d"], 8)),
            {"outcome": "y", "touchpoints": list("abcd")},
            (
                "touchpoint d: fewer than 10 of the respondents met it; its place would be theirs"
                " alone: leave it out"
            ),
        ),
        (
            answers().assign(d=lambda f: np.where(f.index < 4, [1, 2, 1, 2] * 100, 7)),
            {"outcome": "y"},
            (
                "touchpoint d: fewer than 5 of those who met it do not give the best rating; its"
                " place would be theirs alone: leave it out"
            ),
        ),
    ],
)
def test_what_makes_a_ranking_unsafe_is_refused_with_the_reason(frame, call, message):
    fit = cx.fit_loyalty(study_of(frame), **call)
    with pytest.raises(cx.ModelError, match=f"^{re.escape(message)}$"):
        refuse_unsafe(fit)
    assert "unsafe" in set(cx.diagnose(fit)["verdict"])


def test_a_fit_from_sums_is_checked_by_what_sums_tell():
    """No respondents are at hand: rows per term, collinearity and design, the same numbers as from
    the rows.
    """
    frame = repeated(noise=0.25).assign(w=answers()["w"])
    columns = list("abcde")
    sums = cx.fit_moments(cx.Moments.from_frame(frame[[*columns, "y"]], frame["w"]), "y")
    rows = cx.fit_loyalty(
        study_of(frame[[*columns, "y", "nps", "yes", "w"]], "any", weight="w"), "y"
    )
    theirs, mine = (cx.diagnose(fit).set_index(["check", "touchpoint"]) for fit in (rows, sums))
    for check, touchpoint in [
        ("rows_used", ""),
        ("condition_index", ""),
        ("design_effect", ""),
        *(("vif", t) for t in columns),
    ]:
        assert mine.loc[(check, touchpoint), "statistic"] == pytest.approx(
            theirs.loc[(check, touchpoint), "statistic"], rel=1e-8
        )
    refuse_unsafe(sums)
    assert not {"users", "outcome_ceiling", "leverage"} & set(mine.index.get_level_values("check"))
    twins = frame.assign(e=frame["a"] + 0.01 * (np.arange(400) % 2))
    with pytest.raises(
        cx.ModelError, match=r"cannot be told from that of the others; \d+\.\d% of it is told by"
    ):
        refuse_unsafe(cx.fit_moments(cx.Moments.from_frame(twins[[*columns, "y"]]), "y"))
