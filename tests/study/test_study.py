"""A study means what its codebook says: order of steps, states, weights, waves, segments, frozen,
personal data kept apart.
"""

import dataclasses
import html
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from cxlab.languages import LANGUAGES

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
    outcomes = {
        "effort": {"kind": "ces", "column": "again", "scale": "agree7", "direction": "effort"}
    }
    assert (
        study(FRAME.assign(again=FRAME["p1"]), outcomes=outcomes).outcome("effort").tolist()
        == (8 - FRAME["p1"]).tolist()
    )


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
            "id,q,nps\n" + "".join(f"{i},{1 + i % 7},{(i + year) % 11}\n" for i in range(30))
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
        {"q": [1, 2, 3, 4], "plan": ["pre", "post", "", "pre"], "city": list("abab")}
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
    assert study.levels("plan") == ["pre", "post"] and study.levels("city") == ["a", "b"]
    words = study.labels("pt-BR")
    assert (words["plan"], words["plan[pre]"], words["plan[post]"], words["city"]) == (
        "Plano",
        "Pré-pago",
        "Postpaid",
        "City",
    )
    assert list(
        cx.Study.from_frame(frame, **keys, segments=["plan", "city"]).codebook.segments
    ) == ["plan", "city"]
    assert list(cx.Study.from_frame(frame, **keys, segments="plan").codebook.segments) == ["plan"]
    with pytest.raises(cx.StudyError, match="segments"):
        cx.Study.from_frame(frame, **keys, segments={"plan": {"labels": "Plan"}})


def test_flow_and_missing_are_results_with_the_studys_words():
    made = study()
    for result, kind in ((made.flow, "flow"), (made.missing(), "missing")):
        assert (
            result.result_kind == kind
            and result.drop(columns=result.columns[1]).result_kind is None
        )
        assert set(result.labels) == set(LANGUAGES)
        assert result.labels["pt-BR"] == made.labels("pt-BR")
    for plain in (made.touchpoints, made.outcomes, made.responses, made.segments):
        assert type(plain) is pd.DataFrame


def text_of(markup: str) -> str:
    """What a reader of the markup sees."""
    return html.unescape(re.sub(r"<[^>]+>", " ", markup))


def test_jupyter_shows_the_facts_of_the_repr_and_no_answer():
    """Protects respondents and the reader: the same facts, nothing cut, nothing run, no answers."""
    made = study(
        weight="w",
        account="company",
        client="<b>A & Co</b>",
        title={"en": "<script>alert(1)</script>"},
        include=[{"column": "city", "not_in": ["Recife"]}],
    )
    shown = made._repr_html_()
    ElementTree.fromstring(f"<div>{shown}</div>")
    assert "<script" not in shown and "<b>A" not in shown
    seen = " ".join(text_of(shown).split())
    assert "<script>alert(1)</script>" in seen and "Study <b>A & Co</b>" in seen
    first, *facts = repr(made).split("\n  ")
    for fact in (
        first.split(": ", 1)[1],
        *(part for line in facts for part in line.split(": ", 1)),
    ):
        assert fact in seen
    assert "left out" in seen and "include: city" in seen
    assert "@example.org" not in shown
    assert not any(city in shown for city in ("Recife", "Curitiba"))


def test_jupyter_breaks_no_word():
    """Protects the reader of a narrow cell: nothing is cut, lines break between words."""
    names = [f"a_touchpoint_with_quite_a_long_name_{i}" for i in range(30)]
    points = {name: {"experience": name, "scale": "agree7"} for name in names}
    frame = FRAME.assign(**dict.fromkeys(names, FRAME["p1"]))
    days = {"start": "2026-03-02", "end": "2026-03-28"}
    shown = study(frame, touchpoints=points, fieldwork=days)._repr_html_()
    for day in days.values():
        assert re.search(rf'<span style="white-space: nowrap">{day};?</span>', shown)
    assert "word-break: normal; overflow-wrap: normal; hyphens: none" in shown
    assert ", ".join(names) in text_of(shown) and "…" not in shown and "..." not in shown


SIMULATED = cx.simulate_study(20, seed=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: cx.read_study(FRAME),
            "read_study takes the path of a folder with study.yml, or of the file, not DataFrame;"
            " write Study.from_frame(frame, touchpoints=…, outcomes=…, scales=…)",
        ),
        (
            lambda: cx.check_study(SIMULATED),
            "check_study takes the path of a folder with study.yml, or of the file, not Study;"
            " write the study itself, which has been read (its warnings: study.notices)",
        ),
        (
            lambda: cx.read_study(["data/aurora"]),
            "read_study takes the path of a folder with study.yml, or of the file, not list; write"
            " [read_study(path) for path in …], one study at a time",
        ),
        (
            lambda: cx.read_study(None),
            "read_study takes the path of a folder with study.yml, or of the file, not None; write"
            " read_study('data/aurora')",
        ),
        (
            lambda: cx.Study(FRAME),
            "Study takes a codebook, not DataFrame; write read_study(path), or Study.from_frame for"
            " a DataFrame",
        ),
        (
            lambda: cx.write_study("folder", SIMULATED),
            "write_study takes a study first, not 'folder'; write write_study(study, folder)",
        ),
        (
            lambda: cx.write_study(SIMULATED, None),
            "write_study takes a folder second, not None; write write_study(study, 'data/client')",
        ),
        (
            lambda: cx.simulate_study("telecom"),
            "simulate_study takes a whole number of respondents first, not 'telecom'; write"
            " simulate_study(500, design='telecom')",
        ),
        (
            lambda: cx.simulate_study(20, seed=-1),
            "simulate_study takes a whole number from 0 on as its seed, not -1; write seed=0",
        ),
        (
            lambda: cx.simulate_study(20, seed=1, slopes=[1, 2]),
            "simulate_study takes slopes by touchpoint, not list; write slopes={'delivery': 3}",
        ),
        (
            lambda: cx.simulate_study(20, seed=1, noise="low"),
            "simulate_study takes a standard deviation as its noise, not 'low'; write noise=6",
        ),
        (
            lambda: study().rating(["delivery"]),
            "rating takes one name as text, not list; write study.rating('delivery')",
        ),
        (
            lambda: study().rating("delivery", role=FRAME),
            "rating takes one name as text, not DataFrame; write study.rating('delivery',"
            " role='expectation')",
        ),
        (
            lambda: study().levels(["city", 3]),
            "group takes one name as text, not list; write study.group('wave')",
        ),
        (
            lambda: study().source(["city"]),
            "source takes one name as text, not list; write study.source('delivery')",
        ),
        (
            lambda: study().labels(["en"]),
            "labels takes one name as text, not list; write study.labels('pt-BR')",
        ),
        *(
            (
                lambda mask=mask: study().where(mask),
                f"where takes true or false for each respondent, not {kind}; write"
                " study.where(study.outcome('recommend') >= 9)",
            )
            for mask, kind in (("city", "'city'"), (FRAME["city"], "Series"), (FRAME, "DataFrame"))
        ),
    ],
)
def test_the_wrong_kind_of_argument_is_told_what_to_write(call, message):
    with pytest.raises(cx.ModelError, match=f"^{re.escape(message)}$"):
        call()


@pytest.mark.parametrize(
    ("touchpoints", "outcomes", "fix"),
    [
        (["q1"], (), "write {id: column} or {id: {experience: column, expectation: column}}"),
        ("q1", (), "write {id: column} or {id: {experience: column, expectation: column}}"),
        ({"a": "p1"}, ["nps"], "write {id: {kind: nps, column: column}}"),
    ],
)
def test_bare_names_are_told_their_form(touchpoints, outcomes, fix):
    with pytest.raises(cx.StudyError) as refused:
        study(touchpoints=touchpoints, outcomes=outcomes)
    assert fix in {fault.fix for fault in refused.value.faults}


def test_paths_that_hold_no_study_say_where_to_look(tmp_path, root):
    for path, told in (
        (tmp_path / "gone", "gone: there is no such folder or file → check the path"),
        (tmp_path, "there is no study.yml here → start from templates/study.yml"),
        (root / "data", "name one of the studies in it: aurora, ipe, jatoba, pitanga, quadrante"),
    ):
        with pytest.raises(cx.StudyError, match=re.escape(told)):
            cx.read_study(path)
    with pytest.raises(cx.StudyError, match=r"read_study\(path\) reads a folder"):
        cx.Study.from_frame("data/aurora", {"shop": "q1"})
