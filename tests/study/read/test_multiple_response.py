"""Multiple-response questions of study.yml: one cell with a separator, or a column a choice; who
answered, who was not asked, and what is no choice.
"""

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

NPS = {"recommend": {"kind": "nps", "column": "nps"}}
CHOICES = ["Loja, presencial", "Telefone", "App"]
CELL = {"column": "q5", "separator": ",", "choices": CHOICES}


def study(cells, question, **more):
    frame = pd.DataFrame({"q5": cells, **more.pop("columns", {})})
    frame["nps"] = [9, 10, 3, 6] * (len(frame) // 4) + [8] * (len(frame) % 4)
    return cx.Study.from_frame(frame, {}, NPS, multiple_response={"where": question}, **more)


def faults(cells, question, **more):
    with pytest.raises(cx.StudyError) as error:
        study(cells, question, **more)
    return error.value.faults


def named(made):
    return {one: made.choices("where")[one].tolist() for one in made.choices("where")}


def test_a_choice_may_hold_the_separator():
    made = study(["Loja, presencial, App", "telefone ", "", "Loja, presencial"], CELL)
    nan = pytest.approx(np.nan, nan_ok=True)
    assert named(made) == {
        "Loja, presencial": [1, 0, nan, 1],
        "Telefone": [0, 1, nan, 0],
        "App": [1, 0, nan, 0],
    }


def test_a_part_that_is_no_choice_is_an_error_with_its_place():
    cells = ["App, Telefones", "Telefone", "App", "Telefones, App, Chat"]
    told = [(one.column, one.rows, one.value, one.problem, one.fix) for one in faults(cells, CELL)]
    problem = "not one of those listed under where: Loja, presencial, Telefone, App"
    assert told == [
        ("q5", (0, 3), "Telefones", problem, "did you mean 'Telefone'?"),
        ("q5", (3,), "Chat", problem, "list it too, recode it, or leave it out"),
    ]


def test_rows_of_a_file_are_named_by_their_numbers(tmp_path):
    text = "q5;nps\nApp|Telefone;9\nApp|Fax;3\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    (tmp_path / "study.yml").write_text(
        "schema: 1\nclient: C\nresponses: {file: a.csv}\n"
        "outcomes: {recommend: {kind: nps, column: nps}}\n"
        "multiple_response: {where: {column: q5, separator: '|', choices: [App, Telefone]}}\n",
        encoding="utf-8",
    )
    (fault,) = [one for one in cx.check_study(tmp_path).itertuples() if one.severity == "error"]
    assert (fault.file, fault.column, fault.rows, fault.value) == ("a.csv", "q5", "3", "Fax")


def test_other_words_may_count_as_one_choice():
    question = CELL | {"choices": [*CHOICES, "Outro"], "other": "Outro"}
    made = study(["App, fax, pombo", "carta", "Telefone", "App"], question)
    assert made.choices("where")["Outro"].tolist() == [1, 1, 0, 0]
    assert made.choices("where")["App"].tolist() == [1, 0, 0, 1]


def test_choices_that_are_not_listed_are_those_that_occur():
    made = study(["10;9", "2", "9;2;10", "9"], "q5")
    assert list(made.choices("where")) == ["2", "9", "10"]


COLUMNS = {"a": [1, 0, 0, None], "b": [0, 1, 0, None], "c": [1, 1, 0, None]}


@pytest.mark.parametrize(
    ("columns", "more"),
    [
        (COLUMNS, {}),
        ({k: ["Yes" if x else "No" for x in v[:3]] + [""] for k, v in COLUMNS.items()},
         {"chosen": ["Yes"], "not_chosen": ["No"]}),
        ({k: [k.upper() if x else "" for x in v] for k, v in COLUMNS.items()}, {"chosen": ["any"]}),
    ],
)  # fmt: skip
def test_columns_of_marks_words_or_the_choices_text_are_the_same(columns, more):
    question = {"columns": {one: one for one in columns}, **more}
    made = study([""] * 4, question, columns=columns).choices("where")
    assert made.iloc[:2].to_numpy().tolist() == [[1, 0, 1], [0, 1, 1]]
    # Whose marks are all blank answered nothing; a 0 is an answer.
    assert made.iloc[2].isna().all() == (more.get("chosen") == ["any"])
    assert made.iloc[3].isna().all()


def test_a_mark_that_is_not_declared_is_an_error():
    columns = COLUMNS | {"a": [1, 0, 2, None]}
    question = {"columns": {one: one for one in columns}}
    (fault,) = faults([""] * 4, question, columns=columns)
    assert (fault.column, fault.rows, fault.value) == ("a", (2,), "2")
    assert "listed under where: 1, 0" in fault.problem
    made = study([""] * 4, question | {"no_answer": [2]}, columns=columns)
    assert made.choices("where")["a"].tolist()[:3] == [1, 0, 0]


def test_the_two_forms_give_the_same():
    rng = np.random.default_rng(3)
    hits = rng.random((60, 3)) < [0.5, 0.3, 0.2]
    cells = [", ".join(np.compress(one, CHOICES)) for one in hits]
    marks = {f"c{i}": np.where(hits.any(axis=1), hits[:, i], np.nan) for i in range(3)}
    columns = {one: f"c{i}" for i, one in enumerate(CHOICES)}
    one, two = study(cells, CELL), study(cells, {"columns": columns}, columns=marks)
    pd.testing.assert_frame_equal(one.choices("where"), two.choices("where"))
    assert one.state("where", "choice").equals(two.state("where", "choice"))


def test_who_was_not_asked_and_who_did_not_answer_are_told_apart():
    made = study(
        ["App", "", "NS/NC", "99", "App", ""],
        CELL | {"asked_if": {"column": "age", "at_least": 18}, "no_answer": [99]},
        columns={"age": [20, 30, 40, 50, 10, 11]},
        no_answer_words=["ns/nc"],
    )
    states = ["answered", *["no_answer"] * 3, "answered", "not_asked"]
    assert made.state("where", "choice").tolist() == states
    assert made.missing().query("role == 'choice'").iloc[0, 2:].tolist() == [2, 0, 3, 1]
    (notice,) = [one for one in made.notices if "leaves them out" in one.problem]
    assert notice.rows == (4,) and notice.column == "q5"
    assert made.choices("where")["App"].tolist()[4] == 1  # the answer is used


def test_a_wave_whose_file_lacks_a_column_was_not_asked(tmp_path):
    for year, header, row in (("2025", "nps,a", "9,1"), ("2026", "nps,a,b,c", "9,0,1,x")):
        (tmp_path / f"{year}.csv").write_text("\n".join([header, *[row] * 12]), encoding="utf-8")
    (tmp_path / "study.yml").write_text(
        "schema: 1\nclient: C\noutcomes: {recommend: {kind: nps, column: nps}}\n"
        "responses: [{file: 2025.csv, wave: 2025}, {file: 2026.csv, wave: 2026}]\n"
        "multiple_response: {where: {columns: {a: a, b: b}}, later: {column: c}}\n",
        encoding="utf-8",
    )
    made = cx.read_study(tmp_path)
    assert made.state("later", "choice").tolist() == ["not_asked"] * 12 + ["answered"] * 12
    table = cx.describe.choices(made, "where", by="wave")
    told = table[["level", "choice", "estimate", "n"]].to_numpy().tolist()
    assert told == [["2025", "a", 1, 12], ["2026", "a", 0, 12], ["2026", "b", 1, 12]]


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({}, "give either column:, for all choices, or columns:, one for each"),
        ({"column": "q5", "columns": {"a": "q5"}}, "give either column:"),
        ({"column": "q5", "chosen": [1]}, "chosen: does not go with column:"),
        ({"columns": {"a": "q5"}, "other": "a"}, "other: does not go with columns:"),
        ({"columns": {"a": "q5"}, "choices": {"b": "B"}}, "the choice 'b' is not declared there"),
        ({"column": "q5", "choices": ["a"], "other": "b"}, "the choice 'b' is not declared there"),
        ({"columns": {"a": "q5"}, "no_answer": [0]}, "the answer '0' has two meanings"),
        ({"column": "nps"}, "the column 'nps' plays several roles"),
        ({"columns": {"a": "q5", "b": "q5"}}, "the column 'q5' is named twice"),
        ({"column": "q6"}, "no such column"),
    ],
)
def test_what_contradicts_itself_is_refused(question, message):
    with pytest.raises(cx.StudyError, match=message):
        study(["1"] * 4, question)


def test_an_id_names_one_thing():
    with pytest.raises(cx.StudyError, match="the id 'recommend' is used twice"):
        frame = pd.DataFrame({"q5": ["a"], "nps": [9]})
        cx.Study.from_frame(frame, {}, NPS, multiple_response={"recommend": "q5"})
    with pytest.raises(cx.ModelError, match="'when' is neither a touchpoint"):
        study(["a"] * 4, "q5").choices("when")
    with pytest.raises(cx.ModelError, match="'recommend' is a outcome of this study"):
        study(["a"] * 4, "q5").choices("recommend")


def test_a_list_among_segments_is_told_where_it_belongs():
    frame = pd.DataFrame({"q5": ["a;b", "a", "b", "a;b"] * 5, "nps": 9})
    made = cx.Study.from_frame(frame, {}, NPS, segments=["q5"])
    (notice,) = [one for one in made.notices if "list several choices" in one.problem]
    assert notice.fix.endswith("declare it under multiple_response:")


def test_the_journey_by_stage_keeps_the_question():
    frame = pd.DataFrame({"q5": ["a;b", "a"] * 6, "p": [1, 2, 3] * 4, "nps": 9})
    points = {"shop": {"experience": "p", "stage": "act"}}
    keys = {"scales": {"s": {"min": 1, "max": 7}}, "stages": "five_a"}
    made = cx.Study.from_frame(frame, points, NPS, multiple_response={"where": "q5"}, **keys)
    assert made.by_stage().choices("where").equals(made.choices("where"))
    assert made.where(np.arange(12) < 3).choices("where")["b"].tolist() == [1, 0, 1]
