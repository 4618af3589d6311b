"""Firth's penalty: the published analysis, the closed form of a 2×2 table, and the definition
maximised by other means.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, special, stats

import cxlab as cx
from tests.models.loyalty_studies import study

# Heinze & Schemper (2002), Stat. Med. 21:2409: 79 cases of endometrial cancer. NV, pulsatility
# index, endometrium height in 1/100, high grade.
ENDOMETRIAL = """
0 13 164 0  0 16 226 0  0 8 314 0  0 34 268 0  0 20 128 0  0 5 231 0  0 17 180 0  0 10 168 0
0 26 156 0  0 17 231 0  0 8 201 0  0 7 189 0  0 20 315 0  0 10 123 0  0 18 127 0  0 16 176 0
0 18 200 0  0 8 264 1  0 29 88 1  0 12 127 1  0 20 137 1  1 38 97 1  1 22 114 1  1 7 88 1
1 25 91 1  1 15 58 1  0 7 97 1  0 28 150 0  0 11 133 0  0 19 237 0  0 10 182 0  0 10 313 0
0 18 131 0  0 14 192 0  0 21 164 0  0 11 201 0  0 17 188 0  0 25 193 0  0 16 211 0  0 19 129 0
0 15 172 0  0 33 75 0  0 24 192 0  0 48 184 1  0 12 111 1  0 19 161 1  0 2 118 1  1 22 144 1
1 40 118 1  1 5 93 1  1 0 117 1  0 21 119 1  0 15 106 1  0 29 202 0  0 15 229 0  0 12 233 0
0 3 290 0  0 20 170 0  0 23 141 0  0 12 225 0  0 22 154 0  0 42 197 0  0 15 175 0  0 13 216 0
0 14 257 0  0 19 137 0  0 12 361 0  0 13 204 0  0 10 217 0  0 12 169 1  1 49 27 1  0 6 184 1
0 5 130 1  0 17 96 1  1 11 101 1  1 21 98 1  0 5 35 1  1 19 102 1  0 33 85 1
"""


@pytest.fixture(scope="module")
def endometrial() -> pd.DataFrame:
    table = np.array(ENDOMETRIAL.split(), dtype=float).reshape(-1, 4)
    return pd.DataFrame(table, columns=["nv", "pi", "eh", "y"]).assign(eh=lambda f: f["eh"] / 100)


def firth(frame: pd.DataFrame, **keys) -> cx.Fit:
    return cx.fit_loyalty(
        study(frame, "binary", ratings="wide", **keys), family="binary", penalty="firth"
    )


def test_endometrial_equals_the_published_analysis(endometrial):
    """Estimates and profile intervals as R's logistf prints them (its own tolerance is 1e-5)."""
    with pytest.raises(
        cx.ModelError,
        match="touchpoint nv separates the 79 answers but for ties.*use penalty='firth'",
    ):
        cx.fit_loyalty(study(endometrial, "binary", ratings="wide"), family="binary")
    tidy = firth(endometrial).tidy().set_index("term")
    published = {
        "intercept": (3.77455951, 1.0825371, 7.20928050),
        "nv": (2.92927330, 0.6097244, 7.85463171),
        "pi": (-0.03475175, -0.1244587, 0.04045547),
        "eh": (-2.60416387, -4.3651832, -1.23272106),
    }
    for term, row in published.items():
        assert tidy.loc[term, ["estimate", "conf_low", "conf_high"]].tolist() == pytest.approx(
            row, rel=2e-5
        ), term


@pytest.mark.parametrize("cells", [(12, 0, 5, 9), (7, 3, 2, 8), (20, 0, 0, 15)])
def test_two_by_two_is_half_a_case_added_to_each_cell(cells):
    a, b, c, d = cells
    fit = firth(
        pd.DataFrame(
            {"t": [1] * (a + b) + [0] * (c + d), "y": [1] * a + [0] * b + [1] * c + [0] * d}
        )
    )
    assert fit.params["intercept"] == pytest.approx(
        np.log((c + 0.5) / (d + 0.5)), rel=1e-9, abs=1e-9
    )
    assert fit.params["t"] == pytest.approx(
        np.log((a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5))), rel=1e-9
    )


def penalised(beta: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    p = special.expit(x @ beta)
    return (
        y @ np.log(p)
        + (1 - y) @ np.log1p(-p)
        + np.linalg.slogdet((x * (p * (1 - p))[:, None]).T @ x)[1] / 2
    )


def test_estimate_and_ends_are_those_of_the_definition(endometrial):
    """scipy maximises the definition: the estimate is its top, and at each end it has dropped by
    half the χ² quantile.
    """
    fit = firth(endometrial)
    x, y = fit.design.x.to_numpy(), fit.design.y.to_numpy()
    top = optimize.minimize(
        lambda b: -penalised(b, x, y),
        np.zeros(4),
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 20000, "maxfev": 20000},
    )
    assert fit.params.to_numpy() == pytest.approx(top.x, abs=1e-5)
    best = penalised(fit.params.to_numpy(), x, y)
    assert best == pytest.approx(-top.fun, abs=1e-9)
    row = fit.tidy(conf_level=0.9).set_index("term").loc["nv"]
    for end in (row["conf_low"], row["conf_high"]):
        held = optimize.minimize(
            lambda b, end=end: -penalised(np.array([b[0], end, b[1], b[2]]), x, y),
            fit.params.drop("nv"),
            method="Nelder-Mead",
            options={"xatol": 1e-8, "fatol": 1e-11, "maxfev": 9000},
        )
        assert 2 * (best + held.fun) == pytest.approx(stats.chi2.ppf(0.9, 1), abs=1e-5)
    none = optimize.minimize(
        lambda b: -penalised(np.array([b[0], 0, b[1], b[2]]), x, y),
        fit.params.drop("nv"),
        method="Nelder-Mead",
        options={"xatol": 1e-8, "fatol": 1e-11, "maxfev": 9000},
    )
    assert row["p_value"] == pytest.approx(stats.chi2.sf(2 * (best + none.fun), 1), rel=1e-4)
    assert row["statistic"] ** 2 == pytest.approx(2 * (best + none.fun), rel=1e-4)


def test_complete_separation_has_a_finite_answer():
    t = np.tile(np.arange(1, 8), 12)
    fit = firth(
        pd.DataFrame(
            {"t": t, "u": np.random.default_rng(0).integers(1, 8, 84), "y": (t > 4).astype(int)}
        )
    )
    row = fit.tidy().set_index("term").loc["t"]
    assert 0 < row["conf_low"] < row["estimate"] < row["conf_high"] < np.inf
    assert fit.glance()["covariance"].item() == "profile" and np.isnan(fit.glance()["aicc"].item())


def test_with_many_rows_the_penalty_fades():
    """Invariant: the bias it removes is of order 1/n, so on 4,000 overlapping rows it is the
    likelihood's own estimate.
    """
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.integers(1, 8, (4000, 3)), columns=["t", "u", "v"])
    frame["y"] = (frame @ [0.5, 0.2, 0.0] + rng.logistic(size=4000) > 3).astype(int)
    ours, plain = firth(frame), cx.fit_loyalty(study(frame, "binary"), family="binary")
    assert ours.params.to_numpy() == pytest.approx(plain.params.to_numpy(), abs=0.01)
    assert ours.tidy()["conf_low"].to_numpy() == pytest.approx(
        plain.tidy()["conf_low"].to_numpy(), abs=0.02
    )
    assert (np.abs(ours.params) < np.abs(plain.params)).all()


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            {"weight": "w"},
            (
                "penalty='firth' takes rows as independent and equal: with sampling weights,"
                " accounts or a panel it has no sound form; leave the touchpoint out instead"
            ),
        ),
        (
            {"account": "c"},
            (
                "penalty='firth' takes rows as independent and equal: with sampling weights,"
                " accounts or a panel it has no sound form; leave the touchpoint out instead"
            ),
        ),
    ],
)
def test_no_sound_form_is_refused(endometrial, keys, message):
    frame = endometrial.assign(w=np.linspace(0.5, 2, 79), c=np.arange(79) % 20)
    with pytest.raises(cx.ModelError) as caught:
        firth(frame, **keys)
    assert str(caught.value) == message


def test_a_constant_outcome_is_refused(endometrial):
    with pytest.raises(cx.ModelError) as caught:
        firth(endometrial.assign(y=1))
    assert str(caught.value) == "outcome y: all 79 answers are 1; nothing can be explained"


def test_non_convergence_is_refused(endometrial, monkeypatch):
    monkeypatch.setattr("cxlab.stats.firth.MOST_STEPS", 2)
    with pytest.raises(cx.ModelError) as caught:
        firth(endometrial)
    assert (
        str(caught.value)
        == "outcome y: the penalised likelihood did not reach its maximum in 2 steps; use fewer"
        " touchpoints, or family='ols'"
    )
