"""What study.yml says of the rows of a file: which count, how far they came, what was not asked of
them, and how rows that are no respondents become some.
"""

import pandas as pd
import pytest

import cxlab as cx

KEYS = """
schema: 1
client: C
respondent: id
scales: {s5: {min: 1, max: 5}}
touchpoints: {shop: q1}
outcomes: {rec: {kind: nps, column: nps}}
"""


def write(folder, text, more="", keys=KEYS, responses="{file: a.csv}"):
    (folder / "a.csv").write_text(text, encoding="utf-8")
    (folder / "study.yml").write_text(f"{keys}\nresponses: {responses}\n{more}\n", encoding="utf-8")
    return folder


def table(**columns):
    return pd.DataFrame(columns).to_csv(index=False)


TEN = table(
    id=range(1, 11),
    nps=[9, 10, 3, 7, 8, 10, 0, 9, 6, 10],
    q1=[5, 4, 2, 3, 4, "", 1, 5, "", 4],
    age=[17, 18, 30, 45, 65, 66, "", 40, 22, 19],
    when=[f"{day:02d}/03/2026 10:00" for day in range(1, 11)],
    used=["shop;web", "web", "shop", "shop", "web;shop", "web", "shop", "shop", "web", "shop"],
    status=["Complete"] * 6 + ["Partial"] * 2 + ["Preview", "complete "],
)


def steps(study):
    return study.flow.set_index("step")["n"].to_dict()


def test_status_says_who_is_eligible_and_who_came_to_the_end(tmp_path):
    more = "status: {column: status, complete: [Complete], partial: [Partial]}"
    study = cx.read_study(write(tmp_path, TEN, more))
    assert steps(study) == {"read": 10, "eligible": 9, "complete": 7, "analysed": 7}
    (notice,) = [fault for fault in study.notices if fault.column == "status"]
    assert "Preview: 1" in notice.problem and notice.rows == (10,)
    everybody = cx.read_study(write(tmp_path, TEN, more.replace("}", ", use: all}")))
    assert everybody.n == 9


def test_a_state_that_nobody_has_is_said(tmp_path):
    more = "status: {column: status, complete: [Complete, Done], partial: [Partial]}"
    faults = cx.check_study(write(tmp_path, TEN, more))
    assert "Done" in set(faults["value"])


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ("{column: age, at_least: 18, at_most: 65}", [2, 3, 4, 5, 8, 9, 10]),
        ("{column: age, at_most: 17}", [1]),
        ("{column: when, from: 2026-03-03, until: 2026-03-05}", [3, 4, 5]),
        ("{column: used, holds: web}", [1, 2, 5, 6, 9]),
    ],
)
def test_a_filter_is_by_numbers_days_and_choices_too(tmp_path, rule, left):
    more = f"include: [{rule}]\ndates: {{when: dmy}}"
    study = cx.read_study(write(tmp_path, TEN, more))
    assert study.respondents.astype(int).tolist() == left


@pytest.mark.parametrize(
    "rule",
    [
        "{column: age, at_least: 18, in: ['1']}",
        "{column: age}",
        "{column: age, at_least: 9, at_most: 3}",
    ],
)
def test_a_filter_says_one_thing(tmp_path, rule):
    with pytest.raises(cx.StudyError, match=r"include"):
        cx.read_study(write(tmp_path, TEN, f"include: [{rule}]"))


def test_days_are_read_in_their_order_and_make_waves(tmp_path):
    more = "dates: {when: mdy}\nwave: {column: when, by: quarter}"
    study = cx.read_study(write(tmp_path, TEN, more))
    # In the order month, day: 1 March is 3 January there.
    assert study.wave_order == ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4"]
    more = more.replace("mdy", "dmy").replace("quarter", "month")
    assert cx.read_study(write(tmp_path, TEN, more)).wave_order == ["2026-03"]


def test_days_in_another_order_are_refused_with_their_rows(tmp_path):
    text = TEN.replace("01/03/2026", "31/12/2025")
    with pytest.raises(cx.StudyError, match="column 'when', row 2: not a date in the order mdy"):
        cx.read_study(write(tmp_path, text, "dates: {when: mdy}"))


def test_routing_says_why_there_is_no_answer(tmp_path):
    keys = KEYS.replace("shop: q1", "shop: {experience: q1, used_if: {column: used, holds: shop}}")
    study = cx.read_study(write(tmp_path, TEN, keys=keys))
    states = study.state("shop")
    assert states.tolist()[5] == "not_used" == states.tolist()[8]
    (notice,) = [fault for fault in study.notices if "leaves them out" in fault.problem]
    assert notice.rows == (3,) and study.rating("shop").iloc[1] == 4
    keys = KEYS.replace("shop: q1", "shop: {experience: q1, asked_if: {column: age, at_most: 60}}")
    study = cx.read_study(write(tmp_path, TEN, keys=keys))
    assert study.state("shop").tolist()[5] == "not_asked"
    assert study.state("shop").tolist()[8] == "no_answer"


def test_nets_take_several_levels_for_one(tmp_path):
    text = table(id=range(4), nps=[9, 9, 3, 10], q1=[1, 2, 3, 4], plan=["a", "b", "c", "b"])
    more = "segments: {plan: {nets: {paid: [b, c, d]}}}"
    study = cx.read_study(write(tmp_path, text, more))
    assert study.levels("plan") == ["a", "paid"]
    assert "d" in [fault.value for fault in study.notices]  # which nobody answered


def test_no_answer_words_hold_for_all_scales_whatever_their_form(tmp_path):
    text = table(id=range(4), nps=["9", "NS / NC", "10", "não sei"], q1=["5", "ns / nc ", "4", "3"])
    study = cx.read_study(write(tmp_path, text, "no_answer_words: [ns / nc, Não sei]"))
    assert study.state("shop").tolist() == ["answered", "no_answer", "answered", "answered"]
    assert study.outcome("rec").notna().tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        ("10 - Extremely likely", 10),
        ("Totalmente satisfeito (10)", 10),
        ("0 = nada provável", 0),
        ("7 – Totalmente satisfeito", 7),
        ("Extremely likely - 10", 10),
    ],
)
def test_a_number_among_words_is_the_answer_and_said(tmp_path, answer, value):
    text = table(id=[1, 2], nps=[answer, "3"], q1=[1, 2])
    study = cx.read_study(write(tmp_path, text))
    assert study.outcome("rec").iloc[0] == value
    assert any("read by their number" in fault.problem for fault in study.notices)


@pytest.mark.parametrize("answer", ["5-10 anos", "10 people", "2026-01-05", "1,2", "11 - more"])
def test_a_number_in_other_text_is_no_answer(tmp_path, answer):
    with pytest.raises(cx.StudyError):
        cx.read_study(write(tmp_path, table(id=[1, 2], nps=[answer, "3"], q1=[1, 2])))


def test_levels_that_differ_in_case_and_blanks_are_one_and_said(tmp_path):
    text = table(
        id=range(6),
        nps=[9] * 3 + [2] * 3,
        q1=[1, 2, 3, 4, 5, 1],
        city=["São Paulo", "são paulo", "São Paulo", "SÃO\u00a0PAULO", "Rio", "Rio "],
    )
    study = cx.read_study(write(tmp_path, text, "segments: [city]"))
    assert study.levels("city") == ["Rio", "São Paulo"]
    (notice,) = [fault for fault in study.notices if "case or blanks" in fault.problem]
    assert set(notice.rows) >= {3, 5}


def test_levels_that_the_codebook_tells_apart_stay_two(tmp_path):
    text = table(id=range(4), nps=[9, 2, 3, 9], q1=[1, 2, 3, 4], grade=["a", "A", "a", "A"])
    more = "segments: {grade: {levels: {a: low, A: high}}}"
    assert cx.read_study(write(tmp_path, text, more)).levels("grade") == ["a", "A"]


def test_one_row_an_answer_becomes_one_row_a_respondent(tmp_path):
    text = table(
        id=["u1", "u1", "u2", "u2", "u3"],
        question=["nps", "q1", "q1", "nps", "nps"],
        answer=[9, 5, 3, 2, 10],
        plan=["a", "a", "b", "b", "a"],
        event=range(5),
    )
    responses = "{file: a.csv, long: {question: question, answer: answer}}"
    study = cx.read_study(write(tmp_path, text, "segments: [plan]", responses=responses))
    assert study.outcome("rec").tolist() == [9, 2, 10]
    assert (
        study.rating("shop").tolist()[:2] == [5, 3] and study.state("shop").iloc[2] == "no_answer"
    )
    assert study.segments["plan"].tolist() == ["a", "b", "a"]


def test_two_answers_to_one_question_are_refused_with_their_rows(tmp_path):
    text = table(id=["u1", "u1", "u2"], question=["nps", "nps", "nps"], answer=[9, 5, 3])
    responses = "{file: a.csv, long: {question: question, answer: answer}}"
    keys = KEYS.replace("touchpoints: {shop: q1}", "")
    with pytest.raises(
        cx.StudyError, match="rows 2, 3: a respondent gave one question two answers"
    ):
        cx.read_study(write(tmp_path, text, keys=keys, responses=responses))


def test_a_loop_is_a_row_for_each_brand(tmp_path):
    text = table(
        id=[1, 2, 3],
        q1_a=[5, 4, ""],
        nps_a=[9, 10, ""],
        q1_b=[1, "", 2],
        nps_b=[3, "", 4],
        region=["N", "S", "N"],
    )
    loop = "{column: brand, rows: {A: {q1_a: q1, nps_a: nps}, B: {q1_b: q1, nps_b: nps}}}"
    more = "parties: {column: brand, own: A}\nsegments: [region]"
    study = cx.read_study(write(tmp_path, text, more, responses=f"{{file: a.csv, loop: {loop}}}"))
    assert study.n == 2 and study.rating("shop").tolist() == [5, 4]
    assert study.of_all_parties.n == 4
    placed = f"{{file: a.csv, loop: {loop.replace('q1_b', repr('#4'))}}}"
    again = cx.read_study(write(tmp_path, text, more, responses=placed)).of_all_parties
    assert again.rating("shop").tolist() == study.of_all_parties.rating("shop").tolist()
    with pytest.raises(cx.StudyError, match="declared by loop"):
        bad = loop.replace("q1_a", "q9_a")
        cx.read_study(write(tmp_path, text, more, responses=f"{{file: a.csv, loop: {bad}}}"))


def test_a_column_may_have_a_decimal_mark_of_its_own(tmp_path):
    text = table(id=[1, 2, 3], nps=[9, 3, 10], q1=[1, 2, 3], w=["1,5", "0,5", "1,0"])
    responses = '{file: a.csv, marks: {w: ","}}'
    study = cx.read_study(write(tmp_path, text, "weight: w", responses=responses))
    assert study.weights.tolist() == [1.5, 0.5, 1.0]


def test_what_a_person_must_decide_blocks_the_study(tmp_path):
    more = 'confirm: ["q1: 99 means don\'t know?"]'
    with pytest.raises(cx.StudyError, match="confirm.*not decided yet"):
        cx.read_study(write(tmp_path, TEN, more))


def test_a_files_scale_may_have_codes_of_its_own(tmp_path):
    (tmp_path / "b.csv").write_text(table(id=[7, 8], nps=[9, 1], q1=[6, 5]), encoding="utf-8")
    responses = (
        "[{file: a.csv, wave: '2025'},"
        " {file: b.csv, wave: '2026', scales: {s5: {min: 1, max: 5, not_used: [6]}}}]"
    )
    text = table(id=[1, 2], nps=[9, 3], q1=[1, 2])
    study = cx.read_study(write(tmp_path, text, responses=responses))
    assert study.state("shop").tolist() == ["answered", "answered", "not_used", "answered"]
    with pytest.raises(cx.StudyError, match="answers on two scales are not comparable"):
        cx.read_study(write(tmp_path, text, responses=responses.replace("max: 5", "max: 4")))


def test_a_word_that_is_nearly_a_label_names_it(tmp_path):
    keys = KEYS.replace("max: 5}", "max: 5, labels: {5: Muito satisfeito, 1: Muito insatisfeito}}")
    text = table(id=[1, 2], nps=[9, 3], q1=["Muito satisfeita", "Muito insatisfeito"])
    (fault,) = (
        cx.check_study(write(tmp_path, text, keys=keys)).query("severity == 'error'").itertuples()
    )
    assert fault.value == "Muito satisfeita" and "did you mean 'Muito satisfeito'?" in fault.fix


def test_two_touchpoints_of_one_label_are_said(tmp_path):
    points = "{shop: {experience: q1, label: Loja}, web: {experience: age, label: Loja}}"
    keys = KEYS.replace("{shop: q1}", points).replace("max: 5}", "max: 99}")
    study = cx.read_study(write(tmp_path, TEN, keys=keys))
    assert "two touchpoints have one label in en" in [fault.problem for fault in study.notices]
