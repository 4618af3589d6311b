"""The likelihood of ordered answers: R's clm and statsmodels to the last digits, derivatives
against differences, every subset against its own fit.
"""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from statsmodels.miscmodels.ordinal_model import OrderedModel

import cxlab as cx
from cxlab.stats.ordered import LINKS, Rows, derivatives, maximise, subset_maxima

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


def answers(n=400, p=3, k=5, seed=0, link="logit"):
    """Ratings 1–7 and k ordered answers planted on them, with weights."""
    rng = np.random.default_rng(seed)
    x = rng.integers(1, 8, (n, p)).astype(float)
    noise = rng.logistic(size=n) if link == "logit" else rng.normal(size=n)
    latent = x @ np.linspace(-0.2, 0.6, p) + noise
    codes = np.searchsorted(np.quantile(latent, np.linspace(0, 1, k + 1)[1:-1]), latent)
    return x, codes, rng.uniform(0.3, 3, n)


def subset_log_likelihoods(x, codes, k, players, always, weights=None, link="logit"):
    """Of every subset of players, `always` in each; bit j of the row number tells whether player j
    is in. Rows of no weight, and answers that nobody else gives, are left out.
    """
    kept = np.ones(len(codes), dtype=bool) if weights is None else weights > 0
    found, codes = np.unique(codes[kept], return_inverse=True)
    rows = Rows(x[kept], codes, len(found), weights if weights is None else weights[kept], link)
    maxima = subset_maxima(rows, players, always, range(1 << len(players)))
    return np.array([maxima[mask][1].value for mask in range(1 << len(players))])


@pytest.mark.parametrize(
    ("name", "column", "link", "weighted"),
    [
        ("gen_npscat_logit", "nps_cat", "logit", False),
        ("gen_nps11_logit", "nps", "logit", False),
        ("gen_npscat_probit", "nps_cat", "probit", False),
        ("gen_npscat_logit_weighted", "nps_cat", "logit", True),
    ],
)
def test_maximum_equals_clm(reference, name, column, link, weighted):
    frame, ref = reference.frame("gen_drv12"), reference.results("d_ordinal")[name]
    labels = ref["levels"]
    codes = frame[column].astype(str).map({label: i for i, label in enumerate(labels)}).to_numpy()
    weights = frame["weight"].to_numpy() if weighted else None
    at = maximise(frame[DRIVERS].to_numpy(), codes, len(labels), weights, link)
    clm = ref["clm"]
    assert at.params == pytest.approx([row["Estimate"] for row in clm["coef"].values()], rel=1e-9)
    assert at.log_likelihood == pytest.approx(clm["logLik"], rel=1e-12)
    cov = np.linalg.inv(at.information)
    assert np.sqrt(np.diag(cov)) == pytest.approx(
        [row["Std. Error"] for row in clm["coef"].values()], rel=1e-8
    )
    assert cov == pytest.approx(np.array(clm["vcov"]["values"]), rel=1e-7, abs=1e-12)
    assert at.gradient < 1e-12


def test_two_answers_are_logistic_regression(reference):
    frame, ref = (
        reference.frame("gen_drv12"),
        reference.results("d_ordinal")["gen_repurchase_logit"],
    )
    at = maximise(frame[DRIVERS].to_numpy(), frame["repurchase"].to_numpy(), 2)
    assert [-at.params[0], *at.params[1:]] == pytest.approx(
        [row["Estimate"] for row in ref["coef"].values()], rel=1e-9
    )
    assert at.log_likelihood == pytest.approx(ref["logLik"], rel=1e-12)


@pytest.mark.parametrize("link", LINKS)
def test_maximum_equals_statsmodels(link):
    x, codes, _ = answers(link=link)
    at = maximise(x, codes, 5, link=link)
    other = OrderedModel(codes, x, distr=link).fit(method="bfgs", disp=0, gtol=1e-8)
    assert at.params[4:] == pytest.approx(other.params[:3], abs=1e-5)
    assert at.params[:4] == pytest.approx(
        OrderedModel(codes, x, distr=link).transform_threshold_params(other.params)[1:-1], abs=1e-4
    )
    assert at.log_likelihood >= other.llf - 1e-9


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("freed", [False, True])
def test_score_and_information_are_thederivatives(link, freed):
    """Against differences of the likelihood written down plainly, F(θ_y − x'b) − F(θ_{y−1} −
    x'b).
    """
    from scipy import stats

    x, codes, weights = answers(n=150, link=link)
    z = np.column_stack([np.ones(150), x[:, 0] - 4]) if freed else None
    rows = Rows(x[:, 1:], codes, 5, weights, link, z)
    params = rows.start(2) + 0.02 * np.arange(len(rows.start(2)))
    point = rows.at(params, rows.x)
    law = stats.logistic if link == "logit" else stats.norm

    def plain(params):
        cuts = params[:-2].reshape(4, -1)
        columns = np.ones((150, 1)) if z is None else z
        inner = law.cdf((columns @ cuts.T) - (x[:, 1:] @ params[-2:])[:, None])
        edges = np.column_stack([np.zeros(150), inner, np.ones(150)])
        return weights @ np.log(edges[np.arange(150), codes + 1] - edges[np.arange(150), codes])

    assert point.value == pytest.approx(plain(params), rel=1e-12)
    assert point.score == pytest.approx(approx_fprime(params, plain, 1e-7), rel=1e-3, abs=1e-2)
    hessian = approx_fprime(params, lambda at: rows.at(at, rows.x).score, 1e-6)
    assert -point.information == pytest.approx(hessian, rel=1e-4, abs=1e-3)
    assert point.information == pytest.approx(point.information.T)
    assert rows.scores(params).T @ weights == pytest.approx(point.score)


def test_far_tails_keep_their_digits():
    """One absurd answer must not turn the likelihood into log 0: both ends of its category lie 40
    beyond the middle.
    """
    for sign in (1, -1):
        ends = np.sort(np.array([sign * 40.0, sign * 41.0]))
        value, *_ = derivatives(ends[1:], ends[:1], "logit")
        assert value[0] == pytest.approx(-40 + np.log(1 - np.exp(-1)), rel=1e-12)
    probit = [
        derivatives(np.array(ends[1:]), np.array(ends[:1]), "probit")[0][0]
        for ends in ([8.0, 9.0], [-9.0, -8.0])
    ]
    assert probit[0] == pytest.approx(probit[1], rel=1e-12) and probit[0] == pytest.approx(
        -35.0136, abs=1e-3
    )


@pytest.mark.parametrize("link", LINKS)
def test_rows_give_likelihood_and_scores(link):
    x, codes, weights = answers(link=link)
    at = maximise(x, codes, 5, weights, link)
    value, scores = Rows(x, codes, 5, weights, link).by_row(at.params, x)
    assert weights @ value == pytest.approx(at.log_likelihood)
    assert scores == pytest.approx(at.scores)
    assert at.scores.T @ weights == pytest.approx(np.zeros(7), abs=1e-9)


def test_what_must_not_matter_does_not():
    """Order of rows, doubled rows of half weight, and counts in place of equal rows; answers read
    backwards turn the signs.
    """
    x, codes, weights = answers()
    at = maximise(x, codes, 5, weights)
    order = np.random.default_rng(1).permutation(len(codes))
    assert maximise(x[order], codes[order], 5, weights[order]).params == pytest.approx(
        at.params, rel=1e-10
    )
    doubled = maximise(np.vstack([x, x]), np.tile(codes, 2), 5, np.tile(weights / 2, 2))
    assert doubled.params == pytest.approx(
        at.params, rel=1e-10
    ) and doubled.information == pytest.approx(at.information)
    table = pd.DataFrame(x).assign(y=codes).value_counts().reset_index()
    counted, plain = (
        maximise(table[[0, 1, 2]].to_numpy(), table["y"].to_numpy(), 5, table["count"].to_numpy()),
        maximise(x, codes, 5),
    )
    assert counted.params == pytest.approx(
        plain.params, rel=1e-10
    ) and counted.log_likelihood == pytest.approx(plain.log_likelihood)
    back = maximise(x, 4 - codes, 5, weights)
    assert back.params[4:] == pytest.approx(-at.params[4:])
    assert back.params[:4] == pytest.approx(-at.params[3::-1])
    moved = maximise(x * [1, 10, 1] + [0, 0, 2000], codes, 5, weights)
    assert moved.params[4:] * [1, 10, 1] == pytest.approx(
        at.params[4:], rel=1e-9
    ) and moved.log_likelihood == pytest.approx(at.log_likelihood)
    assert np.diag(np.linalg.inv(moved.information))[4:] * [1, 100, 1] == pytest.approx(
        np.diag(np.linalg.inv(at.information))[4:], rel=1e-6
    )


def test_any_start_leads_to_the_one_maximum():
    x, codes, _ = answers()
    at = maximise(x, codes, 5)
    crossed = np.concatenate([at.params[3::-1], at.params[4:]])
    rows = Rows(x, codes, 5, None, "logit")
    for start in (at.params, at.params + 0.3, crossed):
        assert rows.newton(rows.x, start)[0].params == pytest.approx(at.params, rel=1e-9)
    assert rows.newton(rows.x, at.params)[1] <= 2


@pytest.mark.parametrize("link", LINKS)
def test_every_subset_has_the_likelihood_of_its_own_fit(link):
    x, codes, weights = answers(p=5, k=4, link=link)
    weights[codes == 3] = 0
    players, always = [[0], [2, 3], [4]], [1]
    found = subset_log_likelihoods(x, codes, 4, players, always, weights, link)
    kept = weights > 0
    for mask in range(8):
        columns = [
            *always,
            *(c for j, player in enumerate(players) if mask >> j & 1 for c in player),
        ]
        assert found[mask] == pytest.approx(
            maximise(x[kept][:, columns], codes[kept], 3, weights[kept], link).log_likelihood,
            abs=1e-8,
        )
    null = subset_log_likelihoods(x, codes, 4, [[0]], [], None, link)[0]
    share = np.bincount(codes) / len(codes)
    assert null == pytest.approx((np.bincount(codes) * np.log(share)).sum(), abs=1e-9)


@pytest.mark.parametrize(
    ("x", "codes", "k", "link", "message"),
    [
        (
            np.ones((4, 1)),
            np.array([0, 0, 2, 2]),
            3,
            "logit",
            "1 of the 3 categories hold no answer; leave them out of the codes",
        ),
        (
            np.ones((4, 1)),
            np.array([0, 0, 1, 1]),
            2,
            "cloglog",
            "link='cloglog': give logit or probit",
        ),
    ],
)
def test_bad_input_is_refused(x, codes, k, link, message):
    with pytest.raises(cx.ModelError) as caught:
        maximise(x, codes, k, None, link)
    assert str(caught.value) == message


@pytest.mark.parametrize("link", LINKS)
def test_no_number_where_there_is_no_maximum(link):
    x, codes, _ = answers()
    for columns in (np.column_stack([x, x[:, 0]]), np.column_stack([x, codes])):
        with pytest.raises(cx.ModelError, match="outcome y: the likelihood "):
            maximise(columns, codes, 5, None, link, outcome="y")
