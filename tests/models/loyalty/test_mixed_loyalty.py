"""Loyalty with a random intercept: lme4's numbers through the front door, a planted spread between
accounts, and what is refused.
"""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from tests.models.loyalty_studies import nps_frame, study

ANY = {"any": {"min": -1e6, "max": 1e6, "whole": False}}


@pytest.fixture(scope="module")
def long(reference):
    """gen_long.csv: one row a respondent and touchpoint; what explains the rating is declared as
    touchpoints, waves and segments.
    """
    frame = reference.frame("gen_long").dropna()
    points = {"waiting": {"experience": "wait"}, "hassle": {"experience": "effort"}}
    keys = {
        "scales": ANY,
        "respondent": "resp",
        "panel": True,
        "wave": "touchpoint",
        "segments": ["segment"],
    }
    return cx.Study.from_frame(
        frame, points, {"rating": {"kind": "score", "column": "rating"}}, **keys
    )


def test_equals_lme4(reference, long):
    """To 1e-4 as asked (two numerical maximisers of one likelihood), errors to 1e-5 because they
    are in closed form.
    """
    ref = reference.results("j_mixed")["random_intercept_reml"]
    fit = cx.fit_loyalty(long, family="mixed", controls=["touchpoint", "segment"])
    tidy = fit.tidy().set_index("term")
    rename = {"(Intercept)": "intercept", "wait": "waiting", "effort": "hassle"}
    for name, other in ref["fixef"].items():
        term = rename.get(name) or next(
            f"{kind}[{name.removeprefix(kind)}]"
            for kind in ("touchpoint", "segment")
            if name.startswith(kind)
        )
        assert tidy.loc[term, "estimate"] == pytest.approx(other["Estimate"], rel=1e-4), term
        assert tidy.loc[term, "std_error"] == pytest.approx(other["Std. Error"], rel=1e-5), term
    glance = fit.glance().iloc[0]
    between, within = (row["vcov"] for row in ref["varcomp"])
    assert [glance["variance_between"], glance["variance_within"]] == pytest.approx(
        [between, within], rel=1e-4
    )
    assert glance["icc"] == pytest.approx(between / (between + within), rel=1e-4)
    assert glance["log_likelihood"] == pytest.approx(ref["logLik"], rel=1e-6)
    assert glance["r_squared"] == pytest.approx(ref["R2_marginal"], rel=1e-4)
    assert glance["n"] == ref["nobs"] and glance["clusters"] == len(long.respondents.unique())


def test_controls_have_no_touchpoint(long):
    fit = cx.fit_loyalty(long, family="mixed", controls=["touchpoint", "segment"])
    assert (
        fit.design.controls == tuple(fit.params.index[3:])
        and (fit.tidy()["touchpoint"][3:] == "").all()
    )
    assert list(fit.tidy()["touchpoint"][:3]) == ["", "waiting", "hassle"]


def test_degrees_of_freedom_are_between_and_within(long):
    """nlme's rule by hand: what never changes within a respondent is judged by their number, the
    rest by the rows.
    """
    fit = cx.fit_loyalty(long, family="mixed", controls=["touchpoint", "segment"])
    groups, n = len(long.respondents.unique()), fit.n
    constant = ["segment[new]", "segment[premium]"]
    inner = len(fit.params) - 1 - len(constant)
    assert (fit.df[constant] == groups - 1 - len(constant)).all()
    assert (fit.df.drop(constant) == n - groups - inner).all()
    from scipy import stats

    row = fit.tidy(conf_level=0.9).set_index("term").loc["segment[new]"]
    assert row["conf_high"] - row["estimate"] == pytest.approx(
        stats.t.ppf(0.95, groups - 3) * row["std_error"]
    )


def test_contract_of_a_fit():
    fit = cx.fit_loyalty(study(nps_frame(), account="c"), family="mixed")
    tidy, glance, augmented = fit.tidy(), fit.glance(), fit.augment()
    assert set(tidy) | set(glance) | set(augmented) <= set(cx.GLOSSARY) and len(glance) == 1
    pd.testing.assert_series_equal(
        augmented["observed"] - augmented["fitted"], augmented["residual"], check_names=False
    )
    assert glance["covariance"].item() == "reml" and glance["gradient"].item() < 1e-4


def test_planted_spread_between_accounts_is_found():
    rng = np.random.default_rng(4)
    c = np.repeat(np.arange(80), 12)
    t = rng.integers(1, 8, 960)
    y = 5 + 0.5 * t + rng.normal(0, 1, 80)[c] + rng.normal(0, 2, 960)
    fit = cx.fit_loyalty(
        study(pd.DataFrame({"t": t, "y": y, "c": c}), "score", "wide", account="c"), family="mixed"
    )
    assert fit.variance_between == pytest.approx(
        1, abs=0.45
    ) and fit.variance_within == pytest.approx(4, abs=0.5)
    assert abs(fit.params["t"] - 0.5) < 3 * fit.tidy()["std_error"][1]


def test_any_declared_split_may_group():
    frame = nps_frame(400).assign(wave=np.arange(400) % 8)
    fit = cx.fit_loyalty(study(frame, wave="wave", segments=["seg"]), family="mixed", group="wave")
    assert fit.design.sample.units == 8 and fit.glance()["clusters"].item() == 8


@pytest.mark.parametrize("family", ["ols", "mixed", "ordinal"])
def test_a_row_without_an_account_is_a_unit_of_its_own(family):
    """As in metrics: nobody is left out, and blanks are not one large account."""
    frame = nps_frame()
    blank = frame.index < 6
    frame["c"] = frame["c"].astype(str).mask(blank, "")
    named = frame.assign(c=frame["c"].mask(blank, "own" + frame.index.astype(str)))
    fit, other = (cx.fit_loyalty(study(one, account="c"), family=family) for one in (frame, named))
    assert fit.n == 300 and fit.design.sample.units == other.design.sample.units
    assert fit.tidy()["std_error"].tolist() == pytest.approx(other.tidy()["std_error"].tolist())


@pytest.mark.parametrize("family", ["ols", "ordinal"])
def test_an_account_column_without_accounts_is_none(family):
    frame = nps_frame()
    whole, blank = study(frame), study(frame.assign(c=""), account="c")
    fits = [cx.fit_loyalty(one, family=family).tidy() for one in (whole, blank)]
    assert fits[0]["std_error"].tolist() == pytest.approx(fits[1]["std_error"].tolist(), rel=1e-3)
    with pytest.raises(cx.ModelError, match="no two rows of this study share an account"):
        cx.fit_loyalty(blank, family="mixed")
    with pytest.raises(cx.ModelError, match="each of the 300 groups has one row"):
        own = study(frame.assign(c=range(300)), segments=["c"])
        cx.fit_loyalty(own, family="mixed", group="c")


def alike(n: int = 200) -> pd.DataFrame:
    """Accounts whose members differ from each other more than chance would have it: the variance
    between accounts is at 0.
    """
    frame = nps_frame(n, slopes=(0.5,)).assign(c=np.arange(n) // 2)
    return frame.assign(y=np.where(np.arange(n) % 2, 9, 3))


@pytest.mark.parametrize(
    ("frame", "declared", "call", "message"),
    [
        (
            nps_frame(),
            {"account": "c", "weight": "w"},
            {},
            (
                "family='mixed' has no sound form with sampling weights (they would have to be"
                " known at both levels); use family='ols', whose errors are clustered"
            ),
        ),
        (
            nps_frame(),
            {},
            {},
            (
                "family='mixed' needs groups: no two rows of this study share an account or a panel"
                " member; name a split by group="
            ),
        ),
        (
            nps_frame(),
            {"account": "c"},
            {"covariance": "HC3"},
            "covariance='HC3' has no meaning for this model (family mixed); leave it out",
        ),
        (
            nps_frame(),
            {"account": "c"},
            {"group": "branch"},
            "by='branch': this study declares no such split; it has: account",
        ),
        (
            nps_frame().assign(c=range(300)),
            {"account": "c"},
            {},
            (
                "family='mixed' needs groups: no two rows of this study share an account or a panel"
                " member; name a split by group="
            ),
        ),
        (
            nps_frame().assign(c=lambda f: f["c"] % 2),
            {"account": "c"},
            {},
            (
                "the 300 answers come from too few accounts (or panel members), or from very uneven"
                " ones; they count as 2.0 of equal size, and a margin of error takes 3"
            ),
        ),
    ],
)
def test_what_has_no_sound_form_is_refused(frame, declared, call, message):
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_loyalty(study(frame, **declared), family="mixed", **call)
    assert str(caught.value) == message


def test_non_convergence_is_refused(monkeypatch):
    monkeypatch.setattr("cxlab.stats.random_intercept.FLAT", 0.0)
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_loyalty(study(nps_frame(), account="c"), family="mixed")
    assert str(caught.value).startswith(
        "the random-intercept model did not reach a maximum (bfgs: gradient "
    ) and str(caught.value).endswith("use family='ols'")


@pytest.mark.filterwarnings("error")
def test_no_spread_between_accounts_is_nought_or_refused_without_a_warning():
    try:
        fit = cx.fit_loyalty(study(alike(), account="c"), family="mixed")
    except cx.ModelError as error:
        assert "use family='ols'" in str(error)
    else:
        assert fit.icc < 1e-4
