"""Known numbers on surveys that other people made: a Korean SERVQUAL study and three years of an
airport's passengers.

The data stand in a folder beside the project (`shared`) and are never copied into it. Reference
numbers for the airport's NPS come from the R package NPS and from a second computation by hand
(reference/e_nps.json).
"""

from __future__ import annotations

import csv
import html
import json
import re
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

import cxlab as cx

STUDIES = Path(__file__).parent / "studies"


@pytest.fixture(scope="module")
def kiosk(shared) -> cx.Study:
    return cx.read_study(STUDIES / "kiosk", allow_outside=shared)


@pytest.fixture(scope="module")
def sfo(shared) -> cx.Study:
    return cx.read_study(STUDIES / "sfo", allow_outside=shared)


@pytest.fixture(scope="module")
def unweighted_sfo(shared, tmp_path_factory) -> cx.Study:
    """The same study.yml without `weight:`; the peers' figures are unweighted."""
    folder = tmp_path_factory.mktemp("sfo")
    declared = yaml.safe_load((STUDIES / "sfo" / "study.yml").read_text("utf-8"))
    del declared["weight"]
    for source in declared["responses"]:
        source["file"] = str((STUDIES / "sfo" / source["file"]).resolve())
    (folder / "study.yml").write_text(yaml.safe_dump(declared, allow_unicode=True), "utf-8")
    (folder / "touchpoints.csv").write_bytes((STUDIES / "sfo" / "touchpoints.csv").read_bytes())
    return cx.read_study(folder, allow_outside=shared)


@pytest.fixture(scope="module")
def peer(shared) -> dict:
    return json.loads((shared / "reference" / "e_nps.json").read_text("utf-8"))["results"]


# ---- kiosks in Korea


def declared_touchpoints() -> list[dict]:
    with (STUDIES / "kiosk" / "touchpoints.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_kiosk_pairs_the_three_questions_of_one_item():
    """Items 8 and 9 stand in swapped order in the file, and the columns are shuffled: position
    would pair wrong questions.
    """
    rows = [row for row in declared_touchpoints() if row["experience"]]
    assert len(rows) == 24
    for number, row in enumerate(rows, 1):
        assert row["expectation"].startswith(f"{number}-1.") and "기대" in row["expectation"]
        assert row["experience"].startswith(f"{number}-2.") and "인지" in row["experience"]
        assert row["importance"].startswith(f"{number}-1.") and "중요" in row["importance"]
        first = {
            role: re.findall(r"[가-힣]+", row[role])[:6]
            for role in ("expectation", "experience", "importance")
        }
        assert (
            len(
                {word[:2] for word in first["expectation"]}
                & {word[:2] for word in first["experience"]}
            )
            >= 4
        )
        assert (
            len(
                {word[:2] for word in first["expectation"]}
                & {word[:2] for word in first["importance"]}
            )
            >= 3
        )
    swapped = {row["touchpoint"]: row["importance"] for row in rows}
    assert "선택" in swapped["own_choice"] and "언제든" in swapped["any_time"]


def test_kiosk_leaves_out_those_who_never_used_one(kiosk):
    flow = kiosk.flow.set_index("step")
    assert flow["n"].iloc[0] == 211
    assert flow["dropped"].sum() == 4
    assert kiosk.n == 207


def test_kiosk_means_of_expectation_and_perception(kiosk):
    names = kiosk.touchpoints.loc[kiosk.touchpoints["experience"], "touchpoint"]
    e = pd.DataFrame({name: kiosk.rating(name, "expectation") for name in names})
    p = pd.DataFrame({name: kiosk.rating(name) for name in names})
    assert e.mean().mean() == pytest.approx(5.974, abs=5e-4)
    assert p.mean().mean() == pytest.approx(4.872, abs=5e-4)
    gaps = cx.gap_scores(kiosk)
    assert gaps["estimate"].mean() == pytest.approx(4.872 - 5.974, abs=1e-3)
    assert (gaps["n"] == 207).all()


@pytest.mark.parametrize(
    ("form", "r_squared"), [("difference", 0.1736), ("E+P", 0.2778), ("quadratic", 0.3418)]
)
def test_kiosk_contest_of_forms(kiosk, form, r_squared):
    fit = cx.fit_gap(kiosk, None, outcome="satisfaction", form=form)
    assert fit.glance()["r_squared"].item() == pytest.approx(r_squared, abs=5e-5)
    assert fit.glance()["n"].item() == 207


def test_kiosk_quadratic_against_least_squares_by_hand(kiosk):
    names = kiosk.touchpoints.loc[kiosk.touchpoints["experience"], "touchpoint"]
    e = (
        pd.DataFrame({name: kiosk.rating(name, "expectation") for name in names})
        .mean(axis=1)
        .to_numpy()
        - 4
    )
    p = pd.DataFrame({name: kiosk.rating(name) for name in names}).mean(axis=1).to_numpy() - 4
    x = np.column_stack([np.ones_like(e), e, p, e * e, e * p, p * p])
    b, *_ = np.linalg.lstsq(x, kiosk.outcome("satisfaction").to_numpy(), rcond=None)
    tidy = (
        cx.fit_gap(kiosk, None, outcome="satisfaction", form="quadratic")
        .tidy()
        .set_index("term")["estimate"]
    )
    terms = [
        "intercept",
        "expectation",
        "experience",
        "expectation^2",
        "expectation:experience",
        "experience^2",
    ]
    np.testing.assert_allclose(tidy[terms], b, rtol=1e-9)


def test_kiosk_surface(kiosk):
    surface = cx.surface(
        cx.fit_gap(kiosk, None, outcome="satisfaction", form="quadratic")
    ).set_index("term")["estimate"]
    assert surface["a1"] == pytest.approx(0.6348, abs=5e-5)
    assert surface["a3"] == pytest.approx(-1.1317, abs=5e-5)


def test_kiosk_kano_pairs_ask_what_the_rated_item_asks():
    """The Kano part has its own numbers (1–29) and words each question anew: both halves of a pair,
    and the rated item, must meet in words.
    """
    renamed = {
        short: long
        for long, short in yaml.safe_load((STUDIES / "kiosk" / "study.yml").read_text("utf-8"))[
            "responses"
        ]["rename"].items()
    }
    numbers = []
    for row in (row for row in declared_touchpoints() if row["functional"]):
        pair = [renamed.get(row[role], row[role]) for role in ("functional", "dysfunctional")]
        assert all("어떤 느낌이 들겠습니까" in question for question in pair)
        first, second = (re.match(r"(\d+)-([12])\.", question).groups() for question in pair)
        assert first == (second[0], "1") and second[1] == "2"
        numbers.append(int(first[0]))
        stems = [
            {word[:2] for word in re.findall(r"[가-힣]{2,}", question)}
            for question in [*pair, row["experience"]]
            if question
        ]
        assert len(stems[0] & stems[1]) >= 4
        if row["experience"]:
            assert len(stems[0] & stems[2]) >= 2
    assert sorted(numbers) == list(range(1, 30))


KANO_TABLE = dict(
    zip(
        ["like", "expect", "neutral", "bear", "dislike"],
        ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"),
        strict=True,
    )
)
KANO_ANSWERS = {
    "마음에 든다.": "like",
    "당연하다.": "expect",
    "아무런 느낌이 없다.": "neutral",
    "하는 수 없다.": "bear",
    "마음에 안 든다.": "dislike",
}
LETTERS = {
    "must_be": "M",
    "one_dimensional": "O",
    "attractive": "A",
    "indifferent": "I",
    "reverse": "R",
    "questionable": "Q",
}


@pytest.mark.parametrize(
    ("touchpoint", "item", "leading"),
    [
        ("entry_processed", 2, "must_be"),
        ("price", 10, "attractive"),
        ("simple", 16, "one_dimensional"),
        ("looks", 24, "indifferent"),
        ("gloves", 27, "attractive"),
        ("on_my_own", 6, "one_dimensional"),
    ],
)
def test_kiosk_kano_counts_by_crosstab(kiosk, shared, touchpoint, item, leading):
    raw = pd.read_csv(shared / "data" / "kiosk" / "kiosk.csv", encoding="cp949", dtype=str)
    raw = raw[raw["거래형 키오스크를  얼마나 자주 사용하십니까?"] != "사용한 적 없음"]
    there, missing = (
        raw[[c for c in raw if c.startswith(f"{item}-{half}.") and "만약" in c]]
        .squeeze("columns")
        .str.strip()
        .map(KANO_ANSWERS)
        for half in (1, 2)
    )
    cross = pd.crosstab(there, missing)
    counts = dict.fromkeys("MOAIRQ", 0)
    for functional, row in cross.iterrows():
        for dysfunctional, count in row.items():
            counts[KANO_TABLE[functional][list(KANO_TABLE).index(dysfunctional)]] += count
    row = cx.kano(kiosk).set_index("touchpoint").loc[touchpoint]
    assert {letter: row[kind] for kind, letter in LETTERS.items()} == counts
    assert row["n"] == 207 and row["class"] == leading
    assert row["better"] == pytest.approx(
        (counts["A"] + counts["O"]) / sum(counts[k] for k in "AOMI")
    )
    assert row["worse"] == pytest.approx(
        -(counts["O"] + counts["M"]) / sum(counts[k] for k in "AOMI")
    )


def test_kiosk_kano_beside_penalties_and_rewards(kiosk):
    """Two methods for one question: twenty touchpoints have both. What customers say and what their
    satisfaction shows differ widely.
    """
    stated = cx.kano(kiosk).set_index("touchpoint")
    # Three respondents tell the penalty of one: its error cannot be known.
    with pytest.raises(cx.ModelError, match="^entry_processed: nearly all of 207"):
        cx.penalty_reward(kiosk, "satisfaction", n_boot=0)
    asked = kiosk.touchpoints.loc[kiosk.touchpoints["experience"], "touchpoint"]
    others = [name for name in asked if name != "entry_processed"]
    options = {"touchpoints": others, "n_boot": 500}
    derived = cx.penalty_reward(kiosk, "satisfaction", **options).set_index("touchpoint")
    both = stated.index.intersection(derived.index)
    assert (len(stated), len(derived), len(both)) == (29, 23, 19)
    assert stated.loc[both, "class"].value_counts().to_dict() == {
        "must_be": 8,
        "one_dimensional": 5,
        "indifferent": 3,
        "attractive": 3,
    }
    assert stated.loc[["kept_safe", "shielded", "no_misuse"], "class"].tolist() == ["must_be"] * 3
    # 106 against 77 and 117 against 57 are no chance by the exact sign test; 101 against 75 may be.
    for name, clear in (("kept_safe", True), ("shielded", False), ("no_misuse", True)):
        lead, second = (stated.loc[name, stated.loc[name, one]] for one in ("class", "second"))
        assert stated.loc[name, "clear"] == clear
        assert (stats.binomtest(int(lead), int(lead + second)).pvalue < 0.05) == clear
    # 23 correlated touchpoints and 207 answers: the regression can tell few of them from nothing,
    # and its probabilities say so.
    assert (derived["class"] == "indifferent").sum() > 18
    assert (
        derived.loc["information", "class"] == "basic"
        and stated.loc["information", "class"] == "must_be"
    )
    assert derived[["p_basic", "p_performance", "p_excitement", "p_indifferent"]].sum(
        axis=1
    ).tolist() == pytest.approx([1.0] * len(derived))


def test_kiosk_shows_no_congruence(kiosk):
    """Meeting expectations is not best in itself here: the ridge does not lie on E = P, and the
    surface does not bend down across it.
    """
    checklist = cx.congruence(cx.fit_gap(kiosk, None, outcome="satisfaction")).set_index("term")
    assert set(checklist["verdict"]) == {"none"}
    assert checklist["holds"].to_dict() == {
        "expectation": False,
        "p10": False,
        "p11": False,
        "a4": False,
        "a3": False,
        "a1": True,
        "a2": True,
    }
    assert checklist.loc["a3", "conf_high"] < 0


def test_kiosk_cannot_say_what_exceeding_brings(kiosk):
    """Overall hardly anybody met more than expected: the loss ratio has no interval, and most
    expectations stand at the top of the scale.
    """
    table = cx.disconfirmation(kiosk, None, outcome="satisfaction", n_boot=500).set_index("term")
    assert table.loc["loss", "conf_low"] > 0
    assert table.loc["gain", "conf_low"] < 0 < table.loc["gain", "conf_high"]
    assert table.loc["loss_ratio", "note"] == "excluded" and np.isnan(
        table.loc["loss_ratio", "conf_low"]
    )
    ceiling = cx.describe.expectation_ceiling(kiosk)
    assert (ceiling["note"] == "ceiling").sum() == 18
    assert ceiling.set_index("touchpoint").loc["no_misuse", "estimate"] == pytest.approx(166 / 207)


# ---- passengers of San Francisco's airport


def test_sfo_reads_three_years_with_their_own_column_names(sfo):
    assert sfo.waves.value_counts().to_dict() == {"2016": 3087, "2017": 2831, "2018": 2809}
    missing = sfo.missing().set_index(["touchpoint", "role"])
    assert missing.loc[("recommend", "outcome"), "not_asked"] == 3087
    assert missing.loc[("recommend", "outcome"), "no_answer"] == 85 + 159
    assert missing.loc[("long_term_parking", "experience"), "not_used"] == 2057 + 1816 + 1927
    assert missing.loc[("satisfaction", "outcome"), "not_used"] == 0
    assert set(missing.sum(axis=1)) == {8727}


@pytest.mark.parametrize("year", ["2017", "2018"])
def test_sfo_nps_agrees_with_the_peers(unweighted_sfo, peer, year):
    hand = peer[f"sfo{year}"]["hand"]
    row = cx.nps(unweighted_sfo, by="wave").set_index("level").loc[year]
    assert row["n"] == hand["n"]
    assert row["estimate"] == pytest.approx(100 * hand["wald"]["est"], rel=1e-12)
    assert row["std_error"] == pytest.approx(100 * hand["wald"]["se"], rel=1e-12)
    assert row["promoters"] == pytest.approx(hand["promoters"] / hand["n"], rel=1e-12)
    assert row["detractors"] == pytest.approx(hand["detractors"] / hand["n"], rel=1e-12)
    assert row["conf_low"] == pytest.approx(100 * hand["adjwald_3_4_T3"]["lo"], rel=1e-12)
    assert row["conf_high"] == pytest.approx(100 * hand["adjwald_3_4_T3"]["hi"], rel=1e-12)


def test_sfo_weighted_nps_by_hand(sfo):
    score, weight, wave = sfo.outcome("recommend"), sfo.weights, sfo.waves
    table = cx.nps(sfo, by="wave").set_index("level")
    for year in ("2017", "2018"):
        asked = (wave == year) & score.notna()
        s, w = (
            np.select([score[asked] >= 9, score[asked] <= 6], [1.0, -1.0], 0.0),
            weight[asked].to_numpy(),
        )
        mean = (w @ s) / w.sum()
        assert table.loc[year, "estimate"] == pytest.approx(100 * mean, rel=1e-12)
        assert table.loc[year, "n_eff"] == pytest.approx(w.sum() ** 2 / (w @ w), rel=1e-12)
        assert table.loc[year, "conf_low"] < 100 * mean < table.loc[year, "conf_high"]


def test_sfo_two_years_compared_agree_with_the_peer(unweighted_sfo, peer):
    two = peer["two_sample_sfo2017_2018"]
    row = cx.changes(unweighted_sfo, "recommend").iloc[0]
    assert row["level"] == "2017 → 2018"
    assert row["estimate"] == pytest.approx(-100 * two["delta"], rel=1e-12)
    assert row["std_error"] == pytest.approx(100 * two["se.hat"], rel=1e-12)
    # Test and interval have Rocks' (2016) pseudo-answers, which the peer's plain Wald has not.
    means, variances = [], []
    for hand in (peer["sfo2017"]["hand"], peer["sfo2018"]["hand"]):
        count = hand["n"] + 3
        up, down = (hand["promoters"] + 0.75) / count, (hand["detractors"] + 0.75) / count
        means.append(100 * (up - down))
        variances.append(100**2 * (up + down - (up - down) ** 2) / count)
    change, error = means[1] - means[0], np.sqrt(sum(variances))
    assert row["p_value"] == pytest.approx(2 * stats.norm.sf(abs(change) / error), rel=1e-10)
    assert row["p_value"] == pytest.approx(two["p.value"], rel=0.02)
    ends = change + error * stats.norm.ppf([0.025, 0.975])
    assert [row["conf_low"], row["conf_high"]] == pytest.approx(ends, rel=1e-10)
    assert row["n"] == two["n.x"] + two["n.y"]


def test_sfo_did_not_ask_for_recommendation_in_2016(sfo):
    asked = sfo.where(sfo.waves == "2016")
    assert (
        (
            asked.missing()
            .set_index(["touchpoint", "role"])
            .loc[("recommend", "outcome"), "not_asked"]
        )
        == 3087
    )
    message = "outcome recommend: nobody answered it here (not asked, or no answer)"
    with pytest.raises(cx.ModelError, match=f"^{re.escape(message)}$"):
        cx.nps(asked)
    assert list(cx.nps(sfo, by="wave")["level"]) == ["2017", "2018"]


def test_sfo_asks_no_expectation_and_gap_models_say_so(sfo):
    with pytest.raises(
        cx.ModelError, match="no touchpoint of this study asks an expectation beside the experience"
    ):
        cx.fit_gap(sfo, None, outcome="satisfaction")


# ---- as reports


@pytest.mark.slow
def test_both_surveys_become_reports(shared, real_reports, kiosk, sfo):
    for (name, study), language in product({"kiosk": kiosk, "sfo": sfo}.items(), ("en", "pt-BR")):
        page = html.unescape((real_reports / name / f"report.{language}.html").read_text("utf-8"))
        assert study.title(language) in page
        labels = study.labels(language)
        stages = [label for name, label in labels.items() if name.startswith("stage:")]
        assert stages and all(label in page for label in stages)
        assert str(shared.parent) not in page
        assert "<script" not in page.lower()
    for language in ("en", "pt-BR"):
        page = html.unescape((real_reports / "sfo" / f"report.{language}.html").read_text("utf-8"))
        # The last wave stands on the first page, never all of them pooled.
        last, pooled = (
            cx.say(cx.nps(one), language=language)[0].partition("). ")[2]
            for one in (sfo.where(sfo.waves == "2018"), sfo)
        )
        assert last and last in page and pooled not in page
        page = html.unescape(
            (real_reports / "kiosk" / f"report.{language}.html").read_text("utf-8")
        )
        mean = cx.describe.score(kiosk, "satisfaction")["estimate"].item()
        assert f"{mean:.2f}".replace(".", "," if language == "pt-BR" else ".") in page


# ---- what changed at the airport


def test_sfo_security_and_restrooms_got_worse_from_2017_to_2018(sfo):
    """The NPS fell; of 18 touchpoints two fell beyond chance."""
    table = cx.waves.touchpoint_changes(sfo).set_index("touchpoint")
    held = table[table["p_holm"] < 0.05]
    assert set(held.index) == {"security", "restrooms"} and (held["estimate"] < 0).all()
    frame = sfo.responses
    for name, column in (("security", "Q14PASSTHRU"), ("restrooms", "Q9RESTROOM")):
        rated = pd.to_numeric(frame[column], errors="coerce").where(lambda x: x.between(1, 5))
        mine = rated[(sfo.waves == "2018") & rated.notna()]
        weights = sfo.weights[mine.index]
        assert table.loc[name, "later"] == pytest.approx(np.average(mine, weights=weights))


def test_sfo_what_the_fall_of_the_score_goes_with(sfo, unweighted_sfo):
    """.3984 to .3098 unweighted; with weights −5.3 points, of which −3.7 go with lower ratings."""
    plain = cx.changes(unweighted_sfo, "recommend").iloc[0]
    by_wave = cx.nps(unweighted_sfo, by="wave").set_index("level")["estimate"]
    assert by_wave.round(2).to_dict() == {"2017": 39.84, "2018": 30.98}
    for study, change in ((unweighted_sfo, plain["estimate"]), (sfo, -5.285)):
        table = cx.waves.decompose_change(study, "recommend", n_boot=200, seed=1)
        rows = table.set_index(["part", "touchpoint"])["estimate"]
        one = table[(table["touchpoint"] != "all_touchpoints") & (table["part"] != "change")]
        assert rows["change", ""] == pytest.approx(change, abs=5e-4)
        assert one["estimate"].sum() == pytest.approx(rows["change", ""], abs=1e-9)
        held = table[(table["part"] == "experience") & (table["p_holm"] < 0.05)]
        assert "security" in set(held["touchpoint"])
    assert rows["experience", "all_touchpoints"] == pytest.approx(-3.67, abs=0.01)
    assert rows["experience", "security"] == pytest.approx(-1.42, abs=0.01)
    mixed = cx.waves.decompose_mix(sfo, "recommend", by="purpose", n_boot=0)
    parts = mixed[mixed["level"] == "all"].set_index("part")["estimate"]
    assert parts["mix"] == pytest.approx(-0.24, abs=0.01)
    assert parts["mix"] + parts["within"] == pytest.approx(parts["change"], abs=1e-9)
