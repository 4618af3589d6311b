"""A questionnaire says whom it asked what: a draft proposes it as `asked_if:` where one filter says
it and the answers agree, and asks a person otherwise.
"""

from __future__ import annotations

import csv
import io
import json

import pandas as pd
import pytest
import yaml

import cxlab as cx
from cxlab.errors import Said, StudyError
from cxlab.exports.draft_study import draft_study, guess_export
from cxlab.study.exports.draft.asked import routed

N = 60


def question(key, tag, kind="MC", **more) -> dict:
    held = {"DataExportTag": tag, "QuestionType": kind, "QuestionText": f"Question {tag}"}
    return {"Element": "SQ", "PrimaryAttribute": key, "Payload": held | more}


def choices(*words) -> dict:
    return {str(code): {"Display": word} for code, word in enumerate(words, 1)}


def chosen(place, operator="Selected", **more) -> dict:
    return {
        "LogicType": "Question",
        "LeftOperand": f"q://{place}",
        "Operator": operator,
        "Type": "Expression",
        "Description": f"<span>If</span> {place} <b>{operator}</b>",
        **more,
    }


def field(name, operator, value) -> dict:
    return chosen("", operator, LogicType="EmbeddedField", LeftOperand=name, RightOperand=value)


def value(place, operator, right) -> dict:
    return chosen(place, operator, RightOperand=right)


def also(one, how="Or") -> dict:
    return {**one, "Conjuction": how}


def when(*sets) -> dict:
    """Display logic, of sets of expressions."""
    held = {}
    for number, one in enumerate(sets):
        each = one if isinstance(one, list) else [one]
        group = {str(i): expression for i, expression in enumerate(each)}
        held[str(number)] = group | {"Type": "AndIf" if number else "If"}
    return held | {"Type": "BooleanExpression", "inPage": False}


WORDS = ("Very bad", "Bad", "Neither good nor bad", "Good", "Very good")
# Whom Q1 sends on: code 5 is Yes.
YES = [i % 3 == 0 for i in range(N)]
ASKED = [
    question("QID1", "Q1", Choices=choices("No", "Yes", "Perhaps"), RecodeValues={"2": 5, "3": 7}),
    question("QID2", "Q2", Selector="MAVR", Choices=choices("Shop", "Web")),
    question("QID3", "age", "TE", Selector="SL"),
    question("QID4", "use", "Slider", Choices=choices("Hours", "Days")),
    question("QID5", "Q5", Selector="MAVR", Choices=choices("Phone", "Post", "Fax")),
    question("QID6", "Q6", "Matrix", Choices=choices("Shop"), Answers=choices("Alpha", "Beta")),
]
FACTS = {
    "id": [*range(1, N + 1)],
    "Q1": [5 if yes else (1, 7)[i % 2] for i, yes in enumerate(YES)],
    "Q2_1": ["1" if yes else "" for yes in YES],
    "Q2_2": ["" if yes else "1" for yes in YES],
    "age": [40 + i % 9 if yes else 15 + i % 3 for i, yes in enumerate(YES)],
    "use_1": [7 if yes else 2 for yes in YES],
    "Q5": ["1,2,3" if yes else "2" for yes in YES],
    "Q6_1": [2 if yes else 1 for yes in YES],
    "plan": ["gold" if yes else "" for yes in YES],
    "nps": [i % 11 for i in range(N)],
}


def ratings(asked=YES, n=1) -> dict:
    """Columns of a matrix Q9, answered by those who were asked."""
    return {
        f"Q9_{row}": [
            str(1 + (i * row) % 5) if is_asked else "" for i, is_asked in enumerate(asked)
        ]
        for row in range(1, n + 1)
    }


def rated(logic=None, n=1, **more) -> dict:
    rows = choices(*(f"Thing {row}" for row in range(1, n + 1)))
    more = {"Choices": rows, "Answers": choices(*WORDS), "SubSelector": "SingleAnswer", **more}
    return question("QID9", "Q9", "Matrix", **more, **({"DisplayLogic": logic} if logic else {}))


def block(*elements, key="BL_1", **options) -> dict:
    """Elements are ids of questions, or such an id with its skips."""
    held = [one if isinstance(one, dict) else {"QuestionID": one} for one in elements]
    each = [{"Type": "Question", **one} for one in held]
    return {"ID": key, "BlockElements": each, "Options": options}


def skip(place, to, operator="Selected") -> dict:
    """As it stands in a block, with the question that it is of."""
    return {
        "ChoiceLocator": f"q://{place}",
        "Condition": operator,
        "SkipToDestination": to,
        "Description": f"If {place} Is {operator}, Then Skip To {to}",
    }


def branch(logic, *nodes) -> dict:
    return {"Type": "Branch", "BranchLogic": logic, "Flow": [*nodes]}


def drafted(folder, *more, columns=None, blocks=(), flow=()):
    """The draft of an export with its questionnaire beside it: its folder."""
    elements = [*ASKED, *more, {"Element": "BL", "Payload": [*blocks]}]
    elements += [{"Element": "FL", "Payload": {"Type": "Root", "Flow": [*flow]}}]
    pd.DataFrame(FACTS | (columns or ratings())).to_csv(folder / "export.csv", index=False)
    (folder / "export.qsf").write_text(json.dumps({"SurveyElements": elements}))
    draft_study(folder / "export.csv", folder / "study")
    return folder / "study"


def book(study) -> dict:
    return yaml.safe_load((study / "study.yml").read_text("utf-8"))


def rules(study) -> dict:
    """The rule of each touchpoint and outcome that has one."""
    rows = csv.DictReader(io.StringIO((study / "touchpoints.csv").read_text("utf-8")))
    found = {row["touchpoint"]: yaml.safe_load(row.get("asked_if") or "null") for row in rows}
    found |= {name: one.get("asked_if") for name, one in book(study)["outcomes"].items()}
    return {name: rule for name, rule in found.items() if rule}


def sentences(study) -> list[str]:
    told = ("the questionnaire's logic", "the questionnaire ends")
    return [one for one in book(study).get("confirm", []) if any(words in one for words in told)]


def decided(study):
    """The study once a person has deleted what is to be confirmed."""
    path = study / "study.yml"
    path.write_text(path.read_text("utf-8").partition("\nconfirm:")[0], "utf-8")
    return cx.read_study(study)


def test_who_was_not_asked_is_not_asked_in_the_study(tmp_path):
    study = drafted(
        tmp_path, rated(when(chosen("QID1/SelectableChoice/2")), n=3), columns=ratings(n=3)
    )
    rule = {"column": "Q1", "in": ["5"]}
    assert [*rules(study).values()] == [rule] * 3
    (sentence,) = sentences(study)
    assert sentence.startswith("“Q9_1”, “Q9_2”, “Q9_3”: the questionnaire's logic (“If QID1/Sel")
    assert (
        "leaves out 40 of 60 respondents:" in sentence
        and "asked_if: {column: Q1, in: ['5']}" in sentence
    )
    read = decided(study)
    for name in rules(study):
        expected = ["answered" if yes else "not_asked" for yes in YES]
        assert read.state(name).tolist() == expected
    assert not [fault for fault in read.notices if "asked_if" in fault.problem]


Q1 = "QID1/SelectableChoice"
YES_IN = {"column": "Q1", "in": ["5"]}
NOT_1_7 = {"column": "Q1", "not_in": ["1", "7"]}
IS_NOT_1, IS_NOT_7 = chosen(f"{Q1}/1", "NotSelected"), chosen(f"{Q1}/3", "NotSelected")
AGE, USE = "QID3/ChoiceTextEntryValue", "QID4/ChoiceNumericEntryValue/1"
SPAN = [value(USE, "LessThan", "9"), also(value(USE, "GreaterThanOrEqual", 3), "And")]
SAID = [
    (when(chosen(f"{Q1}/2")), YES_IN),
    (when(IS_NOT_1), {"column": "Q1", "not_in": ["1"]}),
    (when([chosen(f"{Q1}/2"), also(chosen(f"{Q1}/3"))]), {"column": "Q1", "in": ["5", "7"]}),
    (when([IS_NOT_1, also(IS_NOT_7, "And")]), NOT_1_7),
    (when(IS_NOT_1, IS_NOT_7), NOT_1_7),
    (when(chosen("QID2/SelectableChoice/1")), {"column": "Q2_1", "in": ["1"]}),
    (when(chosen("QID2/SelectableChoice/2", "NotSelected")), {"column": "Q2_2", "not_in": ["1"]}),
    (when(chosen("QID5/SelectableChoice/1")), {"column": "Q5", "holds": "1"}),
    (when(chosen("QID6/SelectableChoice/1/2")), {"column": "Q6_1", "in": ["2"]}),
    (when(value(AGE, "GreaterThan", "17")), {"column": "age", "at_least": 18}),
    (when(value(AGE, "GreaterThanOrEqual", "40")), {"column": "age", "at_least": 40}),
    (when(SPAN), {"column": "use_1", "at_most": 8, "at_least": 3}),
    (when(value(USE, "LessThanOrEqual", "7.5")), {"column": "use_1", "at_most": 7.5}),
    (when(value(USE, "EqualTo", "7")), {"column": "use_1", "in": ["7"]}),
    (
        when(value("QID6/SelectedAnswerRecode/1", "GreaterThan", 1)),
        {"column": "Q6_1", "at_least": 2},
    ),
    (when(field("Plan", "EqualTo", "gold")), {"column": "plan", "in": ["gold"]}),
    (when(field("plan", "NotEqualTo", "")), {"column": "plan", "not_in": [""]}),
]


@pytest.mark.parametrize(("logic", "rule"), SAID)
@pytest.mark.parametrize("key", ["DisplayLogic", "InPageDisplayLogic"])
def test_a_condition_on_one_column_is_a_filter(tmp_path, logic, rule, key):
    study = drafted(tmp_path, rated(**{key: logic}))
    assert [*rules(study).values()] == [rule]
    assert "asked_if: {column: " in sentences(study)[0]
    assert set(decided(study).state([*rules(study)][0])) <= {"answered", "not_asked", "no_answer"}


def test_answers_in_words_are_named_in_words(tmp_path):
    words = {1: "No", 5: "Yes", 7: "Perhaps"}
    facts = {"Q1": [words[code] for code in FACTS["Q1"]]}
    facts |= {"Q2_1": ["Shop" if yes else "" for yes in YES]}
    facts |= {"Q5": ["Phone,Post" if yes else "Post" for yes in YES]}
    columns = facts | ratings()
    for number, (place, rule) in enumerate(
        [
            (f"{Q1}/2", {"column": "Q1", "in": ["Yes"]}),
            ("QID2/SelectableChoice/1", {"column": "Q2_1", "in": ["Shop"]}),
            ("QID5/SelectableChoice/1", {"column": "Q5", "holds": "Phone"}),
        ]
    ):
        (tmp_path / str(number)).mkdir()
        study = drafted(tmp_path / str(number), rated(when(chosen(place))), columns=columns)
        assert [*rules(study).values()] == [rule]
        assert (decided(study).state("q9_1") == "not_asked").sum() == 40


def test_more_than_a_number_is_no_bound_of_decimals(tmp_path):
    """At least 18 would leave out who is 17.5."""
    columns = {"age": ["17.5" if yes else "15" for yes in YES]} | ratings()
    study = drafted(tmp_path, rated(when(value(AGE, "GreaterThan", "17"))), columns=columns)
    assert not rules(study) and "asked_if cannot say" in sentences(study)[0]


def test_answers_against_the_condition_are_counted_and_nothing_is_written(tmp_path):
    asked = [yes or i in (1, 2, 4) for i, yes in enumerate(YES)]
    study = drafted(tmp_path, rated(when(chosen(f"{Q1}/2"))), columns=ratings(asked))
    assert not rules(study)
    (sentence,) = sentences(study)
    assert "leaves out 40 of 60 respondents, but 3 of them answered" in sentence
    assert (decided(study).state("q9_1") == "no_answer").sum() == 37


def test_a_code_for_no_rating_is_no_answer_against_a_condition(tmp_path):
    columns = {"Q9_1": [one or "-99" for one in ratings()["Q9_1"]]}
    logic = when(chosen(f"{Q1}/2"))
    answers = choices(*WORDS, "Not applicable")
    more = {"Answers": answers, "RecodeValues": {"6": "-99"}}
    study = drafted(tmp_path, rated(logic, **more), columns=columns)
    assert [*rules(study).values()] == [YES_IN]


@pytest.mark.parametrize(
    "logic",
    [
        when([chosen(f"{Q1}/2"), also(chosen("QID2/SelectableChoice/1"))]),
        when([chosen(f"{Q1}/2"), also(chosen("QID2/SelectableChoice/1"), "And")]),
        when(chosen(f"{Q1}/2"), chosen("QID2/SelectableChoice/1")),
        when([IS_NOT_1, also(IS_NOT_7, "And"), also(chosen(f"{Q1}/2", "NotSelected"))]),
        when(chosen(f"{Q1}/2", "Displayed")),
        when(chosen("QID5/SelectableChoice/1", "NotSelected")),
        when(value("QID1/SelectedChoicesCount", "GreaterThan", "1")),
        when(value("QID3/ChoiceTextEntryValue", "GreaterThan", "old")),
        when(value("QID3/ChoiceTextEntryValue", "Contains", "4")),
        when(field("tenure", "EqualTo", "3")),
        when(chosen("QID77/SelectableChoice/1")),
        when(chosen("", LogicType="Quota", LeftOperand="QO_1", Operator="QuotaMet")),
        when(chosen("", LogicType="DeviceType", LeftOperand="mobile", Operator="Is")),
        {"Type": "BooleanExpression", "0": {"Type": "If", "0": {"Type": "Expression"}}},
    ],
)
def test_what_no_filter_can_say_is_said_in_the_questionnaires_words(tmp_path, logic):
    study = drafted(tmp_path, rated(logic))
    assert not rules(study)
    (sentence,) = sentences(study)
    words = logic["0"]["0"].get("Description", "None None")
    words = words.replace("<span>", "").partition("<")[0]
    assert sentence.startswith("“Q9_1”: asked_if cannot say the questionnaire's logic (“" + words)


def test_a_part_of_a_condition_is_not_written(tmp_path):
    study = drafted(
        tmp_path,
        rated(when(chosen("QID2/SelectableChoice/1"))),
        blocks=[block("QID9")],
        flow=[branch(when(chosen(f"{Q1}/2")), {"Type": "Block", "ID": "BL_1"})],
    )
    assert not rules(study) and "; If QID2" in sentences(study)[0]


FLOW = {"Type": "Standard", "ID": "BL_1"}
SKIP = skip(f"{Q1}/1", "ENDOFBLOCK")
NOT_1 = {"column": "Q1", "not_in": ["1"]}
PERHAPS = when(chosen(f"{Q1}/3"))


@pytest.mark.parametrize(
    ("elements", "flow", "rule"),
    [
        (["QID2", "QID9"], [branch(when(chosen(f"{Q1}/2")), FLOW)], YES_IN),
        (["QID9"], [branch(when(chosen(f"{Q1}/2")), {"Type": "Group", "Flow": [FLOW]})], YES_IN),
        (["QID9"], [branch(when(chosen(f"{Q1}/2")), FLOW), FLOW], None),
        ([{"QuestionID": "QID1", "SkipLogic": [SKIP]}, "QID2", "QID9"], [FLOW], NOT_1),
        ([{"QuestionID": "QID1", "SkipLogic": [skip(f"{Q1}/1", "QID9")]}, "QID9"], [FLOW], None),
        (
            [{"QuestionID": "QID1", "SkipLogic": [skip(f"{Q1}/1", "QID3")]}, "QID9", "QID3"],
            [FLOW],
            NOT_1,
        ),
        (
            [
                {"QuestionID": "QID1", "SkipLogic": [SKIP, skip(f"{Q1}/3", "QID3")]},
                "QID9",
                "QID3",
            ],
            [FLOW],
            {"column": "Q1", "not_in": ["1", "7"]},
        ),
        (["QID9", {"QuestionID": "QID1", "SkipLogic": [SKIP]}], [FLOW], None),
        (["QID1"], [FLOW], None),
    ],
)
def test_branches_and_skips_are_conditions(tmp_path, elements, flow, rule):
    study = drafted(tmp_path, rated(), blocks=[block(*elements)], flow=flow)
    assert [*rules(study).values()] == ([rule] if rule else [])
    assert len(sentences(study)) == bool(rule)


def test_what_goes_without_saying_is_left_out(tmp_path):
    """Who chose an answer to a question of the block was in the block."""
    study = drafted(
        tmp_path,
        rated(when(chosen("QID2/SelectableChoice/1"))),
        blocks=[block("QID2", "QID9")],
        flow=[branch(when(chosen(f"{Q1}/2")), FLOW)],
    )
    assert [*rules(study).values()] == [{"column": "Q2_1", "in": ["1"]}]


@pytest.mark.parametrize(
    ("node", "options", "words"),
    [
        ({"Type": "BlockRandomizer", "SubSet": "1", "Flow": [FLOW, {}]}, {}, "BlockRandomizer 1/2"),
        (FLOW, {"Looping": "Question"}, "Loop & Merge"),
        (
            {"Type": "Group", "Flow": [branch(PERHAPS, FLOW), branch(PERHAPS, FLOW)]},
            {},
            " / If QID1",
        ),
    ],
)
def test_lots_loops_and_blocks_that_stand_twice_are_for_a_person(tmp_path, node, options, words):
    columns = {f"1_{name}": cells for name, cells in ratings().items()}
    columns = columns if options else ratings()
    study = drafted(
        tmp_path, rated(), columns=columns, blocks=[block("QID9", **options)], flow=[node]
    )
    assert not rules(study)
    (sentence,) = sentences(study)
    assert "asked_if cannot say" in sentence and words in sentence


@pytest.mark.parametrize("way", ["branch", "skip"])
def test_an_end_of_the_questionnaire_is_no_routing(tmp_path, way):
    first = {"QuestionID": "QID1", "SkipLogic": [skip(f"{Q1}/1", "ENDOFSURVEY")]}
    end = [branch(when(chosen(f"{Q1}/1")), {"Type": "EndSurvey"})]
    study = drafted(
        tmp_path,
        rated(when(chosen(f"{Q1}/2"))),
        blocks=[block(first if way == "skip" else "QID1"), block("QID9", key="BL_2")],
        flow=[FLOW, *(end if way == "branch" else []), {"Type": "Block", "ID": "BL_2"}],
    )
    assert [*rules(study).values()] == [YES_IN]
    asked, ended = sentences(study)
    assert ended.startswith("“Q9_1”: for some the questionnaire ends before it (“If QID1/Select")


def test_a_row_has_a_condition_of_its_own(tmp_path):
    rows = choices("Thing 1", "Thing 2")
    rows["2"]["DisplayLogic"] = when(chosen(f"{Q1}/2"))
    columns = {**ratings(n=2), "Q9_1": ratings([True] * N)["Q9_1"]}
    study = drafted(tmp_path, rated(Choices=rows), columns=columns)
    assert rules(study) == {"q9_2": YES_IN}


def test_an_outcome_has_its_rule_in_study_yml(tmp_path):
    asked = question("QID8", "nps", Choices=[{"Display": str(i)} for i in range(11)])
    asked["Payload"]["DisplayLogic"] = when(chosen(f"{Q1}/2"))
    columns = ratings([True] * N) | {"nps": [i % 11 if yes else "" for i, yes in enumerate(YES)]}
    study = drafted(tmp_path, rated(), asked, columns=columns)
    assert rules(study) == {"recommend": YES_IN}
    assert (decided(study).state("recommend", "outcome") == "not_asked").sum() == 40


def test_a_touchpoint_whose_columns_are_asked_otherwise_has_no_rule(tmp_path):
    """An expectation is asked of everybody, the experience of those who had it."""
    pair = {"Expectation: delivery": [1 + i % 5 for i in range(N)]}
    pair |= {"Experience: delivery": ratings()["Q9_1"]}
    asked = []
    for key, (tag, logic) in enumerate(zip(pair, (None, when(chosen(f"{Q1}/2"))), strict=True)):
        one = question(f"QID2{key}", tag, Choices=choices(*WORDS))
        asked.append(one)
        one["Payload"] |= {"DisplayLogic": logic}
    study = drafted(tmp_path, *asked, columns=pair)
    (row,) = csv.DictReader(io.StringIO((study / "touchpoints.csv").read_text("utf-8")))
    assert row["expectation"] and row["experience"] and not rules(study)
    assert "asked_if cannot say" in sentences(study)[0]


def test_a_wave_without_the_column_of_the_condition_gets_no_rule(tmp_path):
    first = pd.DataFrame(FACTS | ratings()).drop(columns="Q1")
    (tmp_path / "a").mkdir()
    first.to_csv(tmp_path / "a" / "2025.csv", index=False)
    drafted(tmp_path, rated(when(chosen(f"{Q1}/2"))))
    (tmp_path / "export.csv").rename(tmp_path / "2026.csv")
    (tmp_path / "export.qsf").rename(tmp_path / "2026.qsf")
    draft_study([tmp_path / "a" / "2025.csv", tmp_path / "2026.csv"], tmp_path / "waves")
    assert not rules(tmp_path / "waves")
    assert "asked_if cannot say" in sentences(tmp_path / "waves")[0]


def test_sentences_keep_their_template(tmp_path):
    drafted(tmp_path, rated(when(chosen(f"{Q1}/2"))))
    (sentence,) = routed(guess_export(tmp_path / "export.csv"))[1]
    assert isinstance(sentence, Said) and sentence.values["out"] == 40


def test_a_flow_that_is_no_flow_is_said(tmp_path):
    with pytest.raises(StudyError, match=r"export\.qsf: not readable as a questionnaire"):
        drafted(tmp_path, rated(), flow=[{"Type": "BlockRandomizer", "SubSet": "half", "Flow": []}])


def keys(folder, cell):
    """A study whose touchpoints.csv has this cell under asked_if."""
    pd.DataFrame(FACTS | ratings()).to_csv(folder / "a.csv", index=False)
    points = pd.DataFrame([{"touchpoint": "shop", "experience": "Q9_1", "asked_if": cell}])
    points.to_csv(folder / "touchpoints.csv", index=False)
    text = "schema: 1\nclient: Q\nresponses: {file: a.csv}\nscales: {s: {min: 1, max: 5}}\n"
    (folder / "study.yml").write_text(text + "touchpoints: touchpoints.csv\n")
    return folder


def test_a_cell_of_the_table_of_touchpoints_holds_a_filter(tmp_path):
    study = cx.read_study(keys(tmp_path, "{column: Q1, not_in: [1, 7]}"))
    assert (study.state("shop") == "not_asked").sum() == 40


@pytest.mark.parametrize("cell", ["Q1 = 5", "{column: Q1", "[Q1]", "{column: Q1, on: [5]}"])
def test_a_cell_that_is_no_filter_is_said_of_the_table(tmp_path, cell):
    with pytest.raises(
        StudyError, match=r"touchpoints\.csv, column 'asked_if', row 2.*write a filter"
    ):
        cx.read_study(keys(tmp_path, cell))


def test_a_cell_that_unpacks_without_end_is_refused(tmp_path):
    cell = "[&a [x, x], &b [*a, *a], " + ", ".join(
        f"&{chr(99 + i)} [*{chr(98 + i)}, *{chr(98 + i)}]" for i in range(23)
    )
    with pytest.raises(StudyError, match="keys and values"):
        cx.read_study(keys(tmp_path, cell + "]"))


@pytest.mark.parametrize("way", ["logic", "branch"])
def test_a_question_asked_side_by_side_stands_behind_its_logic(tmp_path, way):
    part = {"QuestionType": "Matrix", "Answers": choices(*WORDS), "SubSelector": "SingleAnswer"}
    more = {"AdditionalQuestions": {"1": part}, "Choices": choices("Thing 1")}
    logic = when(chosen(f"{Q1}/2"))
    asked = question(
        "QID9", "Q9", "SBS", **({"DisplayLogic": logic} if way == "logic" else {}), **more
    )
    flow = {"blocks": [block("QID9")], "flow": [branch(logic, FLOW)]} if way == "branch" else {}
    study = drafted(tmp_path, asked, columns={"Q9#1_1": ratings()["Q9_1"]}, **flow)
    assert [*rules(study).values()] == [YES_IN]


def test_a_column_of_a_loop_is_not_taken_for_that_of_another_turn(tmp_path):
    """Whom a later question asks cannot be told by one of the turns."""
    facts = {f"{turn}_Q8": FACTS["Q1"] for turn in (1, 2)}
    looped = question("QID8", "Q8", Choices=choices("No", "Yes"), RecodeValues={"2": 5})
    asked = rated(when(chosen("QID8/SelectableChoice/2")))
    study = drafted(tmp_path, looped, asked, columns=facts | ratings())
    assert not rules(study) and "asked_if cannot say" in sentences(study)[0]


def test_a_real_questionnaire_tells_whom_it_skipped(shared, tmp_path):
    file = shared / "data" / "exports" / "qualtrics_better_sample.csv"
    draft_study(file, tmp_path / "study")
    rule = {"column": "q2_favorite", "not_in": ["1"]}
    assert rules(tmp_path / "study") == dict.fromkeys(("cantaloupe", "kiwi", "pomegranate"), rule)
    (sentence,) = sentences(tmp_path / "study")
    assert "Then Skip To End of Block”) leaves out 4 of 10 respondents" in sentence
    states = decided(tmp_path / "study").state("kiwi")
    assert states.value_counts()[["answered", "not_asked", "not_used"]].tolist() == [5, 4, 1]
