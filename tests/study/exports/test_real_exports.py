"""Known numbers of exports that real survey tools wrote for others. They lie beside the project
(`shared/data/exports`, whose README says where from) and are never copied into it.
"""

import pytest

import cxlab as cx
from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.questionnaire import with_questionnaire
from cxlab.study.read.files import read_table

HEAD = "schema: 1\nclient: C\n"


@pytest.fixture(scope="module")
def exports(shared):
    return shared / "data" / "exports"


def study(folder, exports, keys):
    (folder / "study.yml").write_text(HEAD + keys.replace("{D}", str(exports)), encoding="utf-8")
    return cx.read_study(folder, allow_outside=exports)


SHAPES = {
    "jupyter_ux_2015_surveygizmo.csv": ("surveygizmo", 1, 1706),
    "cncf_maintainers_2024h1_surveymonkey.csv": ("", 1, 93),
    "cncf_ambassadors_2021_surveymonkey.csv": ("surveymonkey", 2, 44),
    "cncf_maintainers_2021h1_surveymonkey.csv": ("surveymonkey", 2, 93),
    "cncf_toc_2020_surveymonkey_matrix.csv": ("surveymonkey", 2, 28),
    "cncf_strimzi_2022_ranking.csv": ("surveymonkey", 2, 41),
    "surveymonkey_star_wars.csv": ("surveymonkey", 2, 1186),
    "qualtrics_no_basis_insights.csv": ("qualtrics", 3, 15),
    "qualtrics_no_basis_legacy.csv": ("qualtrics", 2, 15),
    "qualtrics_side_by_side_insights.csv": ("qualtrics", 3, 25),
    "qualtrics_single_matrix_insights.csv": ("qualtrics", 3, 5),
    "qualtrics_multi_matrix_insights.csv": ("qualtrics", 3, 5),
    "qualtrics_three_headers.csv": ("qualtrics", 3, 1),
    "qualtrics_legacy.csv": ("qualtrics", 2, 1),
    "limesurvey_998192.csv": ("limesurvey", 1, 7),
    "spss_hebrew.sav": ("spss", None, 99),
    "redcap_repeating_instruments.csv": ("redcap", 1, 9),
}


@pytest.mark.parametrize("name", SHAPES)
def test_tool_header_rows_and_respondents_are_told(exports, name):
    tool, rows, n = SHAPES[name]
    table = read_table(Responses(file=name), exports / name)
    assert (table.tool, table.spec.header_rows, len(table.frame)) == (tool, rows, n)
    assert len({column.name for column in table.columns}) == table.frame.shape[1]


def test_summary_tables_are_refused_in_words(exports):
    name = "cncf_2021_part1_summary_tables.xlsx"
    with pytest.raises(cx.StudyError, match="its sheets are summaries"):
        read_table(Responses(file=name), exports / name)


def test_jupyter_counts_complete_interviews(tmp_path, exports):
    keys = """
responses: {file: "{D}/jupyter_ux_2015_surveygizmo.csv"}
status: {column: Status, complete: [Complete], partial: [Partial]}
scales:
  often: {min: 1, max: 4, labels: {4: Daily, 3: Weekly, 2: Monthly, 1: Less often than monthly}}
outcomes: {use: {kind: score, column: "How often do you use Jupyter Notebook?", scale: often}}
"""
    often = study(tmp_path, exports, keys).outcome("use").dropna()
    assert len(often) == 773 and round(often.mean(), 4) == 3.2988


def test_cncf_ends_of_a_scale_in_words(tmp_path, exports):
    keys = """
responses: {file: "{D}/cncf_maintainers_2024h1_surveymonkey.csv"}
scales: {s: {min: 1, max: 10, no_answer: [N/A], labels: {1: Strongly disagree, 10: Strongly agree}}}
outcomes:
  recommend: {kind: score, column: "#7"}
  support: {kind: score, column: "#9"}
"""
    held = study(tmp_path, exports, keys)
    recommend, support = (held.outcome(name).dropna() for name in ("recommend", "support"))
    assert (len(recommend), round(recommend.mean(), 3)) == (93, 8.634)
    assert (len(support), round(support.mean(), 3)) == (89, 7.764)


def test_cncf_words_in_two_cases_are_one_answer(tmp_path, exports):
    keys = """
responses: {file: "{D}/cncf_toc_2020_surveymonkey_matrix.csv"}
no_answer_words: [n/a]
scales:
  s:
    min: 1
    max: 5
    labels: {1: Strongly disagree, 2: Disagree, 3: Neutral, 4: Agree, 5: Strongly agree}
outcomes: {sigs: {kind: csat, column: "#21"}}
"""
    sigs = study(tmp_path, exports, keys).outcome("sigs").dropna()
    assert len(sigs) == 27 and (sigs >= 4).sum() == 18


def test_decimal_comma_and_point_stand_in_one_file(tmp_path, exports):
    keys = """
responses: {file: "{D}/redcap_decimal_comma_and_dot.csv", marks: {weight_comma: ","}}
outcomes:
  dot: {kind: amount, column: weight_dot}
  comma: {kind: amount, column: weight_comma}
"""
    held = study(tmp_path, exports, keys)
    assert (
        held.outcome("dot").tolist() == held.outcome("comma").tolist() == [52.3, 92.3, 123.4, 45.9]
    )


def test_labels_come_from_the_questionnaire(exports):
    for name in ("insights", "legacy"):
        file = exports / f"qualtrics_no_basis_{name}.csv"
        table = with_questionnaire(
            read_table(Responses(file=file.name), file), exports / "qualtrics_no_basis.qsf"
        )
        words = {column.name: column.labels for column in table.columns}
        assert words["Q1"]["-1"] == "No opinion"
        assert words["Q4_1"]["-2"] == "Never tried it"


def test_spss_says_which_codes_are_no_answers(exports):
    table = read_table(Responses(file="a"), exports / "spss_user_missing.sav")
    missing = {column.name: dict(column.missing) for column in table.columns}
    assert missing["mylabl"] == {"-1": "no_answer"}
    assert missing["mynum"].keys() >= {"-1"}
