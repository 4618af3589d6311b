"""Losses against gains: R's slopes, the test of equal slopes, and Fieller's set by its
definition.
"""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

import cxlab as cx
from cxlab.models.gap.disconfirmation import fieller
from tests.models.gap_studies import arrays, by_hand, planted
from tests.stats.test_sandwich import by_definition

LOSSES = {"loss": 0.9, "gain": 0.3}


def regressors(study: cx.Study, expectation: bool = False) -> tuple[np.ndarray, np.ndarray]:
    e, p, y = arrays(study)
    gap = p - e
    columns = [np.ones_like(gap), np.minimum(gap, 0), np.maximum(gap, 0)] + (
        [e] if expectation else []
    )
    return np.column_stack(columns), y


def test_slopes_equal_r(reference):
    ref = reference.results("k_prca_gap")["gap_models_product"]
    table = cx.disconfirmation(reference.gap(), "product", outcome="osat", n_boot=0).set_index(
        "term"
    )
    for term, model, name in (
        ("gap", "gap_only", "gap"),
        ("loss", "signed", "neg"),
        ("gain", "signed", "pos"),
    ):
        assert table.loc[term, "estimate"] == pytest.approx(
            ref[model]["coef"][name]["Estimate"], rel=1e-8
        )
    pos, neg = (ref["signed"]["coef"][name]["Estimate"] for name in ("pos", "neg"))
    assert table.loc["slope_difference", "estimate"] == pytest.approx(neg - pos, rel=1e-8)
    assert table.loc["loss_ratio", "estimate"] == pytest.approx(neg / pos, rel=1e-8)
    assert (table["n"] == 1500).all()


def freedom(x: np.ndarray, w: np.ndarray, line: np.ndarray) -> float:
    """Bell & McCaffrey's degrees of freedom by their definition: from the eigenvalues of the n × n
    form of an HC2 variance.
    """
    inverse = np.linalg.inv(x.T @ (x * w[:, None]))
    hat = x @ inverse @ (x * w[:, None]).T
    form = (
        (np.eye(len(x)) - hat).T
        * ((x @ inverse @ line * w) ** 2 / (1 - np.diag(hat)))
        @ (np.eye(len(x)) - hat)
    )
    roots = np.linalg.eigvalsh(form)
    return roots.sum() ** 2 / (roots**2).sum()


@pytest.mark.parametrize("expectation", [False, True])
@pytest.mark.parametrize("keys", [{}, {"weights": True}])
def test_errors_and_tests_equal_statsmodels(keys, expectation):
    study = planted(LOSSES | {"expectation": 0.2}, n=200, **keys)
    table = cx.disconfirmation(study, "delivery", with_expectation=expectation, n_boot=0).set_index(
        "term"
    )
    x, y = regressors(study, expectation)
    w = np.ones(200) if study.weights is None else study.weights.to_numpy()
    other = sm.WLS(y, x, weights=w).fit(cov_type="HC2")
    cov = np.asarray(other.cov_params())
    line = np.array([0, 1, -1, 0][: x.shape[1]])
    df = freedom(x, w, line)
    terms = ["loss", "gain", *(["expectation"] if expectation else [])]
    assert table.loc[terms, "estimate"].to_numpy() == pytest.approx(other.params[1:], rel=1e-8)
    assert table.loc[terms, "std_error"].to_numpy() == pytest.approx(
        np.sqrt(np.diag(cov))[1:], rel=1e-8
    )
    error = np.sqrt(cov[1, 1] + cov[2, 2] - 2 * cov[1, 2])
    t = (other.params[1] - other.params[2]) / error
    told = table.loc["slope_difference", ["std_error", "statistic", "p_value"]].tolist()
    assert told == pytest.approx([error, t, 2 * stats.t.sf(abs(t), df)], rel=1e-8)
    ratio = other.params[1] / other.params[2]
    slope = np.array([1, -ratio]) / other.params[2]
    assert table.loc["loss_ratio", "std_error"] == pytest.approx(
        np.sqrt(slope @ cov[1:3, 1:3] @ slope), rel=1e-8
    )
    assert table.loc["loss_ratio", ["statistic", "p_value"]].isna().all()
    symmetric = np.column_stack([x[:, 0], x[:, 1] + x[:, 2], x[:, 3:]])
    assert table.loc["gap", "estimate"] == pytest.approx(by_hand(symmetric, y, w)[1], rel=1e-8)


def not_rejected(ratio: float, b: tuple, cov: np.ndarray, critical: float) -> bool:
    """Fieller's set: the λ at which b_loss − λ·b_gain = 0 is not rejected."""
    line = np.array([1, -ratio])
    return abs(line @ np.array(b)) <= critical * np.sqrt(line @ cov @ line)


@pytest.mark.parametrize("seed", range(6))
def test_fieller_s_ends_are_where_the_test_turns(seed):
    study = planted({"loss": 0.9, "gain": 0.5}, n=150, noise=1, seed=seed)
    fit = cx.fit_gap(study, "delivery", form="asymmetric", covariance="HC2")
    x, _y = regressors(study)
    critical = stats.t.ppf(0.975, freedom(x, np.ones(len(x)), np.array([0, 1, -1])))
    b, cov = tuple(fit.params[["loss", "gain"]]), fit.cov.iloc[1:, 1:].to_numpy()
    table = cx.disconfirmation(study, "delivery", n_boot=0).set_index("term")
    row = table.loc["loss_ratio"]
    equal = table.loc["slope_difference", "p_value"] >= 0.05
    assert (row["conf_low"] <= 1 <= row["conf_high"]) == equal
    assert row["note"] == ""
    assert row["conf_low"] < row["estimate"] < row["conf_high"]
    for end, outward in ((row["conf_low"], -1), (row["conf_high"], 1)):
        assert not_rejected(end - outward * 1e-6, b, cov, critical)
        assert not not_rejected(end + outward * 1e-6, b, cov, critical)
        t = (b[0] - end * b[1]) / np.sqrt(np.array([1, -end]) @ cov @ np.array([1, -end]))
        assert abs(t) == pytest.approx(critical, rel=1e-8)


@pytest.mark.parametrize(
    ("b", "note"), [((0.9, 0.05), "excluded"), ((0.05, 0.05), "unbounded"), ((0.9, 0.6), "")]
)
def test_fieller_says_when_the_set_has_no_ends(b, note):
    cov = np.array([[0.01, 0.002], [0.002, 0.01]])
    low, high, said = fieller(*b, cov, 1.96)
    assert said == note
    held = [not_rejected(ratio, b, cov, 1.96) for ratio in np.linspace(-1e4, 1e4, 200_001)]
    if note == "":
        assert low < high
        assert not held[0] and not held[-1]
    else:
        # Both far ends of the line belong to the set; "excluded" has a hole around 0, "unbounded"
        # none.
        assert np.isnan([low, high]).all()
        assert held[0] and held[-1]
        assert all(held) == (note == "unbounded")


def test_bootstrap_is_that_of_refits():
    study = planted(LOSSES, n=100, weights=True)
    x, y = regressors(study)
    w, draws = study.weights.to_numpy(), []
    for rows in np.random.default_rng(5).integers(0, 100, size=(200, 100)):
        b = by_hand(x[rows], y[rows], w[rows])
        gap = by_hand(np.column_stack([x[rows, 0], x[rows, 1] + x[rows, 2]]), y[rows], w[rows])[1]
        draws.append([gap, b[1], b[2], b[1] - b[2], b[1] / b[2]])
    table = cx.disconfirmation(study, "delivery", n_boot=200, seed=5)
    table = table[table["term"] != "asymmetry"]
    assert (
        pytest.approx(np.quantile(draws, [0.025, 0.975], axis=0), rel=1e-7)
        == table[["boot_low", "boot_high"]].to_numpy().T
    )


def test_expectation_row_of_the_bootstrap():
    study = planted(LOSSES | {"expectation": 0.3}, n=300)
    table = cx.disconfirmation(study, "delivery", with_expectation=True, n_boot=500).set_index(
        "term"
    )
    row = table.loc["expectation"]
    assert row["boot_low"] < row["estimate"] < row["boot_high"]
    assert (row["boot_high"] - row["boot_low"]) == pytest.approx(
        row["conf_high"] - row["conf_low"], rel=0.2
    )
    assert row["estimate"] == pytest.approx(0.3, abs=4 * row["std_error"])


def test_a_planted_loss_ratio_is_found():
    table = cx.disconfirmation(planted(LOSSES, n=2000), "delivery").set_index("term")
    row = table.loc["loss_ratio"]
    assert row["conf_low"] < 3 < row["conf_high"]
    assert row["boot_low"] < 3 < row["boot_high"]
    assert table.loc["asymmetry", "p_value"] < 1e-6


def test_one_who_gained_is_too_few():
    from tests.models.gap_studies import study_of

    rng = np.random.default_rng(0)
    e, p, y = rng.integers(4, 7, 100), rng.integers(1, 5, 100), rng.normal(size=100)
    p = np.minimum(e, p)
    with pytest.raises(cx.ModelError) as caught:
        cx.disconfirmation(study_of(e, p, y), "delivery")
    assert (
        str(caught.value)
        == "touchpoint delivery: none of 100 respondents got more than expected; gains cannot be"
        " set against losses"
    )
    p[0] = e[0] + 1
    with pytest.raises(cx.ModelError) as caught:
        cx.disconfirmation(study_of(e, p, y), "delivery")
    assert str(caught.value).startswith(
        "touchpoint delivery: one respondent of 100 alone decides the term gain"
    )
    p[1] = e[1] + 2
    # Of two the error rests on one degree of freedom; of five it is known.
    with pytest.raises(cx.ModelError, match="^delivery: nearly all of 100 respondents answer"):
        cx.disconfirmation(study_of(e, p, y), "delivery")
    p[2:5] = e[2:5] + 1
    table = cx.disconfirmation(study_of(e, p, y), "delivery", n_boot=300)
    assert table["std_error"].notna().all()


@pytest.mark.parametrize("keys", [{}, {"weights": True}, {"clusters": 40}])
def test_asymmetry_is_the_kink_beside_a_mean_for_each_rating(keys):
    """By statsmodels with a dummy for each of the seven ratings and E: the kink |P − E| has half
    the difference of the slopes, with the other sign.
    """
    study = planted(LOSSES | {"experience^2": -0.1}, n=250, **keys)
    e, p, y = arrays(study)
    x = np.column_stack([np.abs(p - e), e, p[:, None] == np.arange(-3, 4)]).astype(float)
    w = np.ones(250) if study.weights is None else study.weights.to_numpy()
    other = sm.WLS(y, x, weights=w).fit(cov_type="HC2")
    row = cx.disconfirmation(study, "delivery", n_boot=0).set_index("term").loc["asymmetry"]
    assert row["estimate"] == pytest.approx(-2 * other.params[0], rel=1e-8)
    error = other.bse[0]
    if keys.get("clusters"):
        # statsmodels has no CR2: the error is Bell & McCaffrey's by its definition.
        units = pd.factorize(study.clusters)[0]
        error = np.sqrt(by_definition(x, y, w, units, np.eye(x.shape[1])[0])[0])
    assert row["std_error"] == pytest.approx(2 * error, rel=1e-8)


def test_a_curved_experience_is_no_asymmetry():
    study = planted({"experience": 0.9, "experience^2": -0.2, "expectation": 0.0}, n=2000)
    table = cx.disconfirmation(study, with_expectation=True, n_boot=0)
    p_value = table.set_index("term")["p_value"]
    assert p_value["slope_difference"] < 1e-6
    assert p_value["asymmetry"] > 0.05 and table["p_expectation"].iloc[0] > 0.05
