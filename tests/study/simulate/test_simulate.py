"""Is the truth that is said to be planted really there, and do the sample clients still come from
the calls that README names?
"""

from __future__ import annotations

import copy
import csv
import functools
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.data_files import read_data
from cxlab.study.simulate.simulate_study import DESIGNS, FORMS

CLIENTS = {
    "aurora": ("telecom", 600, 11),
    "quadrante": ("software", 140, 58),
    "pitanga": ("retail", 1800, 37),
    "jatoba": ("panel", 900, 2),
    "ipe": ("insurance", 600, 17),
}


@functools.cache
def made(folder: str) -> cx.Study:
    """A sample client by its call."""
    design, n, seed = CLIENTS[folder]
    return cx.simulate_study(n, seed=seed, design=design)


@functools.cache
def kept(folder: Path) -> cx.Study:
    """A sample client from its folder."""
    return cx.read_study(folder)


def planted(study: cx.Study, quantity: str) -> pd.Series:
    truth = study.truth[study.truth["quantity"] == quantity]
    return truth.set_index("touchpoint")["coefficient"]


def regressed(study: cx.Study, columns: dict[str, np.ndarray]) -> tuple[pd.Series, pd.Series]:
    """OLS of loyalty on `columns` by hand: estimates and standard errors."""
    x = np.column_stack([np.ones(study.n), *columns.values()])
    y = study.outcome("loyalty").to_numpy()
    keep = ~np.isnan(x).any(axis=1) & ~np.isnan(y)
    x, y = x[keep], y[keep]
    b, *_ = np.linalg.lstsq(x, y, rcond=None)
    residual = y - x @ b
    spread = np.sqrt(residual @ residual / (len(y) - x.shape[1]) * np.diag(np.linalg.inv(x.T @ x)))
    names = ["intercept", *columns]
    return pd.Series(b, names), pd.Series(spread, names)


def terms(form: str, e: pd.Series, p: pd.Series) -> dict[str, pd.Series]:
    e, p = e - 4, p - 4
    return {
        "performance": {"experience": p},
        "difference": {"experience": p, "expectation": e},
        "asymmetric": {"gain": (p - e).clip(lower=0), "loss": (p - e).clip(upper=0)},
        "congruence": {
            "expectation^2": e**2,
            "expectation:experience": e * p,
            "experience^2": p**2,
        },
        "rising_ridge": {"sum": e + p, "gap^2": (p - e) ** 2},
    }[form]


@pytest.mark.parametrize("form", FORMS)
def test_the_planted_numbers_are_recovered_without_attenuation(form):
    study = cx.simulate_study(4000, seed=5, form=form)
    columns = {
        (quantity, name): term
        for name in study.touchpoints["touchpoint"]
        for quantity, term in terms(
            form, study.rating(name, "expectation"), study.rating(name)
        ).items()
    }
    estimate, spread = regressed(study, columns)
    truth = study.truth.set_index(["quantity", "touchpoint"])["coefficient"]
    z = pd.Series({key: (estimate[key] - truth[key]) / spread[key] for key in columns})
    assert z.abs().max() < 4
    assert (
        abs(estimate["intercept"] - planted(study, "intercept").iloc[0]) / spread["intercept"] < 4
    )


def test_an_unused_touchpoint_brings_its_planted_offset():
    study = cx.simulate_study(6000, seed=6, design="retail")
    columns = {}
    for name in study.touchpoints["touchpoint"]:
        used = (study.state(name) != "not_used").to_numpy().astype(float)
        no_answer = (study.state(name) == "no_answer").to_numpy()
        columns[("experience", name)] = np.where(used == 1, study.rating(name) - 4, 0.0)
        columns[("experience", name)][no_answer] = np.nan
        if name in planted(study, "used"):
            columns[("used", name)] = used
    estimate, spread = regressed(study, columns)
    truth = study.truth.set_index(["quantity", "touchpoint"])["coefficient"]
    z = pd.Series({key: (estimate[key] - truth[key]) / spread[key] for key in columns})
    assert len(z) == 18
    assert z.abs().max() < 4


# ---- the panel


@pytest.fixture(scope="module")
def panel() -> cx.Study:
    return cx.simulate_study(9000, seed=8, design="panel")


def test_a_panel_asks_the_same_people_in_every_wave(panel):
    assert panel.codebook.panel and panel.clusters.nunique() == 3000
    assert (panel.clusters.groupby(panel.waves).nunique() == 3000).all()
    segments = panel.segments["plan"].groupby(panel.clusters).nunique()
    assert (segments == 1).all()
    odd = cx.simulate_study(8, seed=8, design="panel")
    assert odd.waves.value_counts().to_dict() == {"W1": 3, "W2": 3, "W3": 2}
    assert not odd.responses.duplicated(["id", "wave"]).any()


def test_the_next_expectation_is_made_of_the_ratings_as_answered(panel):
    """Regressed by hand, with no rating hidden behind its rounding: the planted weights come back
    without attenuation.
    """
    wave, who = panel.waves, panel.clusters
    made_of = ["previous_expectation", "previous_experience", "word_of_mouth", "market"]
    truth = pd.Series(
        {name: planted(panel, name).item() for name in ["expectation_intercept", *made_of]}
    )
    for touchpoint in ("payments", "complaints"):
        e, p = (panel.rating(touchpoint, role).to_numpy() for role in ("expectation", "experience"))
        heard = np.column_stack([panel.source(name).to_numpy() for name in made_of[2:]])
        place = {key: i for i, key in enumerate(zip(who, wave, strict=True))}
        rows = [
            (place[person, before], place[person, now])
            for person in who.unique()
            for before, now in (("W1", "W2"), ("W2", "W3"))
        ]
        before, now = np.array(rows).T
        x = np.column_stack([np.ones(len(rows)), e[before], p[before], heard[now]])
        keep = ~np.isnan(x).any(axis=1) & ~np.isnan(e[now])
        x, y = x[keep], e[now][keep]
        b, *_ = np.linalg.lstsq(x, y, rcond=None)
        residual = y - x @ b
        bread = np.linalg.inv(x.T @ x)
        spread = np.sqrt(np.diag(bread @ (x.T * residual**2) @ x @ bread))
        assert (np.abs(b - truth.to_numpy()) / spread).max() < 4
        np.testing.assert_allclose(
            cx.gap.expectation_sources(panel, touchpoint, sources=made_of[2:]).params, b, rtol=1e-8
        )


def test_whole_ratings_stay_on_the_scale_in_the_mean(panel):
    """Rounding by chance and noise cut on both sides alike: at either end of the scale the mean is
    still the planted line.
    """
    weights = {
        name: planted(panel, name).item()
        for name in (
            "expectation_intercept",
            "previous_expectation",
            "previous_experience",
            "word_of_mouth",
            "market",
        )
    }
    total = sum(list(weights.values())[1:])
    assert weights["expectation_intercept"] + total >= 1
    assert weights["expectation_intercept"] + 7 * total <= 7


def test_the_zone_is_as_wide_as_planted(panel):
    table = cx.tolerance(panel).set_index("touchpoint")
    width = table["msa"] - table["mss"]
    np.testing.assert_allclose(width, planted(panel, "zone")[width.index], atol=0.03)


def test_kano_pairs_are_asked_once_and_give_the_planted_classes(panel):
    table = cx.kano(panel).set_index("touchpoint")
    assert (table["n"] == 3000).all()
    for kind in (
        "must_be",
        "one_dimensional",
        "attractive",
        "indifferent",
        "reverse",
        "questionable",
    ):
        np.testing.assert_allclose(
            table[kind] / table["n"], planted(panel, f"kano_{kind}")[table.index], atol=0.035
        )
    state = panel.state("payments", "functional")
    assert set(state[panel.waves != "W1"]) == {"not_asked"} and set(state[panel.waves == "W1"]) == {
        "answered"
    }


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("form", FORMS)
def test_hardly_any_loyalty_score_is_cut_at_the_ends(design, form):
    loyalty = cx.simulate_study(1500, seed=2, design=design, form=form).outcome("loyalty")
    assert ((loyalty <= 0) | (loyalty >= 100)).mean() < 0.005
    assert 50 < loyalty.mean() < 70


def test_slopes_replace_the_designs_and_the_rest_is_zero():
    study = cx.simulate_study(200, seed=1, slopes={"delivery": 5}, noise=2, form="congruence")
    truth = study.truth.set_index(["quantity", "touchpoint"])["coefficient"]
    assert truth["expectation:experience", "delivery"] == 2.0
    assert truth["experience^2", "support"] == 0.0
    assert truth["noise_sd", ""] == 2.0


def test_the_same_call_gives_the_same_answers_and_touches_no_global_seed():
    np.random.seed(3)
    before = np.random.get_state()[1].copy()
    one, two, other = (cx.simulate_study(80, seed=seed) for seed in (9, 9, 10))
    assert (np.random.get_state()[1] == before).all()
    pd.testing.assert_frame_equal(one.responses, two.responses)
    assert not one.responses.equals(other.responses)


def test_the_form_changes_the_outcome_and_leaves_the_ratings():
    one, two = (cx.simulate_study(80, seed=9, form=form) for form in ("performance", "difference"))
    for name in one.touchpoints["touchpoint"]:
        pd.testing.assert_series_equal(one.rating(name), two.rating(name))
        pd.testing.assert_series_equal(
            one.rating(name, "expectation"), two.rating(name, "expectation")
        )
    assert not one.outcome("loyalty").equals(two.outcome("loyalty"))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            {"design": "bank"},
            ("design='bank': it is one of learn, telecom, software, retail, panel, insurance"),
        ),
        (
            {"form": "cubic"},
            (
                "form='cubic': it is one of performance, difference, asymmetric, congruence,"
                " rising_ridge"
            ),
        ),
        ({"n": 0}, "n=0: a study needs at least one respondent"),
        (
            {"slopes": {"parking": 1}},
            (
                "slopes: no touchpoint 'parking' in this design; it has: advertising, website,"
                " ordering, delivery, support"
            ),
        ),
    ],
)
def test_a_call_that_cannot_be_met_says_why(call, message):
    with pytest.raises(cx.ModelError, match=f"^{re.escape(message)}$"):
        cx.simulate_study(**{"seed": 1, **call})


def test_slopes_too_steep_for_the_scale_are_refused():
    message = (
        r"^the planted slopes are too steep: \d+\.\d% of the loyalty scores would be cut at 0 or"
        r" 100; give smaller slopes or less noise$"
    )
    with pytest.raises(cx.ModelError, match=message):
        cx.simulate_study(1000, seed=1, slopes={"delivery": 30})


@pytest.mark.parametrize("folder", CLIENTS)
def test_the_sample_clients_are_what_their_calls_make(folder, root, tmp_path):
    design, n, seed = CLIENTS[folder]
    cx.write_study(made(folder), tmp_path)
    written, there = (
        {file.name: file.read_bytes() for file in place.iterdir()}
        for place in (tmp_path, root / "data" / folder)
    )
    assert written.keys() == there.keys()
    assert [name for name in written if written[name] != there[name]] == []
    assert f"cxlab simulate --design {design} --n {n} --seed {seed} --out data/{folder}" in (
        root / "data" / "README.md"
    ).read_text("utf-8")


@pytest.mark.parametrize("folder", CLIENTS)
def test_readme_tells_the_planted_truth(folder, root):
    text = (root / "data" / "README.md").read_text("utf-8")
    with (root / "data" / folder / "truth.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            number = row["coefficient"].replace("-", "−")
            told = (
                rf"^\| {row['touchpoint']} \|.* {re.escape(number)} \|"
                if row["touchpoint"]
                else rf"`{row['quantity']}` {re.escape(number)}\b"
            )
            assert re.search(told, text, re.MULTILINE), row


@pytest.mark.parametrize("folder", CLIENTS)
def test_a_written_study_reads_back_the_same(folder, root):
    first, read = made(folder), kept(root / "data" / folder)
    assert read.notices == ()
    assert read.simulated and read.truth is None
    for name in first.touchpoints["touchpoint"]:
        np.testing.assert_array_equal(read.rating(name), first.rating(name))
        assert list(read.state(name)) == list(first.state(name))
    for name in first.outcomes["outcome"]:
        np.testing.assert_array_equal(read.outcome(name), first.outcome(name))
    for name in (construct.construct_id for construct in first.codebook.constructs):
        pd.testing.assert_frame_equal(read.source(name), first.source(name))
    assert read.labels("pt-BR") == first.labels("pt-BR")
    assert read.labels("en") == first.labels("en")


def test_the_brazilian_file_has_semicolons_and_decimal_commas(root):
    lines = (root / "data" / "aurora" / "responses.csv").read_bytes().decode("utf-8").split("\n")
    assert lines[0].startswith("id;name;email;plan;region;")
    assert re.search(r";\d+,\d\d?;[01];\d+,\d\d?;", lines[1])
    assert not any("\r" in line for line in lines)


@pytest.mark.parametrize("folder", ["aurora", "quadrante"])
def test_personal_values_are_placeholders_and_comments_hold_none(folder, root):
    study = kept(root / "data" / folder)
    assert all(
        re.fullmatch(
            r"(pessoa|person)\d+@example\.(com|org)|(Pessoa Fictícia|Fictitious Person) \d+", v
        )
        for v in study.personal_values()
    )
    assert not study.responses["why"].str.contains(r"[@\d]").any()


def test_retail_has_the_states_that_a_tracker_has(root):
    study = kept(root / "data" / "pitanga")
    missing = study.missing().set_index(["touchpoint", "role"])
    assert missing.loc[("returns", "experience"), "not_used"] > 900
    assert missing["no_answer"].sum() > 0
    assert (study.weights % 1 != 0).mean() > 0.9
    assert study.waves.value_counts().tolist() == [450] * 4


@pytest.mark.parametrize(
    ("folder", "low", "high"),
    [
        ("aurora", 0, 20),
        ("quadrante", 20, 45),
        ("pitanga", 25, 45),
        ("jatoba", 0, 30),
        ("ipe", 5, 40),
    ],
)
def test_the_clients_have_an_nps_of_their_trade(folder, low, high, root):
    score = kept(root / "data" / folder).outcome("recommend").dropna()
    assert low < 100 * ((score >= 9).mean() - (score <= 6).mean()) < high


def test_only_simulated_studies_are_written(tmp_path):
    frame = pd.DataFrame({"p": [1, 2, 3]})
    study = cx.Study.from_frame(
        frame, {"desk": "p"}, scales={"s": {"min": 1, "max": 7}}, client="Real"
    )
    message = "write_study writes simulated studies only: Real is not declared `simulated: true`"
    with pytest.raises(cx.ModelError, match=f"^{re.escape(message)}$"):
        cx.write_study(study, tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def telecom():
    return cx.simulate_study(6000, seed=4, design="telecom")


def truth_of(study, quantity):
    rows = study.truth[study.truth["quantity"] == quantity]
    return rows.set_index("touchpoint")["coefficient"]


def test_the_planted_funnel_is_found(telecom):
    planted = truth_of(telecom, "conversion")
    table = cx.journey.funnel(telecom, n_boot=0).set_index("step")
    found = table["conversion"].fillna(table["reach"])  # of the first step all are the base
    np.testing.assert_allclose(found[planted.index], planted, atol=0.04)


def test_the_planted_weights_are_found(telecom):
    planted = truth_of(telecom, "weight")
    moments = cx.journey.moments_of_truth(telecom, cx.fit_loyalty(telecom, "loyalty"), n_boot=0)
    named = moments.loc[moments["moment"] != "", "touchpoint"]
    assert {*named} == {*planted.nlargest(3).index} == {"network", "care", "billing"}


def test_the_planted_differences_after_a_problem_are_found(telecom):
    table = cx.journey.recovery(telecom, "loyalty")
    for row in table.itertuples():
        planted = truth_of(telecom, f"{row.level}_{row.against}")[""]
        assert row.conf_low - 1 < planted < row.conf_high + 1 and row.p_holm < 0.05
        assert np.sign(row.estimate) == np.sign(planted)


def test_what_is_asked_beside_leaves_ratings_and_loyalty_as_they_are():
    """Protects the planted slopes: the same study with and without a funnel has the same draws."""
    whole = cx.simulate_study(200, seed=5, design="telecom")
    other = cx.simulate_study(200, seed=5, design="telecom", slopes={"network": 1})
    for name in whole.touchpoints["touchpoint"]:
        np.testing.assert_array_equal(whole.rating(name), other.rating(name))
        np.testing.assert_array_equal(whole.rating(name, "emotion"), other.rating(name, "emotion"))
    assert whole.responses["f1"].equals(other.responses["f1"])


def test_what_comes_after_the_survey_changes_no_answer_of_it(telecom, monkeypatch):
    """Protects old notebooks: who is followed up has the answers that he would have had."""
    bare = copy.deepcopy(read_data("study.simulate.designs", "telecom.yml"))
    del bare["follow_up"], bare["study"]["money"], bare["study"]["outcomes"]["stay"]
    monkeypatch.setattr("cxlab.study.simulate.simulate_study.read_data", lambda *_: bare)
    plain = cx.simulate_study(6000, seed=4, design="telecom")
    answers = telecom.responses.drop(columns=["tenure", "churned"])
    pd.testing.assert_frame_equal(plain.responses, answers)


def test_customers_leave_at_the_planted_rate(telecom):
    """Cox's model on the index finds the planted log hazard; nobody is watched beyond the year."""
    followed = telecom.duration("stay")
    assert followed["time"].between(0.1, 12).all() and 0.1 < followed["event"].mean() < 0.5
    planted = telecom.truth.set_index("quantity")["coefficient"]["log_hazard"]
    row = cx.money.money_value(telecom, "loyalty").iloc[0]
    assert np.log(row["ratio_low"]) < planted < np.log(row["ratio_high"])


def test_paths_between_constructs_are_recovered_without_attenuation():
    """Regressed by hand on the standardised means of the answers."""
    study = cx.simulate_study(8000, seed=3, design="insurance")
    names = [construct.construct_id for construct in study.codebook.constructs]
    scores = pd.DataFrame({name: study.source(name)[name] for name in names})
    scores = scores.assign(loyalty=study.outcome("loyalty")).apply(
        lambda x: (x - x.mean()) / x.std()
    )
    paths = truth_of(study, "path")
    ends = paths.index.str.split(" → ").map(tuple)
    for target in {end for _, end in ends}:
        sources = [one for one, end in ends if end == target]
        found, *_ = np.linalg.lstsq(scores[sources], scores[target], rcond=None)
        planted = [paths[f"{one} → {target}"] for one in sources]
        np.testing.assert_allclose(found, planted, atol=0.04)


def test_a_competitor_is_rated_by_some_and_counts_in_nothing_else(telecom):
    assert telecom.n == 6000
    table = cx.journey.compare_parties(telecom).set_index("touchpoint")
    assert table["paired"].all() and table["n"].between(1800, 3300).all()
    assert table.loc["network", "estimate"] < -0.3 and table.loc["billing", "estimate"] > 0.3
