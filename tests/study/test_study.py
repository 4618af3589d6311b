"""A study means what its codebook says: order of steps, states, weights, waves, segments, frozen,
personal data kept apart.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

RNG = np.random.default_rng(3)
N = 60
FRAME = pd.DataFrame(
    {
        "id": np.arange(N),
        "wave": np.repeat(["2024", "2025"], N // 2),
        "w": RNG.uniform(0.5, 2, N).round(3),
        "company": np.repeat(list("abcdef"), N // 6),
        "city": RNG.choice(["Recife", "Curitiba"], N),
        "mail": [f"p{i}@example.org" for i in range(N)],
        "e1": RNG.integers(4, 8, N),
        "p1": RNG.integers(1, 8, N),
        "p2": RNG.choice([1, 2, 3, 4, 5, 8, 9], N),
        "nps": RNG.integers(0, 11, N),
    }
)
KEYS = {
    "touchpoints": {
        "delivery": {
            "expectation": "e1",
            "experience": "p1",
            "scale": "agree7",
            "label": {"en": "Delivery", "pt-BR": "Entrega"},
        },
        "support": {"experience": "p2", "scale": "agree7"},
    },
    "outcomes": {"recommend": {"kind": "nps", "column": "nps"}},
    "scales": {"agree7": {"min": 1, "max": 7, "not_used": [8], "no_answer": [9]}},
    "respondent": "id",
    "wave": "wave",
    "segments": ["city"],
    "personal_data": ["mail"],
}


def study(frame=FRAME, **changed):
    return cx.Study.from_frame(frame, **(KEYS | changed))


def test_from_frame_keeps_the_callers_frame_and_index():
    frame = FRAME.set_axis([f"r{i}" for i in range(N)])
    before = frame.copy(deep=True)
    made = study(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert made.rating("delivery").index.equals(frame.index)
    assert made.rating("delivery").tolist() == FRAME["p1"].tolist()


def test_states_of_every_cell():
    made = study()
    expected = FRAME["p2"].map(lambda v: {8: "not_used", 9: "no_answer"}.get(v, "answered"))
    assert made.state("support").astype(str).tolist() == expected.tolist()
    counts = made.missing().set_index(["touchpoint", "role"]).loc[("support", "experience")]
    assert (
        counts["not_used"] == (FRAME["p2"] == 8).sum()
        and counts["no_answer"] == (FRAME["p2"] == 9).sum()
    )


def test_study_is_frozen_and_members_are_copies():
    made = study(weight="w")
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.truth = 1
    for change in (made.rating("delivery"), made.outcome("recommend"), made.weights):
        change.iloc[:] = -1
    assert (
        made.rating("delivery").min() >= 1
        and made.outcome("recommend").min() >= 0
        and made.weights.min() > 0
    )


def test_repr_tells_what_is_there_and_what_is_missing():
    text = repr(study(weight="w", account="company"))
    for part in (
        "60 respondents",
        "2 waves",
        "6 accounts",
        "weighted",
        "delivery, support",
        "recommend (nps)",
        "city",
        "never used",
        "no answer",
    ):
        assert part in text


def test_steps_in_order_and_counted():
    # The recode works on what the include rule left, the states on what the recode gave.
    made = study(include=[{"column": "city", "not_in": ["Recife"]}], recode={"p2": {"9": "1"}})
    kept = FRAME[FRAME["city"] != "Recife"]
    assert made.flow["n"].tolist() == [N, len(kept), len(kept)]
    assert made.flow["dropped"].tolist() == [0, N - len(kept), 0]
    assert made.rating("support").notna().sum() == (kept["p2"] != 8).sum()


def test_reversed_scale_and_effort_are_turned():
    scales = {"agree7": KEYS["scales"]["agree7"] | {"reverse": True}}
    assert study(scales=scales).rating("delivery").tolist() == (8 - FRAME["p1"]).tolist()
    outcomes = {"effort": {"kind": "ces", "column": "p1", "scale": "agree7", "direction": "effort"}}
    assert study(outcomes=outcomes).outcome("effort").tolist() == (8 - FRAME["p1"]).tolist()


def test_mean_of_columns_needs_every_item():
    outcomes = {"index": {"kind": "score", "columns": ["p1", "p2"], "scale": "agree7"}}
    value = study(outcomes=outcomes).outcome("index")
    whole = FRAME["p2"] <= 7
    np.testing.assert_allclose(value[whole], (FRAME["p1"] + FRAME["p2"])[whole] / 2)
    assert value[~whole].isna().all()


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (0, "weight is zero or negative"),
        (-1.5, "weight is zero or negative"),
        (np.nan, "weight missing or not a number"),
    ],
)
def test_bad_weights_are_refused_with_the_row(bad, problem):
    frame = FRAME.assign(w=FRAME["w"].where(FRAME["id"] != 7, bad))
    with pytest.raises(cx.StudyError) as caught:
        study(frame, weight="w")
    (fault,) = caught.value.faults
    assert (fault.problem, fault.column, fault.rows) == (problem, "w", (7,))


def test_weights_that_look_like_counts_are_refused_until_declared():
    frame = FRAME.assign(w=RNG.integers(1, 9, N))
    with pytest.raises(cx.StudyError, match="look like counts"):
        study(frame, weight="w")
    assert study(frame, weight={"column": "w", "kind": "sampling"}).weights is not None


def test_equal_weights_count_as_none():
    assert study(FRAME.assign(w=1.7), weight="w").weights is None


def test_same_respondent_may_answer_in_two_waves_but_not_twice_in_one():
    panel = FRAME.assign(id=np.tile(np.arange(N // 2), 2))
    assert study(panel).clusters is None
    assert study(panel, panel=True).clusters.nunique() == N // 2
    with pytest.raises(cx.StudyError, match="30 respondents stand more than once"):
        study(panel.assign(wave="2025"))


def test_waves_of_files_need_no_name_and_many_duplicates_are_one_fault(tmp_path):
    for year in (2024, 2025):
        (tmp_path / f"{year}.csv").write_text(
            "id,q,nps\n" + "".join(f"{i},{1 + i % 7},{i % 11}\n" for i in range(30))
        )
    text = (
        "schema: 1\nclient: Waves\nrespondent: id\nresponses: [{{file: 2024.csv{}}}, {{file:"
        " 2025.csv{}}}]\nscales: {{s: {{min: 1, max: 7}}}}\n"
    )
    text += (
        "touchpoints: {{shop: {{experience: q}}}}\noutcomes: {{nps: {{kind: nps, column: nps}}}}\n"
    )
    (tmp_path / "study.yml").write_text(text.format(", wave: 2024", ", wave: 2025"))
    assert cx.read_study(tmp_path).waves.value_counts().to_dict() == {"2024": 30, "2025": 30}
    (tmp_path / "study.yml").write_text(text.format("", ""))
    faults = cx.check_study(tmp_path)
    assert faults["problem"].tolist() == ["30 respondents stand more than once"] and faults[
        "n"
    ].tolist() == [60]


def test_personal_data_stays_out_of_the_responses():
    made = study()
    assert "mail" not in made.responses
    assert "p3@example.org" in made.personal_values()
    assert "p3@example.org" not in repr(made)


def test_labels_fall_back_to_the_id():
    assert (
        study().labels("pt-BR")["delivery"] == "Entrega"
        and study().labels("en")["support"] == "support"
    )


def test_where_keeps_rows_and_weights_together():
    made = study(weight="w")
    part = made.where(FRAME["city"] == "Recife")
    kept = FRAME[FRAME["city"] == "Recife"]
    assert part.n == len(kept)
    assert (
        part.weights.tolist() == kept["w"].tolist()
        and part.rating("delivery").tolist() == kept["p1"].tolist()
    )


def test_reversed_ratings_raise_a_warning_with_the_evidence():
    x = RNG.integers(1, 8, 200)
    frame = pd.DataFrame({"p": x, "nps": np.clip(10 - x + RNG.integers(-1, 2, 200), 0, 10)})
    made = cx.Study.from_frame(
        frame,
        {"delivery": {"experience": "p"}},
        KEYS["outcomes"],
        scales={"agree7": {"min": 1, "max": 7}},
    )
    (notice,) = made.notices
    assert (
        notice.severity == "warning"
        and "r = -0.9" in notice.problem
        and "n = 200" in notice.problem
    )


def test_by_stage_is_the_mean_of_what_was_met():
    stages = [{"stage": "buy"}, {"stage": "use"}]
    points = {
        "a": {"experience": "p1", "stage": "buy"},
        "b": {"experience": "p2", "stage": "buy"},
        "c": {"experience": "e1", "stage": "use"},
    }
    made = study(touchpoints=points, stages=stages).by_stage()
    assert made.touchpoints["touchpoint"].tolist() == ["buy", "use"]
    met = FRAME["p2"].where(FRAME["p2"] <= 7)
    np.testing.assert_allclose(
        made.rating("buy"), pd.DataFrame({"a": FRAME["p1"], "b": met}).mean(axis=1)
    )
    assert made.outcome("recommend").tolist() == FRAME["nps"].tolist()


def test_wave_specific_questions_are_not_asked_elsewhere(tmp_path):
    (tmp_path / "a.csv").write_text("id,q,nps\n1,5,9\n2,4,7\n")
    (tmp_path / "b.csv").write_text("id,Q \n1,6\n2,8\n")
    (tmp_path / "study.yml").write_text(
        "schema: 1\nclient: Waves\nrespondent: id\nwave: year\nresponses:\n  - {file: a.csv, wave:"
        " 2024}\n  - {file: b.csv, wave: 2025, rename: {'Q ': q}}\nscales: {s: {min: 1, max: 7,"
        " not_used: [8]}}\ntouchpoints: {shop: {experience: q}}\noutcomes: {nps: {kind: nps,"
        " column: nps}}\n"
    )
    made = cx.read_study(tmp_path)
    assert made.waves.tolist() == ["2024", "2024", "2025", "2025"]
    assert made.missing().set_index("touchpoint").loc["nps", "not_asked"] == 2
    assert made.state("shop").astype(str).tolist() == [
        "answered",
        "answered",
        "answered",
        "not_used",
    ]
    assert set(made.provenance()["file"]) == {"study.yml", "a.csv", "b.csv"}


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        (
            {"outcomes": {"y": {"kind": "nps", "column": "nps", "scale": "agree7"}}},
            "y: kind nps is defined on 0–10, this scale is 1–7",
        ),
        (
            {"outcomes": {"y": {"kind": "binary", "column": "p1", "scale": "agree7"}}},
            "y: kind binary is defined on 0–1",
        ),
        (
            {
                "outcomes": {
                    "y": {
                        "kind": "ces",
                        "column": "p1",
                        "direction": "effort",
                        "scale": {"min": 1, "max": 7, "reverse": True},
                    }
                }
            },
            "would turn the answers twice",
        ),
        (
            {"scales": {"agree7": {"min": 1, "max": 7, "not_used": [7]}}},
            r"the codes \['7'\] lie on the scale 1–7",
        ),
        (
            {"scales": {"agree7": {"min": 1, "max": 7, "not_used": [8], "no_answer": ["8.0"]}}},
            "declared with two meanings",
        ),
        ({"segments": ["mail"]}, "'mail' is declared as personal data and as a segment"),
        (
            {"comments": {"why": {"column": "city", "about": "zzz"}}},
            "comments.why: about 'zzz' is neither a touchpoint nor an outcome",
        ),
        (
            {"fieldwork": {"start": "2026-04-30", "end": "2026-04-01"}},
            "fieldwork ends on 2026-04-01, before it starts on 2026-04-30",
        ),
        ({"touchpoints": {}}, "at least 1 item"),
        ({"touchpoints": {"a": None}}, "nothing is declared for a"),
    ],
)
def test_declarations_that_would_give_wrong_numbers_are_refused(changed, problem):
    with pytest.raises(cx.StudyError, match=problem):
        study(**changed)


def test_a_fault_never_repeats_what_a_respondent_answered_in_a_personal_column():
    frame = FRAME.assign(
        id=FRAME["mail"].where(FRAME["id"] > 1, "twice@example.org"), p1=FRAME["p1"].astype(object)
    )
    frame.loc[5, "p1"] = "p5@example.org"
    with pytest.raises(cx.StudyError) as caught:
        study(frame, wave=None, personal_data=["mail", "id"])
    assert "@example.org" not in str(caught.value) and "(personal data)" in str(caught.value)


def test_segments_differ_by_more_than_blanks():
    made = study(FRAME.assign(city=np.where(np.arange(N) % 2, "Recife", "Recife ")))
    assert made.levels("city") == ["Recife"]


def test_where_takes_a_series_by_its_index():
    made = study()
    mask = (FRAME["city"] == "Recife").sample(frac=1, random_state=1)
    assert made.where(mask).segments["city"].unique().tolist() == ["Recife"]
    with pytest.raises(cx.ModelError, match="the mask has 3 values for 60 respondents"):
        made.where([True, False, True])


@pytest.mark.parametrize(
    "frame",
    [
        FRAME.assign(p3=FRAME["p1"]).rename(columns={"p3": "p1"}),
        FRAME["p1"],
        FRAME.assign(p1=[[1]] * N),
    ],
)
def test_frames_that_are_none_are_refused(frame):
    with pytest.raises(cx.StudyError):
        study(frame)


@pytest.mark.parametrize(
    "text",
    [
        "fieldwork: {start: 2026-02-30}",
        "report: &r {brand: *r}",
        "client: A\ntouchpoints: {a: }",
        "client: A\noutcomes: {y: 5}",
    ],
)
def test_no_study_file_ends_in_a_traceback(tmp_path, text):
    (tmp_path / "study.yml").write_text(text)
    assert (cx.check_study(tmp_path)["severity"] == "error").any()


def test_segments_may_have_words_of_their_own():
    """Protects the Portuguese reader: a segment and its levels have labels in both languages,
    levels stand in the declared order, and a list still does.
    """
    frame = pd.DataFrame(
        {"q": [1, 2, 3, 4], "plan": ["pre", "post", "other", "pre"], "city": list("abab")}
    )
    keys = {"touchpoints": {"t": "q"}, "scales": {"s": {"min": 1, "max": 7}}}
    levels = {"pre": {"en": "Prepaid", "pt-BR": "Pré-pago"}, "post": {"en": "Postpaid"}}
    study = cx.Study.from_frame(
        frame,
        **keys,
        segments={
            "plan": {"label": {"en": "Plan", "pt-BR": "Plano"}, "levels": levels},
            "city": "City",
        },
    )
    assert study.levels("plan") == ["pre", "post", "other"] and study.levels("city") == ["a", "b"]
    words = study.labels("pt-BR")
    assert (words["plan"], words["plan[pre]"], words["plan[post]"], words["city"]) == (
        "Plano",
        "Pré-pago",
        "Postpaid",
        "City",
    ) and "plan[other]" not in words
    assert list(
        cx.Study.from_frame(frame, **keys, segments=["plan", "city"]).codebook.segments
    ) == ["plan", "city"]
    assert list(cx.Study.from_frame(frame, **keys, segments="plan").codebook.segments) == ["plan"]
    with pytest.raises(cx.StudyError, match="segments"):
        cx.Study.from_frame(frame, **keys, segments={"plan": {"labels": "Plan"}})
