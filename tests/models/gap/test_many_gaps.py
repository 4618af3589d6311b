"""Many gap models at once: Holm's adjustment, lme4's random intercepts, and clusters for
weights.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.stats.multitest import multipletests

import cxlab as cx
from cxlab.models.gap.many_gaps import mixed_table
from tests import many as many_studies

LONG = ["store", "chat", "onboard", "product", "billing", "call", "web"]


def lme4_design(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns in lme4's order: touchpoints against app, segments against basic (its first)."""
    levels = sorted(frame["segment"].unique())
    x = pd.DataFrame({"intercept": 1.0, "wait": frame["wait"], "effort": frame["effort"]})
    x = x.assign(**{f"touchpoint{t}": (frame["touchpoint"] == t).astype(float) for t in LONG})
    return x.assign(**{f"segment{s}": (frame["segment"] == s).astype(float) for s in levels[1:]})


def test_random_intercept_equals_lme4(reference):
    """To 1e-4 as asked: lme4 and statsmodels are two numerical maximisers of the same restricted
    likelihood. Errors come to 1e-5 because they are (X'V⁻¹X)⁻¹ in closed form; statsmodels' own,
    from a Hessian, are up to 2e-4 off lme4's.
    """
    frame, ref = (
        reference.frame("gen_long").dropna(),
        reference.results("j_mixed")["random_intercept_reml"],
    )
    x = lme4_design(frame)
    assert len(frame) == ref["nobs"]
    table = mixed_table(frame["rating"], x, frame["resp"].to_numpy()).set_index("term")
    names = ["intercept", *[name for name in ref["fixef"] if name != "(Intercept)"]]
    assert set(names) == set(x.columns)
    for term, other in zip(names, ref["fixef"].values(), strict=True):
        assert table.loc[term, "estimate"] == pytest.approx(other["Estimate"], rel=1e-4)
        assert table.loc[term, "std_error"] == pytest.approx(other["Std. Error"], rel=1e-5)
        assert table.loc[term, "statistic"] == pytest.approx(other["t value"], rel=1e-4, abs=1e-4)
    between, within = (row["vcov"] for row in ref["varcomp"])
    assert table.loc[["variance_between", "variance_within"], "estimate"].tolist() == pytest.approx(
        [between, within], rel=1e-4
    )
    assert table.loc["icc", "estimate"] == pytest.approx(between / (between + within), rel=1e-4)
    assert (table["n"] == ref["nobs"]).all()


def test_icc_of_the_null_model_equals_lme4(reference):
    frame, ref = reference.frame("gen_long").dropna(), reference.results("j_mixed")["icc_null"]
    table = mixed_table(
        frame["rating"], pd.DataFrame({"intercept": np.ones(len(frame))}), frame["resp"].to_numpy()
    ).set_index("term")
    assert table.loc["intercept", "estimate"] == pytest.approx(
        ref["fixef"]["(Intercept)"]["Estimate"], rel=1e-4
    )
    assert table.loc["variance_between", "estimate"] == pytest.approx(
        ref["varcomp"][0]["vcov"], rel=1e-4
    )
    assert table.loc["icc", "estimate"] == pytest.approx(ref["R2_conditional"], rel=1e-4)


# ---- long form


def long_study(n: int = 120, seed: int = 0, **keys) -> tuple[cx.Study, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    person = rng.normal(size=n)
    frame = pd.DataFrame(
        {
            f"{t}_{r}": np.clip(
                np.round(4.5 + shift * (r == "p") + person + rng.normal(size=n)), 1, 7
            )
            for t, shift in (("app", 0), ("web", 0.7), ("shop", -0.5))
            for r in "ep"
        }
    )
    frame.loc[rng.random(n) < 0.2, "web_p"] = np.nan
    frame = frame.assign(
        g=rng.choice(["new", "old"], n), w=rng.uniform(0.5, 2, n), c=rng.integers(0, 25, n)
    )
    points = {t: {"expectation": f"{t}_e", "experience": f"{t}_p"} for t in ("app", "web", "shop")}
    return (
        cx.Study.from_frame(
            frame, points, {}, scales={"s": {"min": 1, "max": 7}}, segments=["g"], **keys
        ),
        frame,
    )


def stacked(frame: pd.DataFrame, gap: bool = True) -> pd.DataFrame:
    """The long table by pandas' own reshaping."""
    parts = [
        pd.DataFrame(
            {
                "who": frame.index,
                "t": t,
                "y": frame[f"{t}_p"] - (frame[f"{t}_e"] if gap else 0),
                "old": (frame["g"] == "old") * 1.0,
                "w": frame["w"],
                "c": frame["c"],
            }
        )
        for t in ("app", "web", "shop")
    ]
    return pd.concat(parts).dropna().reset_index(drop=True)


def design_of(long: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "intercept": 1.0,
            "touchpoint[web]": (long["t"] == "web") * 1.0,
            "touchpoint[shop]": (long["t"] == "shop") * 1.0,
            "g[old]": long["old"],
        }
    )


@pytest.mark.parametrize("response", ["gap", "experience"])
def test_mixed_long_form_is_that_of_the_reshaped_table(response):
    study, frame = long_study()
    mine = cx.fit_long(study, response, sources=["g"]).set_index("term")
    long = stacked(frame, response == "gap")
    other = sm.MixedLM(long["y"].to_numpy(), design_of(long).to_numpy(), groups=long["who"]).fit(
        reml=True, method="bfgs"
    )
    terms = ["intercept", "touchpoint[web]", "touchpoint[shop]", "g[old]"]
    assert mine.index.tolist() == [*terms, "variance_between", "variance_within", "icc"]
    assert mine.loc[terms, "estimate"].to_numpy() == pytest.approx(other.fe_params, rel=1e-4)
    assert mine.loc[terms, "std_error"].to_numpy() == pytest.approx(other.bse_fe, rel=1e-3)
    assert (mine["n"] == len(long)).all()


def test_in_a_panel_the_intercept_is_the_person_s_over_all_waves():
    rng = np.random.default_rng(0)
    person = rng.normal(size=80)
    waves = [
        pd.DataFrame(
            {
                "id": range(80),
                "wave": w,
                **{
                    f"{t}_p": np.clip(np.round(4 + person + rng.normal(size=80)), 1, 7)
                    for t in ("app", "web")
                },
            }
        )
        for w in (1, 2, 3)
    ]
    frame = pd.concat(waves, ignore_index=True)
    points = {t: {"experience": f"{t}_p"} for t in ("app", "web")}
    study = cx.Study.from_frame(
        frame,
        points,
        {},
        scales={"s": {"min": 1, "max": 7}},
        panel=True,
        wave="wave",
        respondent="id",
    )
    mine = cx.fit_long(study, "experience").set_index("term")
    y, web = frame[["app_p", "web_p"]].to_numpy().ravel(), np.tile([0.0, 1.0], 240)
    other = sm.MixedLM(
        y, np.column_stack([np.ones(480), web]), groups=np.repeat(frame["id"].to_numpy(), 2)
    ).fit(reml=True, method="bfgs")
    assert mine.loc["variance_between", "estimate"] == pytest.approx(
        float(other.cov_re[0, 0]), rel=1e-4
    )
    assert mine.loc["intercept", "std_error"] == pytest.approx(other.bse_fe[0], rel=1e-3)


@pytest.mark.parametrize(
    "keys", [{}, {"weight": "w"}, {"account": "c"}, {"weight": "w", "account": "c"}]
)
def test_clustered_long_form_equals_statsmodels(keys):
    study, frame = long_study(**keys)
    mine = cx.fit_long(study, "gap", sources=["g"], method="clustered").set_index("term")
    long = stacked(frame)
    weights = long["w"] if "weight" in keys else np.ones(len(long))
    groups = long["c"] if "account" in keys else long["who"]
    other = sm.WLS(long["y"], design_of(long), weights=weights).fit(
        cov_type="cluster", cov_kwds={"groups": groups}, use_t=True
    )
    assert mine["estimate"].to_numpy() == pytest.approx(other.params.to_numpy(), rel=1e-8)
    # CR2 itself is tested against its definition in tests/stats/test_sandwich.py; with so many
    # clusters statsmodels' CR1 is near.
    assert mine["std_error"].to_numpy() == pytest.approx(other.bse.to_numpy(), rel=0.1)


def test_long_form_refusals():
    study, _ = long_study()
    weighted, _ = long_study(weight="w")
    for call, message in (
        (lambda: cx.fit_long(study, method="bayes"), "method='bayes': give mixed or clustered"),
        (
            lambda: cx.fit_long(weighted),
            (
                "a random-intercept model has no sound form with sampling weights; use"
                " method='clustered'"
            ),
        ),
        (
            lambda: cx.fit_long(study, "stage"),
            "response='stage': give gap, experience, expectation, adequate, importance, emotion or"
            " effort",
        ),
        (
            lambda: cx.fit_long(study, "emotion"),
            "response='emotion': a long model needs two touchpoints that ask it, this study has 0",
        ),
    ):
        with pytest.raises(cx.ModelError) as caught:
            call()
        assert str(caught.value) == message


@pytest.mark.filterwarnings("error")
def test_a_variance_at_the_edge_is_nought_and_warns_of_nothing():
    """Ratings of one person that have nothing in common: the variance between persons is 0, the
    edge of what it can be.
    """
    y = np.tile([1.0, -1.0], 60) + np.random.default_rng(0).normal(0, 0.01, 120)
    table = mixed_table(
        pd.Series(y), pd.DataFrame({"intercept": np.ones(120)}), np.repeat(np.arange(60), 2)
    ).set_index("term")
    assert table.loc["icc", "estimate"] < 1e-6
    assert table.loc["intercept", "estimate"] == pytest.approx(y.mean(), abs=1e-9)


def test_what_did_not_converge_is_refused(monkeypatch):
    monkeypatch.setattr("cxlab.stats.random_intercept.FLAT", 0.0)
    study, _ = long_study()
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_long(study, "gap")
    assert str(caught.value).startswith(
        "the random-intercept model did not reach a maximum (bfgs: gradient "
    )
    assert str(caught.value).endswith(" per row); use method='clustered'")


# ---- fit_gaps


def drawn(n: int, touchpoints: int, seed: int, effect: float = 0.0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {f"t{i}_{r}": rng.integers(1, 8, n) for i in range(touchpoints) for r in "ep"}
    )
    frame["y"] = effect * frame["t0_p"] + rng.normal(size=n)
    frame["t9_e"], frame["t9_p"] = 5, rng.integers(1, 8, n)
    return frame


def study_of(frame: pd.DataFrame, touchpoints: int) -> cx.Study:
    points = {
        f"t{i}": {"expectation": f"t{i}_e", "experience": f"t{i}_p", "scale": "s"}
        for i in [*range(touchpoints), 9]
    }
    scales = {"s": {"min": 1, "max": 7}, "y": {"min": -99, "max": 99, "whole": False}}
    return cx.Study.from_frame(
        frame, points, {"y": {"kind": "score", "column": "y", "scale": "y"}}, scales=scales
    )


def many(n: int = 150, touchpoints: int = 4, seed: int = 0, effect: float = 0.0) -> cx.Study:
    return study_of(drawn(n, touchpoints, seed, effect), touchpoints)


def test_one_frame_is_the_single_fits():
    study = many(effect=0.5)
    table = cx.gap.fit_gaps(study, "y")
    for touchpoint in ("t0", "t3"):
        fit = cx.fit_gap(study, touchpoint, outcome="y")
        part = table[table["touchpoint"] == touchpoint].set_index("term")
        single = (
            pd.concat([fit.tidy(), cx.surface(fit, n_boot=0).head(4)])
            .set_index("term")
            .drop(index="intercept")
        )
        assert part.index.tolist() == single.index.tolist()
        columns = ["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]
        assert part[columns].to_numpy(dtype=float) == pytest.approx(
            single[columns].to_numpy(dtype=float), rel=1e-10
        )
        assert (part["r_squared"] == fit.r_squared).all()
        assert (part["n"] == 150).all()


def test_holm_is_over_touchpoints_term_by_term():
    table = cx.gap.fit_gaps(many(effect=0.1), "y", form="E+P")
    assert set(table["term"]) == {"expectation", "experience", ""}
    for term in ("expectation", "experience"):
        part = table[table["term"] == term]
        assert len(part) == 4
        assert part["p_holm"].to_numpy() == pytest.approx(
            multipletests(part["p_value"], method="holm")[1]
        )
        assert (part["p_holm"] >= part["p_value"]).all()


def test_a_touchpoint_that_cannot_be_fitted_has_its_reason():
    table = cx.gap.fit_gaps(many(), "y")
    refused = table[table["note"] != ""]
    assert refused[["touchpoint", "note"]].values.tolist() == [
        ["t9", "touchpoint t9: all 150 answers to expectation are 5"]
    ]
    assert refused[["estimate", "p_value", "p_holm"]].isna().all().all()
    # also where the study's own outcome is taken
    assert set(cx.gap.fit_gaps(many())["outcome"]) == {"y"}
    with pytest.raises(cx.ModelError) as caught:
        cx.gap.fit_gaps(many(), "y", touchpoints=["t9"])
    assert (
        str(caught.value)
        == "no touchpoint can be fitted; the first says: touchpoint t9: all 150 answers to"
        " expectation are 5"
    )


def test_holm_keeps_false_finds_rare():
    """Twelve touchpoints that matter nothing: unadjusted, most studies have a find; adjusted by
    Holm, few.
    """
    plain, adjusted = 0, 0
    whole = study_of(many_studies.stacked([drawn(60, 12, seed) for seed in range(15)]), 12)
    for study in many_studies.parts(whole, 15):
        table = cx.gap.fit_gaps(study, "y", form="P")
        plain += table["p_value"].min() < 0.05
        adjusted += table["p_holm"].min() < 0.05
    assert plain >= 4
    assert adjusted <= 3
