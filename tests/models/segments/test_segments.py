"""Classes of customers are found where they are, refused where they are not, and split a study."""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab import Study
from cxlab.errors import ModelError, NotAskedError, StudyError

COLUMNS = [f"q{i}" for i in range(6)]
RECOMMEND = {"recommend": {"kind": "nps", "column": "nps"}}


def frame_of(n=400, share=0.4, certain=0.9, seed=1):
    rng = np.random.default_rng(seed)
    mine = rng.random(n) < share
    hits = rng.random((n, 6)) < np.where(mine, certain, 1 - certain)[:, None]
    frame = pd.DataFrame(hits.astype(int), columns=COLUMNS)
    nps = np.where(mine, 10, 6) - rng.integers(0, 3, n)
    return frame.assign(id=[f"r{i}" for i in range(n)], nps=nps, mine=mine)


def study_of(frame, touchpoints=(), **keys):
    return Study.from_frame(
        frame.drop(columns="mine", errors="ignore"), touchpoints, RECOMMEND, **keys
    )


@pytest.fixture(scope="module")
def frame():
    return frame_of()


@pytest.fixture(scope="module")
def study(frame):
    declared = {"indicators": COLUMNS, "names": {"2": {"en": "Yes to all"}}}
    return study_of(frame, classes=declared)


@pytest.fixture(scope="module")
def found(study):
    return cx.segments.find_segments(study, most=3)


def chosen(table):
    return table.loc[table["verdict"] == "chosen", "classes"].tolist()


def test_two_planted_classes_are_chosen(found):
    assert chosen(found) == [2] and found["n"].eq(400).all()
    row = found.set_index("classes").loc[2]
    assert row["jaccard"] > 0.9 and row["entropy"] > 0.8 and 0.35 < row["smallest"] < 0.45
    assert row["bic"] == found["bic"].min() and row["parameters"] == 13
    assert found.loc[found["classes"] != 2, "jaccard"].isna().all()


def test_the_profile_gives_the_planted_shares_with_intervals_that_hold_them(study, found, frame):
    profile = cx.segments.segment_profile(study, found, n_boot=200)
    yes = profile[profile["choice"] == "1"].pivot(index="question", columns="level")
    assert yes["estimate"]["1"].mean() == pytest.approx(0.1, abs=0.03)
    assert yes["estimate"]["2"].mean() == pytest.approx(0.9, abs=0.03)
    held = (yes["conf_low"]["2"] <= 0.9) & (yes["conf_high"]["2"] >= 0.9)
    assert held.sum() >= 5
    first = profile.iloc[0]
    assert (
        first["n"] == first["n_class"] == 400 - profile.iloc[-1]["n"]
        and 0 < first["misplaced"] < 0.05
    )
    assert first["class_share_low"] < first["class_share"] < first["class_share_high"]
    told = profile[profile["question"].eq("q0") & profile["choice"].eq("1")]
    assert told["estimate_all"].tolist() == pytest.approx([frame["q0"].mean()] * 2)


def test_classes_are_a_segment_that_splits_everything(study, found, frame):
    split = cx.segments.with_segments(study, found)
    agreed = pd.crosstab(split.group("profile"), frame["mine"])
    assert agreed.loc["1", False] + agreed.loc["2", True] >= 390
    table = cx.metrics(split, by="profile").set_index("level")
    assert table.loc["2", "estimate"] > 50 > -50 > table.loc["1", "estimate"]
    assert split.labels("en")["profile[2]"] == "Yes to all"
    assert split.labels("pt-BR")["profile[1]"] == "Perfil 1"
    assert "profile" not in study.codebook.splits
    with pytest.raises(ModelError, match="has a 'profile' already"):
        cx.segments.with_segments(split, cx.segments.find_segments(split, most=2))


def test_slopes_of_classes_are_those_of_the_split_study(study, found, frame):
    rng = np.random.default_rng(0)
    rating = rng.integers(1, 8, 400)
    slope = np.where(frame["mine"], 0.8, 0.0)
    rated = frame.assign(r=rating, nps=(5 + slope * (rating - 4) + rng.normal(size=400)).round())
    scales = {"scale": {"min": 1, "max": 7}}
    split = study_of(rated, {"t": "r"}, scales=scales, classes={"indicators": COLUMNS})
    split = cx.segments.with_segments(split, cx.segments.find_segments(split, most=2))
    row = cx.moderation(split, "profile", outcome="recommend").iloc[0]
    assert row["p_value"] < 0.001 and row["estimate"] == pytest.approx(0.8, abs=0.2)


def test_one_class_is_one_and_has_no_profile():
    rng = np.random.default_rng(3)
    study = study_of(pd.DataFrame(rng.integers(0, 3, (400, 6)), columns=COLUMNS).assign(nps=9))
    table = cx.segments.find_segments(study, COLUMNS, most=3)
    assert chosen(table) == [1] and table["jaccard"].isna().all()
    with pytest.raises(ModelError, match="one class describes these answers best"):
        cx.segments.segment_profile(study, table)
    with pytest.raises(ModelError, match="a number that was looked at, from 2 to 3"):
        cx.segments.with_segments(study, table, classes=4)


def test_a_class_below_the_least_cell_is_not_chosen(frame):
    study = study_of(frame, report={"min_cell": 200}, classes={"indicators": COLUMNS})
    table = cx.segments.find_segments(study, most=2)
    assert table["verdict"].tolist() == ["", "small"]
    with pytest.raises(ModelError, match="no number of classes is stable"):
        cx.segments.segment_profile(study, table)
    assert len(cx.segments.segment_profile(study, table, classes=2, n_boot=0)) == 24


def test_classes_that_are_not_found_again_are_unstable():
    table = cx.segments.find_segments(study_of(frame_of(260, 0.35, 0.69, seed=0)), COLUMNS, most=3)
    assert table["verdict"].tolist() == ["", "unstable", ""] and table["bic"].idxmin() == 1
    assert 0.3 < table["jaccard"][1] < 0.75


def test_equal_weights_change_nothing_and_uneven_ones_count_by_kish(frame, found):
    equal = cx.segments.find_segments(study_of(frame.assign(w=2.0), weight="w"), COLUMNS, most=2)
    assert equal["bic"].tolist() == pytest.approx(found["bic"].tolist()[:2])
    w = np.random.default_rng(0).lognormal(0, 0.5, 400)
    table = cx.segments.find_segments(study_of(frame.assign(w=w), weight="w"), COLUMNS, most=2)
    n_eff = w.sum() ** 2 / (w @ w)
    row = table.iloc[1]
    assert row["n_eff"] == pytest.approx(n_eff)
    expected = -2 * row["log_likelihood"] * n_eff / 400 + 13 * np.log(n_eff)
    assert row["bic"] == pytest.approx(expected)


def test_ratings_count_by_thirds_and_what_was_not_met_is_missing(frame):
    codes = {"t": [1, 3, 4, 5, 7, 8] * 50}
    rng = np.random.default_rng(0)
    rated = pd.DataFrame(codes).assign(**{c: rng.integers(0, 2, 300) for c in COLUMNS[:2]}, nps=9)
    rated.loc[:9, "q0"] = 9
    scales = {"scale": {"min": 1, "max": 7, "not_used": [8]}}
    asked = {"several": {"columns": {"a": "q1"}}}
    classes = {"indicators": ["t", "q0", "several"], "no_answer": [9]}
    study = study_of(rated, {"t": "t"}, scales=scales, multiple_response=asked, classes=classes)
    table = cx.segments.find_segments(study, most=2)
    profile = cx.segments.segment_profile(study, table, classes=2, n_boot=0)
    overall = profile.drop_duplicates(["question", "choice"]).set_index(["question", "choice"])
    assert overall.loc["t", "estimate_all"].round(3).to_dict() == {
        "low": 0.4,
        "middle": 0.2,
        "high": 0.4,
    }
    assert overall.loc["several"].index.tolist() == ["a"]
    assert overall.loc["q0"].index.tolist() == ["0", "1"]
    assert study.labels("pt-BR")["t[low]"] == "Nota baixa"


def test_too_little_is_refused_with_the_reason(frame, study):
    find = cx.segments.find_segments
    with pytest.raises(NotAskedError, match="declares no classes"):
        find(study_of(frame))
    with pytest.raises(ModelError, match="3 indicators or more, and these are 2"):
        find(study, COLUMNS[:2])
    with pytest.raises(
        ModelError, match="^150 answers, as they weigh, are too few for classes; 200"
    ):
        find(study_of(frame.head(150)), COLUMNS)
    with pytest.raises(ModelError, match="^one has 1 different answers, and an indicator"):
        find(study_of(frame.assign(one=1)), [*COLUMNS, "one"])
    with pytest.raises(ModelError, match="^id has 400 different answers"):
        find(study, [*COLUMNS, "id"])
    with pytest.raises(ModelError, match="'nowhere' is no touchpoint"):
        find(study, [*COLUMNS, "nowhere"])
    with pytest.raises(ModelError, match="most=9: give 1 to 8"):
        find(study, most=9)
    with pytest.raises(ModelError, match="give what cx.segments.find_segments gives"):
        cx.segments.segment_profile(study, pd.DataFrame({"classes": [1]}))


def test_indicators_play_no_second_role(frame):
    def declared(indicators, **keys):
        return study_of(frame, classes={"indicators": indicators}, **keys)

    with pytest.raises(StudyError, match="plays several roles"):
        declared([*COLUMNS, "nps"])
    with pytest.raises(StudyError, match="personal data"):
        declared([*COLUMNS, "id"], personal_data=["id"])
    with pytest.raises(StudyError, match="'recommend' is an outcome or a construct"):
        declared(["recommend", *COLUMNS])
    with pytest.raises(StudyError, match="'t' has its labels elsewhere"):
        study_of(
            frame.assign(r=4),
            {"t": "r"},
            scales={"s": {"min": 1, "max": 7}},
            classes={"indicators": {"t": {"label": {"en": "T"}}}},
        )
    with pytest.raises(StudyError, match="no such column"):
        declared(["q1", "q2", "absent"])
    with pytest.raises(StudyError, match="may not be called 'profile'"):
        study_of(frame.assign(profile="a"), segments=["profile"], classes={"indicators": COLUMNS})


def test_nets_and_levels_of_indicators_are_those_of_segments(frame):
    worded = frame.assign(
        q0=frame["q0"].map({0: "never", 1: "often"}).mask(frame.index < 50, "rare")
    )
    columns = {"q0": {"levels": {"often": {}, "never": {}}, "nets": {"never": ["rare"]}}}
    columns |= dict.fromkeys(COLUMNS[1:], {})
    study = study_of(worded, classes={"indicators": columns})
    table = cx.segments.find_segments(study, most=2)
    profile = cx.segments.segment_profile(study, table, n_boot=0)
    assert profile.loc[profile["question"] == "q0", "choice"].tolist()[:2] == ["often", "never"]


def test_accounts_are_resampled_whole(frame):
    firms = study_of(frame.assign(firm=np.arange(400) // 4), account="firm")
    table = cx.segments.find_segments(firms, COLUMNS, most=2)
    assert chosen(table) == [2]
    widths = []
    for study in (firms, study_of(frame)):
        profile = cx.segments.segment_profile(study, table, n_boot=200)
        widths.append((profile["conf_high"] - profile["conf_low"]).mean())
    assert widths[0] != widths[1]


def test_people_of_a_panel_count_once(frame):
    waves = [frame.assign(wave=wave) for wave in ("2025", "2026")]
    panel = study_of(pd.concat(waves, ignore_index=True), respondent="id", wave="wave", panel=True)
    table, once = (
        cx.segments.find_segments(one, COLUMNS, most=2) for one in (panel, study_of(frame))
    )
    assert table["n"].eq(800).all() and table["n_eff"].tolist() == pytest.approx([400, 400])
    assert table["bic"].tolist() == pytest.approx(once["bic"].tolist())


def test_names_may_come_from_any_list(study, found):
    table = cx.segments.find_segments(study, iter(COLUMNS), most=3)
    assert table.settings["indicators"] == tuple(COLUMNS)
    assert len(cx.segments.segment_profile(study, table, n_boot=0)) == 24
