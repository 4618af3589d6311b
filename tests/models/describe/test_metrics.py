"""NPS, CSAT and CES: the peers' numbers, honest intervals at the edges, and what weights may and
may not change.
"""

import dataclasses
import shutil

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

import cxlab as cx
from cxlab.show.disclosure.threshold import suppress
from cxlab.show.say.metrics import say_changes
from tests.many import parts, stacked

SCALES = {"agree7": {"min": 1, "max": 7}}


def scored(answers, **keys) -> cx.Study:
    frame = pd.DataFrame({"nps": answers, "p": 4, **{k: v for k, v in keys.items() if k == "w"}})
    declared = {"weight": {"column": "w", "kind": "sampling"}} if "w" in keys else {}
    return cx.Study.from_frame(
        frame, {"t": "p"}, {"nps": {"kind": "nps", "column": "nps"}}, scales=SCALES, **declared
    )


CASES = [
    "mixed200",
    "all_promoters",
    "all_detractors",
    "all_passive",
    "n3",
    "n3_all_prom",
    "n1",
    "with_na",
    "balanced",
]


@pytest.mark.parametrize("case", CASES)
def test_nps_equals_r(reference, case):
    ref = reference.results("e_nps")[case]
    data = ref["data"] if isinstance(ref["data"], list) else [ref["data"]]
    study = scored([np.nan if v in (None, "NA") else v for v in data])
    row, wald = cx.nps(study).iloc[0], cx.nps(study, interval="wald").iloc[0]
    assert row["n"] == ref["hand"]["n"]
    assert row["estimate"] / 100 == pytest.approx(ref["nps_narm"], abs=1e-12)
    assert row["std_error"] / 100 == pytest.approx(ref["nps.se"], abs=1e-12)
    adjusted = ref["hand"]["adjwald_3_4_T3"]
    # A score cannot leave ±100, so neither does the interval.
    assert row[["conf_low", "conf_high"]].to_numpy(float) / 100 == pytest.approx(
        np.clip([adjusted["lo"], adjusted["hi"]], -1, 1), abs=1e-12
    )
    plain = ref["hand"]["wald"]
    if plain["lo"] is not None:
        assert wald[["conf_low", "conf_high"]].to_numpy(float) / 100 == pytest.approx(
            np.clip([plain["lo"], plain["hi"]], -1, 1), abs=1e-12
        )


@pytest.mark.parametrize("answers", [[10] * 5, [0] * 5, [7] * 5, [10]])
def test_one_sided_samples_have_a_finite_interval_with_width(answers):
    row = cx.nps(scored(answers)).iloc[0]
    assert np.isfinite([row["conf_low"], row["conf_high"]]).all()
    assert row["conf_high"] - row["conf_low"] > 20


def test_weighted_means_and_errors_equal_r_survey(reference):
    ref = reference.results("g_survey")
    weighted = reference.gap(weight="weight")
    plain = ref["gen_gap_weights_only"]
    score = cx.nps(weighted).iloc[0]
    mean = cx.describe.csat(weighted).set_index("metric").loc["csat_mean"]
    assert score["estimate"] == pytest.approx(plain["mean"]["npsv"], rel=1e-10)
    assert score["std_error"] == pytest.approx(plain["mean_se"]["npsv"], rel=1e-10)
    assert mean["estimate"] == pytest.approx(plain["mean"]["osat"], rel=1e-10)
    assert mean["std_error"] == pytest.approx(plain["mean_se"]["osat"], rel=1e-10)
    assert score["n_eff"] == pytest.approx(plain["kish_neff"], rel=1e-10)
    clustered = reference.gap(weight="weight", account="cluster")
    assert cx.nps(clustered).iloc[0]["std_error"] == pytest.approx(
        ref["gen_gap_cluster"]["mean_se"]["npsv"], rel=1e-10
    )


def test_groups_equal_r_survey(reference):
    # svyby treats each segment as a domain of the whole sample; cxlab's error is that of the
    # segment's own rows (n − 1 of them).
    ref = reference.results("g_survey")["gen_gap_by_segment"]
    table = cx.nps(reference.gap(weight="weight"), by="segment").set_index("level")
    assert table["estimate"].reindex(ref["segment"]).to_numpy() == pytest.approx(
        ref["npsv"], rel=1e-10
    )
    assert table["std_error"].reindex(ref["segment"]).to_numpy() == pytest.approx(
        ref["se_npsv"], rel=2e-3
    )


def unweighted(folder, copy, shared):
    """The study of a folder as if it declared no weight."""
    keys = yaml.safe_load((folder / "study.yml").read_text(encoding="utf-8"))
    del keys["weight"]
    for file in keys["responses"]:
        file["file"] = str((folder / file["file"]).resolve())
    shutil.copytree(folder, copy, dirs_exist_ok=True)
    (copy / "study.yml").write_text(yaml.safe_dump(keys), encoding="utf-8")
    return cx.read_study(copy, allow_outside=shared)


def test_change_between_waves_equals_r(reference, root, shared, tmp_path):
    """Unweighted SFO, 2017 against 2018: R's two-sample test. The intervals of the two NPS overlap
    with weights, the change holds.
    """
    ref = reference.results("e_nps")["two_sample_sfo2017_2018"]
    weighted = cx.read_study(root / "tests" / "studies" / "sfo", allow_outside=shared)
    study = unweighted(root / "tests" / "studies" / "sfo", tmp_path, shared)
    row = cx.changes(study, "recommend").iloc[0]
    assert row["level"] == "2017 → 2018" and row["n"] == ref["n.x"] + ref["n.y"]
    assert -row["estimate"] / 100 == pytest.approx(ref["delta"], abs=1e-12)
    assert row["std_error"] / 100 == pytest.approx(ref["se.hat"], abs=1e-12)
    # R's z rejects 8–15 % of true nulls of 15 against 60; pseudo-answers change it by their part of
    # these thousands.
    assert row["p_value"] == pytest.approx(ref["p.value"], rel=0.05)
    table = cx.nps(weighted, by="wave")
    change = cx.changes(weighted, "recommend").iloc[0]
    assert table["conf_low"].iloc[0] < table["conf_high"].iloc[1] and change["conf_high"] < 0


def test_all_differences_equal_the_change_and_holm(root, shared):
    """Two levels: the difference is the change. More: p is Holm's over the pairs of one metric
    (statsmodels), and no estimate is negative.
    """
    from statsmodels.stats.multitest import multipletests

    study = cx.read_study(root / "tests" / "studies" / "sfo", allow_outside=shared)
    change, pair = (
        cx.changes(study, "recommend").iloc[0],
        cx.differences(study, "recommend", by="wave").iloc[0],
    )
    assert pair["level"] == "2018 → 2017" and pair["estimate"] == -change["estimate"]
    assert pair[["std_error", "p_value", "n"]].tolist() == pytest.approx(
        change[["std_error", "p_value", "n"]].tolist(), rel=1e-12
    )
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {"sat": rng.integers(1, 8, 400), "p": 4, "city": rng.choice(list("abcd"), 400)}
    )
    many = cx.Study.from_frame(
        frame,
        {"t": "p"},
        {"sat": {"kind": "csat", "column": "sat"}},
        scales={"s": {"min": 1, "max": 7}},
        segments=["city"],
    )
    table = cx.differences(many, "sat", by="city")
    assert len(table) == 12 and (table["estimate"] >= 0).all() and table["metric"].nunique() == 2
    for _metric, rows in table.groupby("metric"):
        assert rows["p_holm"].to_numpy() == pytest.approx(
            multipletests(rows["p_value"], method="holm")[1], rel=1e-12
        )


def panel(
    weight: bool = False, people: int = 60, waves: int = 2, seed: int = 4, ids=None
) -> cx.Study:
    """The same people in each wave; with `ids`, one a row, others."""
    rng = np.random.default_rng(seed)
    person = rng.normal(7, 2, people)
    answer = np.clip(
        np.round(
            np.concatenate([person + rng.normal(0.4 * wave, 1, people) for wave in range(waves)])
        ),
        0,
        10,
    )
    frame = pd.DataFrame(
        {
            "nps": answer.astype(int),
            "p": 4,
            "wave": np.repeat([f"w{i}" for i in range(waves)], people),
            "id": np.tile(np.arange(people), waves) if ids is None else list(ids),
        }
    )
    frame["sat"] = np.clip(frame["nps"] - 3, 1, 7)
    keys = {"weight": {"column": "weight", "kind": "sampling"}} if weight else {}
    outcomes = {"nps": {"kind": "nps", "column": "nps"}, "sat": {"kind": "csat", "column": "sat"}}
    return cx.Study.from_frame(
        frame.assign(weight=rng.uniform(0.5, 2, len(frame))),
        {"t": "p"},
        outcomes,
        scales=SCALES,
        wave="wave",
        respondent="id",
        panel=True,
        **keys,
    )


@pytest.mark.parametrize("weight", [False, True])
def test_a_change_in_a_panel_is_a_cluster_robust_slope(weight):
    """Protects a panel's readers: the same people answer twice, so the error is that of
    statsmodels' slope with clusters, not of two samples.
    """
    import statsmodels.api as sm

    study = panel(weight)
    later = sm.add_constant((study.waves == "w1").astype(float))
    weights = study.weights if weight else pd.Series(1.0, index=study.index)
    nps, sat = study.outcome("nps"), study.outcome("sat")
    measured = {
        "nps": 100.0 * ((nps >= 9).astype(float) - (nps < 7)),
        "csat_top2": (sat >= 6).astype(float),
        "csat_mean": sat,
    }
    found = pd.concat([cx.changes(study, "nps"), cx.changes(study, "sat")]).set_index("metric")
    for metric, y in measured.items():
        slope = sm.WLS(y, later, weights=weights).fit(
            cov_type="cluster",
            cov_kwds={"groups": study.respondents.to_numpy(), "use_correction": False},
        )
        assert found.loc[metric, "estimate"] == pytest.approx(slope.params.iloc[1], rel=1e-9)
        assert found.loc[metric, "std_error"] == pytest.approx(
            slope.bse.iloc[1] * np.sqrt(60 / 59), rel=1e-9
        )
    apart = np.hypot(*cx.nps(study, by="wave")["std_error"])
    assert found.loc["nps", "std_error"] < 0.8 * apart


def test_who_answers_once_changes_nothing_in_a_panel():
    """People who answer on one side only make two independent samples of it, as without a panel."""
    study, apart = panel(), panel(ids=range(120))
    plain = cx.changes(
        dataclasses.replace(study, codebook=study.codebook.model_copy(update={"panel": False})),
        "nps",
    ).iloc[0]
    assert cx.changes(apart, "nps")["std_error"].iloc[0] == pytest.approx(
        plain["std_error"], rel=1e-9
    )


def test_the_interval_of_a_change_in_a_panel_holds():
    """120 panels of 80 people without a change (other seeds for each): 95 % intervals hold 0 in 90
    to 99 % of them; thousands are asked in the calibration.
    """
    frames = []
    for seed in range(120):
        rng = np.random.default_rng(seed)
        person = rng.normal(7, 2, 80)
        frame = pd.DataFrame(
            {
                "y": np.concatenate([person + rng.normal(0, 1, 80) for _ in range(2)]),
                "p": 4,
                "wave": np.repeat(["a", "b"], 80),
                "id": 80 * seed + np.tile(np.arange(80), 2),
            }
        )
        frames.append(frame)
    whole = stacked(frames)
    whole["y"] = whole["y"].clip(0, 10)
    whole = cx.Study.from_frame(
        whole,
        {"t": "p"},
        {"y": {"kind": "score", "column": "y"}},
        scales={"z": {"min": 0, "max": 10, "whole": False}},
        wave="wave",
        respondent="id",
        panel=True,
    )
    held = 0
    for study in parts(whole, 120):
        row = cx.changes(study, "y").iloc[0]
        held += row["conf_low"] <= 0 <= row["conf_high"]
    assert 108 <= held <= 119


def grouped(
    levels: list, accounts: list | None = None, seed: int = 0, effect: float = 0.0
) -> cx.Study:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "y": (
                rng.normal(5, 1, len(levels)).clip(0, 10) + effect * (np.array(levels) == levels[0])
            ),
            "p": 4,
            "g": levels,
        }
    )
    keys = {}
    if accounts is not None:
        frame["account"], keys["account"] = accounts, "account"
        frame["y"] += pd.Series(accounts).map(
            dict(
                zip(
                    pd.unique(pd.Series(accounts)),
                    rng.normal(0, 1, len(set(accounts))),
                    strict=True,
                )
            )
        )
    scales = {"z": {"min": -9, "max": 19, "whole": False}}
    return cx.Study.from_frame(
        frame,
        {"t": "p"},
        {"y": {"kind": "score", "column": "y"}},
        scales=scales,
        segments=["g"],
        **keys,
    )


def test_what_has_no_error_is_not_tested():
    """Protects from a change "more than chance" of no width: one account alone answers on one side,
    or everybody moved alike.
    """
    study = grouped(["a"] * 40 + ["b"] * 40, [f"a{i % 9}" for i in range(40)] + ["b"] * 40)
    with pytest.raises(cx.ModelError, match="answered in one g only"):
        cx.differences(study, "y", by="g")
    frame = pd.DataFrame(
        {
            "y": [*range(1, 9), *range(2, 10)],
            "p": 4,
            "wave": ["1"] * 8 + ["2"] * 8,
            "id": [*range(8), *range(8)],
        }
    )
    scales = {"z": {"min": 0, "max": 10}}
    alike = cx.Study.from_frame(
        frame,
        {"t": "p"},
        {"y": {"kind": "score", "column": "y"}},
        scales=scales,
        wave="wave",
        respondent="id",
        panel=True,
    )
    row = cx.changes(alike, "y").iloc[0]
    assert (
        row["estimate"] == 1
        and row[["std_error", "p_value", "conf_low", "conf_high"]].isna().all()
        and list(say_changes(cx.changes(alike, "y"))) == []
    )


def test_the_accounts_of_the_two_groups_count_alone():
    """100 studies without a difference, three accounts a side beside a hundred others: a 5 % test
    rejects it in 8 % at most (13 % if all counted).
    """
    levels = ["a"] * 60 + ["b"] * 60 + ["c"] * 200
    accounts = (
        [f"a{i % 3}" for i in range(60)]
        + [f"b{i % 3}" for i in range(60)]
        + [f"c{i % 100}" for i in range(200)]
    )
    tables = [cx.differences(grouped(levels, accounts, seed), "y", by="g") for seed in range(100)]
    pairs = [
        table[(table["lower"] != "c") & (table["higher"] != "c")]["p_value"].iloc[0]
        for table in tables
    ]
    assert np.mean(np.array(pairs) < 0.05) <= 0.08


def test_only_shown_groups_are_compared_and_counted():
    """Protects a clear difference of two groups from being drowned by eight that nobody sees; those
    hidden are in no row.
    """
    study = grouped(
        ["a"] * 60 + ["b"] * 60 + [f"few{i}" for i in range(8) for _ in range(3)], effect=0.5
    )
    shown = suppress(cx.metrics(study, by="g"))
    pairs = cx.differences(study, "y", by="g", among=shown)
    both = cx.differences(study, "y", by="g")
    assert (
        len(both) == 45
        and len(pairs)
        == int((shown["estimate"].notna().sum() * (shown["estimate"].notna().sum() - 1)) / 2)
        == 1
    )
    assert pairs["p_holm"].iloc[0] == pairs["p_value"].iloc[0] < 0.05 and set(
        pairs[["lower", "higher"]].iloc[0]
    ) == {"a", "b"}
    with pytest.raises(cx.ModelError, match="fewer than two of the groups by g are shown"):
        cx.differences(study, "y", by="g", among=shown.assign(estimate=np.nan))


def test_respondents_of_no_account_are_not_one_account():
    """Their answers are as good as independent: the error is near that without accounts, not that
    of one giant account.
    """
    accounts = [None] * 90 + [f"x{i % 50}" for i in range(100)]
    frame = pd.DataFrame(
        {"y": np.random.default_rng(1).normal(5, 1, 190), "p": 4, "account": accounts}
    )
    keys = {
        "touchpoints": {"t": "p"},
        "outcomes": {"y": {"kind": "score", "column": "y"}},
        "scales": {"z": {"min": -9, "max": 19, "whole": False}},
    }
    found = cx.score(cx.Study.from_frame(frame, account="account", **keys))["std_error"].iloc[0]
    assert found == pytest.approx(
        cx.score(cx.Study.from_frame(frame, **keys))["std_error"].iloc[0], rel=0.15
    )


def test_change_needs_two_levels():
    frame = pd.DataFrame({"nps": [9, 2, 7, 10] * 10, "p": 4, "wave": ["1", "2"] * 20})
    keys = {
        "touchpoints": {"t": "p"},
        "outcomes": {"nps": {"kind": "nps", "column": "nps"}},
        "scales": SCALES,
        "wave": "wave",
    }
    with pytest.raises(cx.ModelError, match="answered in one wave only"):
        cx.changes(cx.Study.from_frame(frame.assign(wave="1"), **keys), "nps")
    assert (
        len(cx.changes(cx.Study.from_frame(frame.assign(wave=np.arange(40) % 4), **keys), "nps"))
        == 4
    )


def test_union_is_the_weighted_mean_of_the_groups():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"nps": rng.integers(0, 11, 300), "p": 4, "city": rng.choice(list("abc"), 300)}
    )
    study = cx.Study.from_frame(
        frame,
        {"t": "p"},
        {"nps": {"kind": "nps", "column": "nps"}},
        scales=SCALES,
        segments=["city"],
    )
    parts = cx.nps(study, by="city")
    assert np.average(parts["estimate"], weights=parts["n"]) == pytest.approx(
        cx.nps(study)["estimate"].iloc[0]
    )


def test_weights_of_one_change_nothing_and_halved_duplicates_no_estimate():
    answers = np.random.default_rng(1).integers(0, 11, 80)
    plain = cx.nps(scored(answers))
    pd.testing.assert_frame_equal(cx.nps(scored(answers, w=1.0)), plain)
    w = np.random.default_rng(2).uniform(0.5, 2, 80)
    once, twice = (
        cx.nps(scored(answers, w=w)),
        cx.nps(scored(np.tile(answers, 2), w=np.tile(w / 2, 2))),
    )
    assert once["estimate"].iloc[0] == pytest.approx(twice["estimate"].iloc[0])


def test_csat_and_ces_by_hand():
    frame = pd.DataFrame({"s": [1, 2, 6, 7, 7, 5, 4, 6, 7, 3], "p": 4}).assign(e=lambda f: f["s"])
    study = cx.Study.from_frame(
        frame,
        {"t": "p"},
        {"s": {"kind": "csat", "column": "s"}, "e": {"kind": "ces", "column": "e"}},
        scales=SCALES,
    )
    top = cx.describe.csat(study).set_index("metric").loc["csat_top2"]
    # Wilson by hand, 5 of 10: centre ½, half-width z√(¼/10 + z²/400)/(1 + z²/10).
    z = stats.norm.ppf(0.975)
    half = z * np.sqrt(0.25 / 10 + z**2 / 400) / (1 + z**2 / 10)
    assert (top["estimate"], top["conf_low"], top["conf_high"]) == pytest.approx(
        (0.5, 0.5 - half, 0.5 + half)
    )
    ces = cx.describe.ces(study).set_index("metric")
    assert ces.loc["ces_share", "estimate"] == pytest.approx(0.6)
    assert ces.loc["ces_mean", "estimate"] == pytest.approx(4.8)


def test_refusals_say_what_is_missing():
    study = scored([np.nan] * 5)
    with pytest.raises(cx.ModelError, match="outcome nps: nobody answered it here"):
        cx.nps(study)
    with pytest.raises(cx.ModelError, match="no outcome of kind csat"):
        cx.describe.csat(study)
    with pytest.raises(
        cx.ModelError, match="by='plan': this study declares no such split; it has: none"
    ):
        cx.nps(scored([9, 1]), by="plan")


def test_distribution_sums_to_one_and_shows_answers_never_given():
    table = cx.distribution(scored([10, 10, 3, 7]), "nps")
    assert table["value"].tolist() == list(range(11)) and table["share"].sum() == pytest.approx(1)
    assert table.set_index("value").loc[10, "n"] == 2 and table.set_index("value").loc[0, "n"] == 0


def test_adjusted_wald_covers_where_wald_does_not():
    """The interval is the reason for the default: 95 % at n = 10 with 88 % promoters, where Wald
    covers about 70 %.
    """
    rng = np.random.default_rng(5)
    truth = 100 * (0.88 - 0.04)
    hits = {"adjusted_wald": 0, "wald": 0}
    answers = [rng.choice([10, 8, 3], 10, p=[0.88, 0.08, 0.04]) for _ in range(150)]
    for study in parts(scored(np.concatenate(answers)), 150):
        for kind in hits:
            row = cx.nps(study, interval=kind).iloc[0]
            hits[kind] += row["conf_low"] <= truth <= row["conf_high"]
    assert hits["adjusted_wald"] / 150 > 0.92
    assert hits["wald"] / 150 < 0.80


@pytest.mark.parametrize(
    ("accounts", "answers", "icc"), [(4, 20, 0.2), (8, 20, 0.2), (10, 10, 0.0)]
)
def test_intervals_of_few_accounts_cover(accounts, answers, icc):
    """Accounts know their own spread badly: without the t ratio (Korn & Graubard 1998) 4 accounts
    covered about 80 %.
    """
    rng = np.random.default_rng(accounts)
    cut = stats.norm.ppf([0.3, 0.6])
    hits, frames = {"nps": 0, "csat_top2": 0}, []
    for _ in range(120):
        latent = np.sqrt(icc) * np.repeat(rng.normal(size=accounts), answers) + np.sqrt(
            1 - icc
        ) * rng.normal(size=accounts * answers)
        group = np.searchsorted(cut, latent)
        frame = pd.DataFrame(
            {
                "nps": np.array([3, 8, 10])[group],
                "s": np.array([2, 5, 7])[group],
                "p": 4,
                "c": np.repeat(np.arange(accounts), answers),
            }
        )
        frames.append(frame)
    outcomes = {"nps": {"kind": "nps", "column": "nps"}, "s": {"kind": "csat", "column": "s"}}
    frame = stacked(frames)
    whole = cx.Study.from_frame(frame, {"t": "p"}, outcomes, scales=SCALES, account="c")
    for study in parts(whole, 120):
        row, top = cx.nps(study).iloc[0], cx.describe.csat(study).iloc[0]
        hits["nps"] += row["conf_low"] <= 10 <= row["conf_high"]
        hits["csat_top2"] += top["conf_low"] <= 0.4 <= top["conf_high"]
    assert hits["nps"] / 120 > 0.89 and hits["csat_top2"] / 120 > 0.89


def test_share_errors_equal_svymean():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"s": rng.integers(1, 8, 40), "p": 4, "w": rng.uniform(0.5, 2, 40)})
    study = cx.Study.from_frame(
        frame, {"t": "p"}, {"s": {"kind": "csat", "column": "s"}}, scales=SCALES, weight="w"
    )
    hit, w = (frame["s"] >= 6).to_numpy(float), frame["w"].to_numpy()
    score = w * (hit - np.average(hit, weights=w)) / w.sum()
    assert cx.describe.csat(study)["std_error"].iloc[0] == pytest.approx(
        np.sqrt(40 / 39 * (score**2).sum()), rel=1e-12
    )


def test_waves_follow_each_other_as_they_did():
    def order(names, **keys):
        frame = pd.DataFrame({"nps": 9, "p": 4, "wave": np.repeat(names, 3)})
        return cx.Study.from_frame(
            frame,
            {"t": "p"},
            {"nps": {"kind": "nps", "column": "nps"}},
            scales=SCALES,
            wave="wave",
            **keys,
        ).wave_order

    assert order(["10", "2", "1"]) == ["1", "2", "10"]
    assert order(["W10", "W9", "W1"]) == ["W1", "W9", "W10"]
    assert order(["2026-Q1", "2025-Q4"]) == ["2025-Q4", "2026-Q1"]
    # "Q4 2025" and "Q1 2026" tell no order by their first number: as they come, or as declared.
    assert order(["Q4 2025", "Q1 2026"]) == ["Q4 2025", "Q1 2026"]
    assert order(["spring", "autumn"]) == ["spring", "autumn"]
    assert order(["autumn", "spring"], waves=["spring", "autumn"]) == ["spring", "autumn"]


def test_changes_of_one_sided_waves_have_width():
    frame = pd.DataFrame({"nps": [10] * 10 + [8] * 11, "p": 4, "wave": ["1"] * 10 + ["2"] * 11})
    row = cx.changes(
        cx.Study.from_frame(
            frame, {"t": "p"}, {"nps": {"kind": "nps", "column": "nps"}}, scales=SCALES, wave="wave"
        ),
        "nps",
    ).iloc[0]
    assert row["conf_high"] - row["conf_low"] > 30 and row["p_value"] < 0.05


@pytest.mark.parametrize("conf_level", [95, -1, 0, 1])
def test_confidence_levels_that_are_none_are_refused(conf_level):
    with pytest.raises(cx.ModelError, match="give a number between 0 and 1"):
        cx.nps(scored([9, 1, 8]), conf_level=conf_level)


def by_account(sizes, answers=None, groups=None, **keys) -> cx.Study:
    """An NPS whose answers come from accounts of these sizes."""
    n = sum(sizes)
    y = np.random.default_rng(3).choice([10, 8, 3], n) if answers is None else answers
    frame = pd.DataFrame({"nps": y, "p": 4, "a": np.repeat(np.arange(len(sizes)), sizes)})
    if groups is not None:
        frame["g"], keys["segments"] = groups, ["g"]
    outcomes = {"nps": {"kind": "nps", "column": "nps"}}
    return cx.Study.from_frame(
        frame,
        {"t": "p"},
        outcomes,
        scales=SCALES,
        account="a",
        **keys,
    )


@pytest.mark.parametrize("sizes", [[119, 1], [100, 10, 10], [60, 60]])
def test_fewer_than_three_effective_accounts_are_refused_with_the_reason(sizes):
    """Protects from 95 % intervals that hold in 28–62 % of studies."""
    with pytest.raises(
        cx.ModelError, match="they count as .* of equal size, and a margin of error takes 3"
    ):
        cx.nps(by_account(sizes))


@pytest.mark.parametrize(
    "sizes", [[40] * 3, [20] * 6, [40, *[10] * 8], [60, 20, 10, *[5] * 5, 3, 2]]
)
def test_three_effective_accounts_and_more_are_answered(sizes):
    row = cx.nps(by_account(sizes)).iloc[0]
    assert row["conf_low"] < row["estimate"] < row["conf_high"]


def test_a_group_of_too_few_accounts_keeps_its_n_and_says_why():
    sizes = [20] * 6 + [60, 2]
    study = by_account(sizes, groups=["many"] * 120 + ["few"] * 62)
    rows = cx.nps(study, by="g").set_index("level")
    assert rows["note"].to_dict() == {"many": "", "few": "few_units"}
    assert rows.loc["few", "n"] == 62
    assert rows.loc["few", ["estimate", "std_error", "conf_low", "conf_high"]].isna().all()
    said = " ".join(cx.say(cx.nps(study, by="g")))
    assert "too few accounts" in said and "few answers are not told" not in said


def test_bell_and_mccaffrey_s_degrees_of_freedom_are_those_of_the_eigenvalues():
    """The outside witness: eigenvalues of the CR2 form of 60, 20, 10 and seven more answers."""
    from scipy.stats import t

    sizes = np.array([60, 20, 10, *[5] * 5, 3, 2])
    units = np.repeat(np.arange(10), sizes)
    y = (
        np.random.default_rng(0).normal(5, 1, 120)
        + np.random.default_rng(1).normal(0, 1, 10)[units]
    )
    keys = {"scales": {"z": {"min": -9, "max": 19, "whole": False}}, "account": "a"}
    frame = pd.DataFrame({"y": y, "p": 4, "a": units})
    study = cx.Study.from_frame(frame, {"t": "p"}, {"y": {"kind": "score", "column": "y"}}, **keys)
    row = cx.metrics(study).iloc[0]
    maker = np.eye(120) - 1 / 120
    sums = (units[:, None] == np.arange(10)) / 120 / np.sqrt(1 - sizes / 120)
    values = np.linalg.eigvalsh(sums.T @ maker @ sums)
    df = values.sum() ** 2 / (values**2).sum()
    variance = ((sums.T @ (y - y.mean())) ** 2).sum()
    half = t.ppf(0.975, df) * np.sqrt(variance)
    assert 2.5 < df < 3.5
    assert row["conf_high"] - row["estimate"] == pytest.approx(half, rel=1e-9)


def test_accounts_that_agree_are_no_certainty():
    """Six accounts of the same share: the interval does not hang on the rounding of an error of 0,
    and is that of six answers.
    """
    for k in range(2, 19):
        y = np.tile(np.repeat([10, 3], [k, 20 - k]), 6)
        row = cx.nps(by_account([20] * 6, y)).iloc[0]
        assert row["conf_high"] - row["conf_low"] > 50


def test_one_huge_weight_gets_the_reason_and_any_unit_of_weights_the_same_numbers():
    rng = np.random.default_rng(2)
    y, w = rng.choice([10, 8, 3], 80), rng.lognormal(0, 0.8, 80)
    numbers = cx.nps(scored(y, w=w)).drop(columns=["outcome", "metric", "group", "level"])
    for unit in (1e-300, 1e6, 1e300):
        again = cx.nps(scored(y, w=w * unit))[numbers.columns]
        assert again.to_numpy(float) == pytest.approx(numbers.to_numpy(float), rel=1e-12)
    with pytest.raises(cx.ModelError, match="weights are so uneven that 80 answers count as 1.0"):
        cx.nps(scored(y, w=np.r_[1e6, np.ones(79)]))


def test_answers_that_are_all_alike_have_no_error_of_zero():
    frame = pd.DataFrame({"sat": [7] * 40, "p": 5, "e": 6})
    study = cx.Study.from_frame(
        frame,
        {"t": {"experience": "p", "expectation": "e"}},
        {"sat": {"kind": "csat", "column": "sat"}},
        scales=SCALES,
    )
    table = cx.describe.csat(study).set_index("metric")
    assert table.loc["csat_top2", "conf_low"] < 0.95
    assert table.loc["csat_mean", ["std_error", "conf_low", "conf_high"]].isna().all()
    gap = cx.gap_scores(study).iloc[0]
    assert gap["estimate"] == -1 and gap[["conf_low", "conf_high", "p_value"]].isna().all()


def test_the_test_of_two_scores_says_what_its_interval_says():
    """80 promoters in 100 and none a detractor: what rejected 8–12 % of true nulls of 15 against
    60. p < .05 exactly where the interval leaves out 0.
    """
    draws = [np.random.default_rng(seed).choice([10, 8], 75, p=[0.8, 0.2]) for seed in range(80)]
    frame = pd.DataFrame({"nps": np.concatenate(draws), "p": 4})
    frame["g"] = (["a"] * 15 + ["b"] * 60) * 80
    outcomes, rejected = {"nps": {"kind": "nps", "column": "nps"}}, 0
    whole = cx.Study.from_frame(frame, {"t": "p"}, outcomes, scales=SCALES, segments=["g"])
    for study in parts(whole, 80):
        row = cx.differences(study, "nps", by="g").iloc[0]
        assert (row["p_value"] < 0.05) == (not row["conf_low"] <= 0 <= row["conf_high"])
        rejected += row["p_value"] < 0.05
    assert rejected <= 8


def test_an_account_is_a_population_of_its_own():
    """By account each respondent is a unit: the accounts themselves are compared."""
    rows = cx.nps(by_account([30, 40]), by="account")
    assert "note" not in rows and rows["conf_low"].notna().all()


# ---- several splits at once, and answers without a study


def test_combined_splits_are_the_rows_that_have_both_levels():
    """Protects a table by two variables: each row is that of the respondents of both levels, in the
    order of either split, and nobody without one of them is in any.
    """
    study = cx.read_study("data/aurora")
    plan, region = (study.group(by) for by in ("plan", "region"))
    table = cx.metrics(study, by=["plan", "region"])
    assert set(table["group"]) == {"plan × region"} and table.settings["by"] == "plan × region"
    order = [f"{one} × {other}" for one in study.levels("plan") for other in study.levels("region")]
    assert list(dict.fromkeys(table["level"])) == order
    for level, rows in table.groupby("level"):
        one, other = level.split(" × ")
        alone = cx.metrics(study.where((plan == one) & (region == other)))
        for column in ("estimate", "std_error", "conf_low", "conf_high", "n"):
            assert rows[column].to_numpy() == pytest.approx(alone[column].to_numpy(), nan_ok=True)
    assert cx.nps(study, by=["plan"]).equals(cx.nps(study, by="plan"))
    first = cx.gap_scores(study, by=["plan", "region"])
    assert list(dict.fromkeys(first["level"])) == order


@pytest.mark.parametrize(
    ("language", "named"),
    [("en", "Plan × Region: Prepaid × Southeast (−1"), ("pt-BR", "Plano × Região: Pré-pago × Su")],
)
def test_combined_splits_are_told_and_drawn(language, named):
    table = cx.nps(cx.read_study("data/aurora"), by=["plan", "region"])
    assert cx.say(table, language=language)[0].startswith(named)
    assert len(cx.plot(table, language=language).data["rows"]) > 10


@pytest.mark.parametrize("by", [["plan", "nothing"], [], ["plan", 3], 3])
def test_a_split_that_is_none_is_refused(by):
    with pytest.raises(cx.ModelError, match="by=|takes one name as text"):
        cx.nps(cx.read_study("data/aurora"), by=by)


def test_answers_alone_have_a_score():
    """Protects whoever has a column and no study yet: the same numbers, the same checks."""
    answers = pd.Series([10, 9, 8, 3, None, 10], name="q1")
    outcomes = {"recommend": {"kind": "nps", "column": "q1"}}
    study = cx.Study.from_frame(answers.to_frame(), {}, outcomes)
    assert cx.nps(answers).equals(cx.nps(study))
    with pytest.raises(cx.StudyError, match="column 'q1', row 2: outside the scale 0–10"):
        cx.nps(pd.Series([1, 2, 11], name="q1"))
    with pytest.raises(cx.ModelError, match="takes a study first, not list"):
        cx.nps([1, 2, 11])
