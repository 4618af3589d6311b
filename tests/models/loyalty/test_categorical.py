"""Ordinal and binary loyalty through the front door: clm, svyolr, glm and statsmodels; weights,
accounts, answers that are no steps.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import cxlab as cx
from cxlab.stats.ordered import maximise
from cxlab.stats.sandwich import score_sandwich
from tests.many import parts, stacked
from tests.models.loyalty_studies import nps_frame, study

DRIVERS = [
    "web",
    "app",
    "store",
    "call",
    "chat",
    "onboard",
    "product",
    "billing",
    "delivery",
    "returns",
    "loyalty",
    "claims",
]


@pytest.fixture(scope="module")
def drv(reference):
    """gen_drv12.csv as a study: 2,000 rows, 12 touchpoints, NPS 0–10, repurchase, weights
    unused.
    """
    outcomes = {
        "nps": {"kind": "nps", "column": "nps"},
        "repurchase": {"kind": "binary", "column": "repurchase"},
    }
    return cx.Study.from_frame(
        reference.frame("gen_drv12"),
        {f"d_{name}": {"experience": name} for name in DRIVERS},
        outcomes,
        scales={"s": {"min": 1, "max": 7}},
    )


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("gen_npscat_logit", {"categories": "nps"}),
        ("gen_nps11_logit", {}),
        ("gen_npscat_probit", {"categories": "nps", "link": "probit"}),
    ],
)
def test_ordinal_equals_clm(reference, drv, name, keys):
    ref = reference.results("d_ordinal")[name]["clm"]
    fit = cx.fit_loyalty(drv, "nps", family="ordinal", **keys)
    tidy = fit.tidy()
    assert [term.removeprefix("d_") for term in tidy["term"]] == list(ref["coef"])
    for ours, theirs, rel in (
        ("estimate", "Estimate", 1e-9),
        ("std_error", "Std. Error", 1e-8),
        ("statistic", "z value", 1e-8),
        ("p_value", "Pr(>|z|)", 1e-6),
    ):
        assert tidy[ours].to_numpy() == pytest.approx(
            [row[theirs] for row in ref["coef"].values()], rel=rel
        )
    glance = fit.glance()
    assert glance["log_likelihood"].item() == pytest.approx(ref["logLik"], rel=1e-12)
    assert glance["bic"].item() == pytest.approx(ref["BIC"], rel=1e-10)
    k = len(fit.params)
    assert glance["aicc"].item() == pytest.approx(
        ref["AIC"] + 2 * k * (k + 1) / (2000 - k - 1), rel=1e-10
    )
    assert (
        fit.covariance == "information"
        and (fit.df == np.inf).all()
        and glance["gradient"].item() < 1e-12
    )


def test_binary_equals_glm(reference, drv):
    ref = reference.results("d_ordinal")["gen_repurchase_logit"]
    fit = cx.fit_loyalty(drv, "repurchase", family="binary")
    assert list(fit.params.index)[:2] == ["intercept", "d_web"]
    assert fit.params.to_numpy() == pytest.approx(
        [row["Estimate"] for row in ref["coef"].values()], rel=1e-9
    )
    # R's glm stops at a tolerance of 1e-8 on the deviance; its errors are those of the step before.
    assert fit.tidy()["std_error"].to_numpy() == pytest.approx(
        [row["Std. Error"] for row in ref["coef"].values()], rel=1e-5
    )
    assert fit.r_squared == pytest.approx(ref["mcfadden"], rel=1e-10)


def test_weights_equal_svyolr(reference):
    """R's svyolr stops at optim's tolerance with a numerical Hessian: ours has the higher
    likelihood, and agrees as far as that goes.
    """
    ref = reference.results("g_survey")["gen_gap_svyolr"]
    frame = reference.frame("gen_gap")
    points = {"expected": {"experience": "exp_product"}, "time": {"experience": "wave"}}
    gap = cx.Study.from_frame(
        frame,
        points,
        {"nps": {"kind": "nps", "column": "nps"}},
        scales={"s": {"min": 1, "max": 7}},
        weight="weight",
    )
    fit = cx.fit_loyalty(gap, family="ordinal", categories="nps")
    assert fit.covariance == "linearised"
    assert list(fit.params.index) == ["detractor|passive", "passive|promoter", "expected", "time"]
    assert fit.params.to_numpy() == pytest.approx(
        [*ref["zeta"].values(), *ref["coef"].values()], abs=1e-6
    )
    order = [2, 3, 0, 1]
    assert fit.cov.to_numpy() == pytest.approx(
        np.array(ref["vcov"]["values"])[np.ix_(order, order)], rel=2e-5
    )


def weighted_frame():
    frame = nps_frame(400)
    return frame.assign(y=(frame["y"] >= 8).astype(int))


def test_weighted_binary_equals_the_linearised_glm():
    """svyglm(quasibinomial) is the HC0 sandwich of the weighted scores times n/(n − 1); statsmodels
    gives that sandwich.
    """
    frame = weighted_frame()
    fit = cx.fit_loyalty(study(frame, "binary", weight="w"), family="binary")
    other = sm.GLM(
        frame["y"],
        sm.add_constant(frame[["t", "u", "v"]]),
        sm.families.Binomial(),
        var_weights=frame["w"],
    ).fit(cov_type="HC0", tol=1e-12)
    assert fit.params.to_numpy() == pytest.approx(other.params.to_numpy(), rel=1e-8)
    assert fit.tidy()["std_error"].to_numpy() == pytest.approx(
        other.bse.to_numpy() * np.sqrt(400 / 399), rel=1e-7
    )
    assert (fit.df == 400 - 4).all()


def test_clustered_binary_equals_statsmodels():
    frame = weighted_frame()
    fit = cx.fit_loyalty(study(frame, "binary", account="c"), family="binary")
    other = sm.Logit(frame["y"], sm.add_constant(frame[["t", "u", "v"]])).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": frame["c"]}
    )
    assert fit.covariance == "clustered" and (fit.df == 29).all()
    assert fit.tidy()["std_error"].to_numpy() == pytest.approx(other.bse.to_numpy(), rel=1e-6)


def test_sandwiches_are_one_family():
    """Every row its own cluster is the linearised error; a doubled row in one cluster of half
    weights changes nothing.
    """
    frame = nps_frame(300)
    x, codes = frame[["t", "u", "v"]].to_numpy(float), np.searchsorted([6.5, 8.5], frame["y"])
    w = frame["w"].to_numpy() / frame["w"].mean()
    at = maximise(x, codes, 3, w)
    scores, inverse = at.scores * w[:, None], np.linalg.inv(at.information)
    rows = score_sandwich("linearised", inverse, scores, True, None)
    alone = score_sandwich("clustered", inverse, scores, True, np.arange(300))
    doubled, pairs = np.repeat(scores / 2, 2, axis=0), np.repeat(np.arange(300), 2)
    assert alone == pytest.approx(rows)
    assert score_sandwich("clustered", inverse, doubled, True, pairs) == pytest.approx(rows)


def test_halved_duplicates_and_equal_weights_change_no_estimate():
    frame = nps_frame(250)
    once = cx.fit_loyalty(study(frame, weight="w"), family="ordinal")
    doubled = pd.concat([frame, frame], ignore_index=True).assign(w=lambda f: f["w"] / 2)
    twice = cx.fit_loyalty(study(doubled, weight="w"), family="ordinal")
    assert twice.params.to_numpy() == pytest.approx(once.params.to_numpy(), rel=1e-9)
    assert twice.r_squared == pytest.approx(once.r_squared, rel=1e-9)
    scaled = cx.fit_loyalty(study(frame.assign(w=frame["w"] * 1000), weight="w"), family="ordinal")
    assert scaled.cov.to_numpy() == pytest.approx(
        once.cov.to_numpy()
    ) and scaled.log_likelihood == pytest.approx(once.log_likelihood)


def test_probabilities_are_the_model_written_out():
    fit = cx.fit_loyalty(study(nps_frame()), family="ordinal", categories="nps")
    p = fit.probabilities()
    assert list(p.columns) == ["detractor", "passive", "promoter"] and p.index.equals(
        fit.design.y.index
    )
    assert p.sum(axis=1).to_numpy() == pytest.approx(1)
    eta = fit.design.x[["t", "u", "v"]] @ fit.params[["t", "u", "v"]]
    assert p["detractor"].to_numpy() == pytest.approx(
        1 / (1 + np.exp(eta - fit.params["detractor|passive"]))
    )
    assert fit.fitted().to_numpy() == pytest.approx(100 * (p["promoter"] - p["detractor"]))
    # Likelihood equations of a logit with an intercept: the expected shares are those observed.
    binary = cx.fit_loyalty(study(nps_frame()), family="binary")
    assert binary.probabilities()["promoter"].mean() == pytest.approx(
        (nps_frame()["y"] >= 9).mean()
    )
    better = fit.design.x.assign(t=7)
    assert (fit.expected(better) >= fit.fitted() - 1e-12).all() and len(
        fit.probabilities(better.head(3))
    ) == 3


def test_augment_and_glance_keep_the_contract():
    frame = nps_frame()
    frame.loc[:4, "t"] = 9
    for family, keys in (("ordinal", {}), ("ordinal", {"categories": "nps"}), ("binary", {})):
        fit = cx.fit_loyalty(study(frame), family=family, **keys)
        tidy, glance, augmented = fit.tidy(), fit.glance(), fit.augment()
        assert set(tidy) | set(glance) | set(augmented) <= set(cx.GLOSSARY) and len(glance) == 1
        pd.testing.assert_series_equal(
            augmented["observed"] - augmented["fitted"], augmented["residual"], check_names=False
        )
        assert augmented["used"].sum() == fit.n == 295 and augmented["observed"].notna().all()
    assert augmented["observed"].unique().tolist() in ([0.0, 1.0], [1.0, 0.0])


def test_r_squared_compares_with_the_null_likelihood():
    fit = cx.fit_loyalty(study(nps_frame()), family="ordinal")
    shares = np.bincount(fit.codes) / fit.n
    null = (np.bincount(fit.codes) * np.log(shares)).sum()
    assert fit.r_squared == pytest.approx(1 - fit.log_likelihood / null)


def test_what_binary_means_by_kind():
    frame = nps_frame()
    assert (cx.fit_loyalty(study(frame), family="binary").design.y == (frame["y"] >= 9)).all()
    five = frame.assign(y=np.clip(frame["y"] // 2, 1, 5))
    fit = cx.fit_loyalty(study(five, "csat", "five"), family="binary")
    assert (fit.design.y == (five["y"] >= 4)).all() and fit.categories == ("below_top2", "top2")


def test_answers_that_nobody_gave_have_no_threshold():
    frame = nps_frame().assign(y=lambda f: f["y"].clip(7, 9).replace(7, 2))
    fit = cx.fit_loyalty(study(frame), family="ordinal")
    assert [t for t in fit.params.index if "|" in t] == ["2|8", "8|9"] and fit.values == (
        2.0,
        8.0,
        9.0,
    )


PARTS = nps_frame().assign(y=lambda f: f["y"] + 0.5)


@pytest.mark.parametrize(
    ("make", "call", "message"),
    [
        (
            lambda: study(PARTS, "score", "wide"),
            {"family": "ordinal"},
            (
                "outcome y: 0.5 is not a whole number, so its answers are no ordered steps; use"
                " family='ols'"
            ),
        ),
        (
            lambda: study(nps_frame().assign(y=range(300)), "score", "wide"),
            {"family": "ordinal"},
            (
                "outcome y has 300 different answers: an ordinal model is for 15 ordered answers at"
                " most; use family='ols'"
            ),
        ),
        (
            lambda: study(nps_frame(), "amount"),
            {"family": "ordinal"},
            "outcome y is of kind amount: a quantity has no ordered answers; use family='ols'",
        ),
        (
            lambda: study(nps_frame(), "amount"),
            {"family": "binary"},
            (
                "outcome y is of kind amount: a binary model is for binary, nps (promoter) or csat"
                " (top two); use family='ols'"
            ),
        ),
        (
            lambda: study(nps_frame(), "score", "wide"),
            {"family": "ordinal", "categories": "nps"},
            (
                "outcome y is of kind score: categories='nps' is for kind nps; use"
                " categories='answers'"
            ),
        ),
        (
            lambda: study(nps_frame()),
            {"family": "ordinal", "categories": "thirds"},
            "categories='thirds': give answers or nps",
        ),
        (
            lambda: study(nps_frame()),
            {"family": "ordinal", "link": "cloglog"},
            "link='cloglog': give logit or probit",
        ),
        (
            lambda: study(nps_frame()),
            {"family": "ordinal", "covariance": "HC3"},
            (
                "covariance='HC3': an ordinal or binary model has information, linearised or"
                " clustered errors"
            ),
        ),
        (
            lambda: study(nps_frame()),
            {"family": "binary", "covariance": "clustered"},
            "covariance='clustered': no two rows of this study share an account or a panel member",
        ),
        (
            lambda: study(nps_frame(), weight="w"),
            {"family": "binary", "covariance": "information"},
            "covariance='information' would take sampling weights for counts; use linearised",
        ),
        (
            lambda: study(nps_frame().assign(y=10)),
            {"family": "ordinal"},
            "outcome y: all 300 answers are 10; nothing can be explained",
        ),
        (
            lambda: study(nps_frame().assign(y=10)),
            {"family": "binary"},
            "outcome y: all 300 answers are promoter; nothing can be explained",
        ),
        (
            lambda: study(nps_frame().assign(u=lambda f: 8 - f["t"])),
            {"family": "ordinal"},
            (
                "u follows exactly from t, so their effects cannot be told apart; leave one of them"
                " out (n = 300)"
            ),
        ),
        (
            lambda: study(nps_frame().head(12)),
            {"family": "ordinal"},
            (
                "outcome y: only 12 of 12 respondents answered all that is compared; 8 terms need"
                " at least 13: use fewer touchpoints, or another treatment of missing answers"
            ),
        ),
    ],
)
def test_bad_input_is_refused_by_name(make, call, message):
    with pytest.raises(cx.ModelError) as caught:
        cx.fit_loyalty(make(), **call)
    assert str(caught.value) == message


def test_non_convergence_is_refused(monkeypatch):
    monkeypatch.setattr("cxlab.stats.ordered.MOST_STEPS", 2)
    with pytest.raises(
        cx.ModelError,
        match=(
            r"outcome y: the likelihood did not reach its maximum; the largest gradient is .* per"
            r" row, and a touchpoint may separate"
        ),
    ):
        cx.fit_loyalty(study(nps_frame()), family="ordinal")


@pytest.mark.parametrize("weighting", ["none", "related", "accounts"])
def test_planted_intervals_hold(weighting):
    """Invariant by simulation: 95 % intervals of a planted slope cover it (full runs come with make
    calibrate).
    """
    frames = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        t, u = rng.integers(1, 8, (2, 240))
        account = rng.integers(0, 40, 240)
        weight = np.exp(-0.2 * (t - 4)) * rng.lognormal(0, 0.3, 240)
        frame = pd.DataFrame({"t": t, "u": u, "c": account, "w": weight})
        latent = 0.5 * (t - 4) + 0.3 * (u - 4) + rng.logistic(size=240)
        frame["y"] = np.array([3, 7, 8, 9, 10])[np.searchsorted([-2, -0.5, 0.5, 2], latent)]
        frames.append(frame)
    keys = {"none": {}, "related": {"weight": "w"}, "accounts": {"account": "c"}}[weighting]
    hits = 0
    for one in parts(study(stacked(frames), **keys), 60):
        row = cx.fit_loyalty(one, family="ordinal").tidy().set_index("term").loc["t"]
        hits += row["conf_low"] < 0.5 < row["conf_high"]
    assert 0.88 <= hits / 60 <= 1
