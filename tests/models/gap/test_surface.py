"""The response surface: R's figures, its own geometry, and bootstrap intervals that are those of
refits.
"""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import cxlab as cx
from cxlab.models.gap.surface import TERMS, jackknife
from cxlab.stats.bca import bootstrap_intervals
from cxlab.stats.resampling import product_resamples, unit_products
from tests.models.gap_studies import arrays, by_hand, planted, polynomial, study_of

RSA = [("motcon", "ePow", "iPow", "postVA"), ("gen_rsa500", "expect", "perf", "sat")]
SURFACE = {"experience": 1.0, "gap^2": -0.3}
OTHER_NAMES = {"x0": "X0", "y0": "Y0"}


@pytest.mark.parametrize(("name", "e", "p", "y"), RSA)
def test_lines_equal_r_lm(reference, name, e, p, y):
    data, ref = reference.frame(name), reference.results("c_rsa")[name]["ols_reference_lm"]["a"]
    fit = cx.fit_gap(
        study_of(data[e], data[p], data[y], scale=(-6, 6)), "delivery", covariance="classical"
    )
    table = cx.surface(fit, n_boot=0).set_index("term")
    for term in ("a1", "a2", "a3", "a4", "a5"):
        mine = table.loc[term, ["estimate", "std_error", "statistic", "p_value"]].to_numpy(
            dtype=float
        )
        assert mine == pytest.approx([ref[term][key] for key in ("est", "se", "t", "p")], rel=1e-8)


@pytest.mark.parametrize(("name", "e", "p", "y"), RSA)
def test_surface_equals_rsa(reference, name, e, p, y):
    """RSA is a numerical maximum likelihood (lavaan): 1e-5, and its errors divide by n where least
    squares divides by n − 6.

    Where the stationary point is far off (motcon, X₀ = −11.5 ± 61) RSA's last digits, not ours, run
    out: there 1e-5 of the error.
    """
    data, ref = reference.frame(name), reference.results("c_rsa")[name]
    fit = cx.fit_gap(
        study_of(data[e], data[p], data[y], scale=(-6, 6)), "delivery", covariance="classical"
    )
    theirs, factor = ref["rsa_ML_standard_se"], np.sqrt((fit.n - 6) / fit.n)
    assert fit.params.to_numpy() == pytest.approx(
        [theirs[f"b{i}"]["est"] for i in range(6)], rel=1e-5
    )
    assert np.sqrt(np.diag(fit.cov)) * factor == pytest.approx(
        [theirs[f"b{i}"]["se"] for i in range(6)], rel=1e-5
    )
    table = cx.surface(fit, n_boot=0).set_index("term")
    for term in TERMS:
        other = theirs[OTHER_NAMES.get(term, term)]
        assert table.loc[term, "estimate"] == pytest.approx(
            other["est"], rel=1e-5, abs=1e-5 * other["se"]
        ), term
        assert table.loc[term, "std_error"] * factor == pytest.approx(other["se"], rel=1e-5), term
        assert (table.loc[term, "conf_low"] < other["est"]) and (
            other["est"] < table.loc[term, "conf_high"]
        )
    for term, key in {**{t: t for t in ("p10", "p11", "p20", "p21")}, **OTHER_NAMES}.items():
        assert table.loc[term, "estimate"] == pytest.approx(ref["ST"][key], rel=2e-5)


def test_line_of_congruence_is_what_a1_and_a2_say():
    """On E = P the fitted surface has slope a1 and curvature a2; on E = −P, a3 and a4."""
    fit = cx.fit_gap(planted(SURFACE | {"expectation": 0.2}), "delivery")
    a = cx.surface(fit, n_boot=0).set_index("term")["estimate"]
    t = np.linspace(-2, 2, 9)
    b0 = fit.params["intercept"]
    assert fit.predict(4 + t, 4 + t)["estimate"].to_numpy() == pytest.approx(
        b0 + a["a1"] * t + a["a2"] * t**2, abs=1e-10
    )
    assert fit.predict(4 + t, 4 - t)["estimate"].to_numpy() == pytest.approx(
        b0 + a["a3"] * t + a["a4"] * t**2, abs=1e-10
    )
    assert a["a5"] == pytest.approx(fit.params["expectation^2"] - fit.params["experience^2"])


def test_stationary_point_and_axes_are_those_of_the_surface():
    fit = cx.fit_gap(
        planted(
            {
                "expectation": 0.5,
                "experience": 0.4,
                "squares": -0.3,
                "expectation:experience": 0.2,
                "experience^2": -0.1,
            }
        ),
        "delivery",
    )
    a = cx.surface(fit, n_boot=0).set_index("term")["estimate"]
    step = 1e-4
    around = fit.predict(
        4 + a["x0"] + np.array([step, -step, 0, 0]), 4 + a["y0"] + np.array([0, 0, step, -step])
    )["estimate"].to_numpy()
    assert np.array([around[0] - around[1], around[2] - around[3]]) / (2 * step) == pytest.approx(
        [0, 0], abs=1e-7
    )
    # The axes are the Hessian's eigenvectors: the first bends least (upward most), and they stand
    # at right angles.
    b3, b4, b5 = fit.params[["expectation^2", "expectation:experience", "experience^2"]]
    _, vectors = np.linalg.eigh([[2 * b3, b4], [b4, 2 * b5]])
    assert a["p11"] == pytest.approx(vectors[1, 1] / vectors[0, 1])
    assert a["p11"] * a["p21"] == pytest.approx(-1)
    for axis in ("p1", "p2"):
        assert a[f"{axis}0"] + a[f"{axis}1"] * a["x0"] == pytest.approx(a["y0"])


def test_delta_errors_equal_numerical_derivatives():
    fit = cx.fit_gap(planted(SURFACE | {"expectation^2": -0.2}, n=150, weights=True), "delivery")
    table = cx.surface(fit, n_boot=0).set_index("term")
    b, cov = fit.params.to_numpy()[1:], fit.cov.to_numpy()[1:, 1:]

    def quantities(b):
        b1, b2, b3, b4, b5 = b
        x0, y0 = np.linalg.solve([[2 * b3, b4], [b4, 2 * b5]], [-b1, -b2])
        root = np.sqrt((b3 - b5) ** 2 + b4**2)
        up, down = (b5 - b3 + root) / b4, (b5 - b3 - root) / b4
        return np.array(
            [
                b1 + b2,
                b3 + b4 + b5,
                b1 - b2,
                b3 - b4 + b5,
                b3 - b5,
                x0,
                y0,
                y0 - up * x0,
                up,
                y0 - down * x0,
                down,
            ]
        )

    steps = 1e-6 * np.eye(5)
    slope = np.array([(quantities(b + s) - quantities(b - s)) / 2e-6 for s in steps]).T
    assert table["estimate"].to_numpy() == pytest.approx(quantities(b), rel=1e-9)
    assert table["std_error"].to_numpy() == pytest.approx(
        np.sqrt(np.diag(slope @ cov @ slope.T)), rel=1e-5
    )
    df = fit.freedom(np.pad(slope, ((0, 0), (1, 0))))
    half = stats.t.ppf(0.95, df) * table["std_error"]
    narrow = cx.surface(fit, n_boot=0, conf_level=0.9).set_index("term")
    assert narrow["conf_high"].to_numpy() == pytest.approx(
        (table["estimate"] + half).to_numpy(), rel=1e-5
    )


# ---- bootstrap


def resampled_rows(units: int, n_boot: int, seed: int) -> np.ndarray:
    """The rows that `product_resamples` draws in its first block."""
    return np.random.default_rng(seed).integers(0, units, size=(n_boot, units))


@pytest.mark.parametrize(
    "keys", [{}, {"weights": True}, {"clusters": 40}, {"weights": True, "clusters": 40}]
)
def test_bootstrap_of_cross_products_is_the_bootstrap_of_refits(keys):
    """Draw by draw: the same resamples, fitted by least squares on the rows, give the same
    percentiles.
    """
    study = planted(SURFACE, n=120, **keys)
    e, p, y = arrays(study)
    x, w = polynomial(e, p), np.ones(120) if study.weights is None else study.weights.to_numpy()
    unit = np.arange(120) if study.clusters is None else pd.factorize(study.clusters)[0]
    members = [np.flatnonzero(unit == k) for k in range(unit.max() + 1)]
    draws = []
    for drawn in resampled_rows(len(members), 300, seed=7):
        rows = np.concatenate([members[k] for k in drawn])
        b = by_hand(x[rows], y[rows], w[rows])
        draws.append(
            [b[1] + b[2], b[3] + b[4] + b[5], b[1] - b[2], b[3] - b[4] + b[5], b[3] - b[5]]
        )
    table = cx.surface(cx.fit_gap(study, "delivery"), n_boot=300, seed=7).head(5)
    assert (
        pytest.approx(np.quantile(draws, [0.025, 0.975], axis=0), rel=1e-7)
        == table[["boot_low", "boot_high"]].to_numpy().T
    )


def test_resampled_covariances_are_those_of_the_drawn_rows():
    frame = pd.DataFrame(np.random.default_rng(0).normal(size=(30, 3)) + 100)
    (covariances,) = product_resamples(unit_products(frame, None, None), 3, 60, seed=3)
    for covariance, rows in zip(covariances, resampled_rows(30, 60, seed=3), strict=True):
        assert covariance == pytest.approx(np.cov(frame.to_numpy()[rows].T, ddof=0), rel=1e-9)


@pytest.mark.parametrize(
    "keys", [{}, {"weights": True}, {"clusters": 30}, {"weights": True, "clusters": 30}]
)
def test_jackknife_equals_refits(keys):
    study = planted(SURFACE, n=80, **keys)
    e, p, y = arrays(study)
    w = np.ones(80) if study.weights is None else study.weights.to_numpy()
    unit = np.arange(80) if study.clusters is None else pd.factorize(study.clusters)[0]
    refits = [
        by_hand(polynomial(e, p)[unit != k], y[unit != k], w[unit != k])[1:]
        for k in range(unit.max() + 1)
    ]
    assert jackknife(cx.fit_gap(study, "delivery")) == pytest.approx(np.array(refits), rel=1e-8)


def test_bca_is_scipy_s():
    """One statistic, a1, by scipy.stats.bootstrap on paired rows: the same interval but for the
    draws of chance.
    """
    study = planted({"experience": 0.5, "gap^2": -0.2}, n=60, noise=1)
    e, p, y = arrays(study)
    y = y + np.random.default_rng(1).exponential(2, 60) * (e > 1)
    study = study_of(e + 4, p + 4, y)

    def a1(e, p, y):
        b = by_hand(polynomial(e, p), y)
        return b[1] + b[2]

    other = stats.bootstrap(
        (e, p, y),
        a1,
        paired=True,
        vectorized=False,
        n_resamples=2000,
        method="BCa",
        random_state=np.random.default_rng(2),
    )
    low, high = other.confidence_interval
    mine = (
        cx.surface(cx.fit_gap(study, "delivery"), n_boot=20_000, seed=1).set_index("term").loc["a1"]
    )
    # The 2.5 % quantile of 2,000 normal draws has an error of 0.06 of the estimate's own.
    chance = 4 * 0.06 * other.standard_error
    assert (mine["bca_low"], mine["bca_high"]) == pytest.approx((low, high), abs=chance)
    assert mine["bca_low"] != mine["boot_low"]


def test_bca_of_the_same_draws_is_scipy_s_formula():
    """On draws far from symmetric, where BCa differs much from percentiles; scipy's own bias and
    acceleration on the same draws.
    """
    rng = np.random.default_rng(3)
    sample = rng.exponential(size=25)
    draws = rng.choice(sample, size=(4000, 25)).var(axis=1)
    left_out = np.array([np.delete(sample, i).var() for i in range(25)])
    mine = bootstrap_intervals(draws[:, None], np.array([sample.var()]), left_out[:, None], 0.9)
    other = stats.bootstrap(
        (sample,),
        np.var,
        method="BCa",
        n_resamples=0,
        bootstrap_result=_Drawn(draws),
        confidence_level=0.9,
    )
    low, high = other.confidence_interval
    # scipy counts ties as halves and takes its own percentile rule: a rank or two of 4,000.
    order = np.sort(draws)
    for value, theirs in ((mine["bca_low"][0], low), (mine["bca_high"][0], high)):
        assert abs(np.searchsorted(order, value) - np.searchsorted(order, theirs)) <= 4
    assert mine["bca_high"][0] > 1.1 * mine["boot_high"][0]


class _Drawn:
    """What scipy.stats.bootstrap reads from an earlier result: its draws."""

    def __init__(self, draws):
        self.bootstrap_distribution = draws


def test_intervals_of_resamples_do_not_move_with_the_scale_of_weights():
    study = planted(SURFACE, n=100, weights=True)
    e, p, y = arrays(study)
    bigger = study_of(e + 4, p + 4, y, more={"w": 50 * study.weights.to_numpy()}, weight="w")
    tables = [
        cx.surface(cx.fit_gap(one, "delivery"), n_boot=200, seed=1)
        .filter(regex="boot|bca")
        .head(5)
        .to_numpy()
        for one in (study, bigger)
    ]
    assert tables[0] == pytest.approx(tables[1], rel=1e-8)


def test_resamples_that_lack_a_rating_are_not_counted():
    """Two accounts with an expectation below 6: one resample in seven has neither, and least
    squares would say 1e16.
    """
    rng = np.random.default_rng(0)
    e, p = rng.integers(6, 8, 200), rng.integers(1, 8, 200)
    e[:10] = 5
    y, accounts = p - 0.2 * (p - e) ** 2 + rng.normal(size=200), np.repeat(np.arange(40), 5)
    keys = {"more": {"c": accounts}, "account": "c"}
    table = cx.surface(cx.fit_gap(study_of(e, p, y, **keys), "delivery"), n_boot=500)
    assert table.filter(regex="boot|bca").isna().all().all()
    assert table["std_error"].notna().all()
    table = cx.surface(cx.fit_gap(study_of(e, p, y), "delivery"), n_boot=500).head(5)
    assert table.filter(regex="boot|bca").abs().max().max() < 10


def test_a_cluster_that_alone_decides_a_term_is_refused_by_name():
    rng = np.random.default_rng(0)
    cluster = np.repeat(np.arange(40), 5)
    e, p = rng.integers(6, 8, 200), rng.integers(1, 8, 200)
    e[:5] = [5, 5, 5, 5, 7]
    study = study_of(
        e, p, p - 0.2 * (p - e) ** 2 + rng.normal(size=200), more={"c": cluster}, account="c"
    )
    with pytest.raises(cx.ModelError, match=r"^delivery: one account \(or panel member\) alone"):
        cx.fit_gap(study, "delivery")


# ---- what is not a number


def test_undefined_quantities_are_stated_not_printed():
    e, p = (g.ravel() for g in np.meshgrid(np.arange(1.0, 8), np.arange(1.0, 8)))
    # What a quadratic does not tell, so that the fit is not exact.
    odd = np.random.default_rng(0).normal(size=49)
    x = np.column_stack([np.ones(49), e, p, e * e, e * p, p * p])
    odd -= x @ np.linalg.lstsq(x, odd, rcond=None)[0]
    numbers = [
        "estimate",
        "std_error",
        "statistic",
        "p_value",
        "conf_low",
        "conf_high",
        "boot_low",
        "boot_high",
        "bca_low",
        "bca_high",
    ]
    table = cx.surface(
        cx.fit_gap(
            study_of(e, p, odd + (e - 4) ** 2 + (p - 4) ** 2),
            "delivery",
            covariance="classical",
        ),
        n_boot=100,
    ).set_index("term")
    assert (table.loc[["p10", "p11", "p20", "p21"], "note"] == "undefined_axes").all()
    assert table.loc[["p10", "p11", "p20", "p21"], numbers].isna().all().all()
    assert table.loc["x0", "estimate"] == pytest.approx(0, abs=1e-9)
    plane = cx.surface(
        cx.fit_gap(study_of(e, p, odd + (p - e) ** 2), "delivery"),
        n_boot=0,
    ).set_index("term")
    assert (plane.loc[["x0", "y0", "p10", "p20"], "note"] == "undefined_point").all()
    assert plane.loc[["x0", "y0", "p10", "p20"], numbers[:6]].isna().all().all()


def notes_of(coefficients: dict, noise: float = 0.3, n: int = 400) -> dict[str, str]:
    return (
        cx.surface(cx.fit_gap(planted(coefficients, n=n, noise=noise), "delivery"), n_boot=0)
        .set_index("term")["note"]
        .to_dict()
    )


def test_notes_say_what_cannot_be_located():
    saddle = notes_of({"expectation^2": 0.3, "experience^2": -0.3, "expectation:experience": 0.2})
    assert (saddle["x0"], saddle["y0"], saddle["p11"], saddle["a1"]) == ("saddle", "saddle", "", "")
    dome = {"squares": -0.3, "expectation:experience": 0.2}
    assert set(notes_of(dome).values()) == {""}
    outside = notes_of(dome | {"expectation": 3.0, "experience": 3.0})
    assert (outside["x0"], outside["y0"], outside["p10"]) == ("outside_data", "outside_data", "")
    ridge = notes_of({"gap^2": -0.3})
    assert (ridge["x0"], ridge["p10"], ridge["p11"], ridge["a4"]) == (
        "uncertain",
        "uncertain",
        "",
        "",
    )
    flat = notes_of({"experience": 0.5})
    assert {flat[t] for t in ("x0", "y0", "p10", "p11", "p20", "p21")} == {"uncertain"}
    assert {flat[t] for t in ("a1", "a2", "a3", "a4", "a5")} == {""}


def test_only_a_quadratic_has_a_surface():
    for form in ("E+P", "cubic"):
        with pytest.raises(cx.ModelError) as caught:
            cx.surface(cx.fit_gap(planted(SURFACE), "delivery", form=form))
        assert (
            str(caught.value)
            == "touchpoint delivery: a response surface needs form='quadratic', this fit is"
            f" '{form}'"
        )
    with pytest.raises(
        cx.ModelError, match="conf_level=95: give a number between 0 and 1, such as 0.95"
    ):
        cx.surface(cx.fit_gap(planted(SURFACE), "delivery"), conf_level=95)


# ---- the grid


def test_surface_grid_marks_where_nobody_is():
    rng = np.random.default_rng(4)
    e = np.repeat([4.0, 5, 6, 7], 30)
    p = e - np.tile([0, 1, 2], 40)
    fit = cx.fit_gap(study_of(e, p, p + rng.normal(0, 0.3, 120)), "delivery")
    grid = cx.surface_grid(fit)
    assert not grid.loc[
        (grid["expectation"] < 3) | (grid["experience"] > grid["expectation"] + 0.01), "supported"
    ].any()
    assert grid.loc[
        np.isclose(grid["expectation"], 5.5) & np.isclose(grid["experience"], 4.6, atol=0.1),
        "supported",
    ].all()
    assert cx.gap_points(fit)["n"].sum() == 120
    assert len(cx.surface_grid(fit, steps=7)) == 49
    at = grid[grid["supported"]].iloc[0]
    assert at["estimate"] == pytest.approx(
        fit.predict(at["expectation"], at["experience"])["estimate"].item()
    )
    assert (
        at["n"]
        == ((np.abs(e - at["expectation"]) <= 1) & (np.abs(p - at["experience"]) <= 1)).sum()
    )
