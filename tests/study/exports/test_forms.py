"""Forms of Kobo, ODK and LimeSurvey say whom they ask what in expressions, which become `asked_if:`
where one filter says them, and a sentence to confirm else.
"""

from __future__ import annotations

import random

import pandas as pd
import pytest

import cxlab as cx
from cxlab.exports.draft_study import draft_study, guess_export
from cxlab.study.codebook.row_keys import Filter
from cxlab.study.exports.draft.asked import routed
from cxlab.study.exports.forms import form_of
from cxlab.study.exports.logic import rule_of
from cxlab.study.exports.table import Table
from cxlab.study.read.columns import meets

N = 60
RNG = random.Random(2)
VISITED = [RNG.choice(["yes", "no"]) for _ in range(N)]
DAYS = [RNG.randint(0, 9) for _ in range(N)]
HAS = [" ".join(RNG.sample(["tv", "net", "cel"], RNG.randint(1, 3))) for _ in range(N)]


def rated(asked: list) -> list:
    return [RNG.randint(1, 5) if one else "" for one in asked]


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("${a} = 'yes'", {"column": "A", "in": ["yes"]}),
        ("selected(${a}, 'x') or selected(${a}, 'y')", {"column": "A", "in": ["x", "y"]}),
        ("not(selected(${a}, 'x'))", {"column": "A", "not_in": ["x"]}),
        ("selected(${m}, 'x')", {"column": "M", "holds": "x"}),
        ("${m} = 'x'", None),  # x alone
        ("${a} = 3.0", {"column": "A", "in": ["3"]}),
        ("${a} = '$5'", {"column": "A", "in": ["$5"]}),
        ("a.code == 2", {"column": "A", "in": ["2"]}),
        ("a.shown == 'Yes'", None),
        ('!a == "Y"', None),
        ("${a} > 5 and ${a} < 3", None),
        ("${a} > 3 and ${a} < 4", None),
        ("${d} >= 2.5 and ${d} <= 7", {"column": "D", "at_least": 2.5, "at_most": 7}),
        ("${d} > 2", None),
        ("${d} < 2", None),
        ("${a} > 1" + "0" * 400, None),
        ("(" * 9999 + "${a} = 1" + ")" * 9999, None),
        ("${a} > 3 and ${a} <= 7", {"column": "A", "at_least": 4, "at_most": 7}),
        ("3 < ${a}", {"column": "A", "at_least": 4}),
        ('((a.NAOK == "Y")) || (a.NAOK == "N")', {"column": "A", "in": ["Y", "N"]}),
        ('!(a == "Y")', {"column": "A", "not_in": ["Y"]}),
        ("a.NAOK ge 2", {"column": "A", "at_least": 2}),
        ("${a} = 'x' and ${m} = 'y'", None),
        ("count-selected(${m}) > 1", None),
        ("${a} != ''", None),
        ("${unknown} = 1", None),
        ("${a} = 'x' ${a}", None),
        ("(", None),
    ],
)
def test_an_expression_is_a_filter_where_one_says_it(text, rule):
    assert ruled(text) == rule


def ruled(text):
    """Of a, which holds whole numbers, m, which lists several, and d, which holds decimals."""
    return rule_of(
        text,
        {"a": "A", "m": "M", "d": "D"}.get,
        lambda column, _name, code: (code, column == "M", column == "A"),
    )


SIGNS = ("<", "<=", ">", ">=")
BOUNDS = ("-2", "-0.5", "0", "0.5", "2.5", "3", "5", "9", "10")


def expressions():
    """Comparisons, each turned too, pairs of them, and some of three."""
    single = [f"a {sign} {bound}" for sign in SIGNS for bound in BOUNDS]
    single += [f"{bound} {sign} a" for sign in SIGNS for bound in BOUNDS]
    picks = random.Random(3)
    yield from single
    for n in (2, 3):
        yield from (" and ".join(picks.choices(single, k=n)) for _ in range(200))


def test_bounds_keep_whom_the_expression_keeps():
    cells = [str(a) for a in range(-3, 13)]
    table, said = Table("a.csv", pd.DataFrame({"A": cells})), 0
    for text in expressions():
        kept = [bool(eval(text, {"a": int(cell)})) for cell in cells]
        rule = ruled(text)
        said += rule is not None
        # A filter that keeps nobody is none.
        assert meets(table, Filter(**rule)).tolist() == kept if rule else not any(kept), text
    assert said > 200


@pytest.fixture
def kobo(tmp_path):
    frame = {
        "start": ["2026-03-02T10:00:00"] * N,
        "visited": VISITED,
        "days": DAYS,
        "has": HAS,
        "g/sat_store": rated([one == "yes" for one in VISITED]),
        "sat_net": rated(["net" in one for one in HAS]),
        "sat_delay": rated([one > 3 for one in DAYS]),
        "sat_both": rated([a > 3 and b == "yes" for a, b in zip(DAYS, VISITED, strict=True)]),
        "nps": [RNG.randint(0, 10) for _ in range(N)],
        "_id": range(N),
        "_uuid": [f"u{i}" for i in range(N)],
    }
    pd.DataFrame(frame).to_csv(tmp_path / "export.csv", index=False)
    survey = [
        ["type", "name", "label::English (en)", "relevant"],
        ["select_one yn", "visited", "Did you visit the store?", ""],
        ["integer", "days", "Days waited", ""],
        ["select_multiple has", "has", "Which products?", ""],
        ["begin_group", "g", "Store", "${visited} = 'yes'"],
        ["select_one r5", "sat_store", "How satisfied are you with the store?", ""],
        ["end_group", "", "", ""],
        ["select_one r5", "sat_net", "Satisfaction with internet", "selected(${has}, 'net')"],
        ["integer", "sat_delay", "Satisfaction with the delay (1-5)", "${days} > 3"],
        ["integer", "sat_both", "Satisfaction (1-5)", "${visited} = 'yes' and ${days} > 3"],
        ["integer", "nps", "How likely are you to recommend us?", ""],
    ]
    words = ["Very dissatisfied", "Dissatisfied", "Neutral", "Satisfied", "Very satisfied"]
    choices = [
        ["list_name", "name", "label::English (en)"],
        ["yn", "yes", "Yes"],
        ["yn", "no", "No"],
    ]
    choices += [["r5", str(i), word] for i, word in enumerate(words, 1)]
    with pd.ExcelWriter(tmp_path / "form.xlsx") as book:
        for name, rows in (("survey", survey), ("choices", choices)):
            pd.DataFrame(rows).to_excel(book, sheet_name=name, index=False, header=False)
    return tmp_path / "export.csv"


def test_an_xlsform_beside_the_export_says_whom_it_asked(kobo):
    draft = guess_export(kobo)
    rules, asked = routed(draft)
    assert rules == {
        "g_sat_store": {"column": "visited", "in": ["yes"]},
        "sat_net": {"column": "has", "holds": "net"},
        "sat_delay": {"column": "days", "at_least": 4},
    }
    (unsaid,) = (one for one in map(str, asked) if "asked_if cannot say" in one)
    assert "sat_both" in unsaid and "${visited} = 'yes' and ${days} > 3" in unsaid
    labels = {guess.column: guess.seen.labels for guess in draft.guesses}
    assert labels["g/sat_store"]["5"] == "Very satisfied"


def test_more_than_a_number_is_no_bound_where_a_form_allows_decimals(kobo):
    path = kobo.with_name("form.xlsx")
    survey, choices = (
        pd.read_excel(path, name, dtype=str, engine="openpyxl") for name in ("survey", "choices")
    )
    survey.loc[survey["name"] == "days", "type"] = "decimal"
    with pd.ExcelWriter(path) as book:
        survey.to_excel(book, sheet_name="survey", index=False)
        choices.to_excel(book, sheet_name="choices", index=False)
    rules, asked = routed(guess_export(kobo))
    assert {*rules} == {"g_sat_store", "sat_net"}
    assert any("asked_if cannot say" in one and "${days} > 3”" in one for one in map(str, asked))


def test_a_drafted_form_is_a_study(kobo, tmp_path):
    draft_study(kobo, tmp_path / "study")
    path = tmp_path / "study" / "study.yml"
    path.write_text(path.read_text("utf-8").partition("\nconfirm:")[0], encoding="utf-8")
    assert not (cx.check_study(tmp_path / "study")["severity"] == "error").any()
    assert cx.read_study(tmp_path / "study").n == N


LSS = """<?xml version="1.0" encoding="UTF-8"?><document>
<groups><rows><row><gid>2</gid><grelevance>1</grelevance></row></rows></groups>
<questions><rows>
<row><qid>7</qid><parent_qid>0</parent_qid><sid>1</sid><gid>2</gid><title>had</title>
<question>Any problem?</question><relevance>1</relevance></row>
<row><qid>8</qid><parent_qid>0</parent_qid><sid>1</sid><gid>2</gid><title>fix</title>
<question><![CDATA[<p>How satisfied are you?</p>]]></question>
<relevance>{relevance}</relevance></row>
</rows></questions>
<subquestions><rows><row><qid>9</qid><parent_qid>8</parent_qid><title>SQ1</title>
<question>Speed</question></row></rows></subquestions>
<answers><rows><row><qid>8</qid><code>1</code><answer>Very dissatisfied</answer></row>
<row><qid>8</qid><code>5</code><answer>Very satisfied</answer></row></rows></answers></document>"""
STRUCTURE = """class\ttype/scale\tname\trelevance\ttext
G\tG0\tOne\t1\t
Q\tY\thad\t1\tAny problem?
Q\tF\tfix\t{relevance}\tHow satisfied are you?
SQ\t\tSQ1\t\tSpeed
A\t0\t1\t\tVery dissatisfied
A\t0\t5\t\tVery satisfied
"""


@pytest.mark.parametrize(
    ("name", "form", "relevance"),
    [
        ("s.lss", LSS, 'had.NAOK == "Y"'),
        ("s.lss", LSS, '1X2X7.NAOK == "Y"'),
        ("s.txt", STRUCTURE, '((had.NAOK == "Y"))'),
    ],
)
@pytest.mark.parametrize("yes", ["Y", "Yes"], ids=["codes", "words"])
def test_the_structure_of_limesurvey_says_whom_it_asked(tmp_path, name, form, relevance, yes):
    had = [one == "yes" for one in VISITED]
    frame = {
        "id": range(1, N + 1),
        "submitdate": ["2026-03-02 10:00:00"] * N,
        "startlanguage": ["en"] * N,
        "had": [yes if one else "N" if yes == "Y" else "No" for one in had],
        "fix[SQ1]": rated(had),
        "nps": [i % 11 for i in range(N)],
    }
    pd.DataFrame(frame).to_csv(tmp_path / "results.csv", index=False)
    (tmp_path / name).write_text(form.format(relevance=relevance), encoding="utf-8")
    draft = guess_export(tmp_path / "results.csv")
    guess = next(one for one in draft.guesses if one.column == "fix[SQ1]")
    assert guess.seen.column.text == "How satisfied are you? [Speed]"
    assert guess.seen.labels == {"1": "Very dissatisfied", "5": "Very satisfied"}
    assert routed(draft)[0] == {guess.value["id"]: {"column": "had", "in": [yes]}}


def xlsform(folder, survey, choices):
    with pd.ExcelWriter(folder / "form.xlsx") as book:
        for name, rows in (("survey", survey), ("choices", choices)):
            pd.DataFrame(rows).to_excel(book, sheet_name=name, index=False, header=False)
    return {part.names[0]: part for part in form_of(folder / "form.xlsx")}


def test_an_xlsform_is_read_in_its_several_ways_of_writing(tmp_path):
    survey = [
        ["type", "name", "label:English", "bind::relevant"],
        ["select one  of_group", " a ", "A", ""],
        ["select_one my_group", "b", "B", "${a} = '1'"],
        ["select_multiple my_group", "c", "days", ""],
        ["integer", "days", "D", ""],
        ["decimal", "spent", "E", ""],
    ]
    choices = [["list_name", "name", "label:English"]]
    choices += [["of_group", "1", "One"], ["my_group", "1 ", "Mine"]]
    held = xlsform(tmp_path, survey, choices)
    assert [*held] == ["a", "b", "c", "days", "spent"]
    assert held["a"].labels == {"1": "One"} and held["b"].labels == {"1": "Mine"}
    assert held["a"].text == "A" and held["b"].asked_if == ("${a} = '1'",)
    assert [one.several for one in held.values()] == [False, False, True, False, False]
    assert [one.is_whole for one in held.values()] == [True, True, True, True, False]
    assert "days" not in held["c"].names  # its words; ${days} is another question


@pytest.mark.parametrize(
    ("kind", "only", "is_whole"),
    [("L", "", True), ("N", "1", True), ("N", "", False), ("S", "", False), ("F", "", True)],
)
def test_the_structure_of_limesurvey_is_read_in_its_first_language(tmp_path, kind, only, is_whole):
    head = "class\ttype/scale\tname\trelevance\ttext\tlanguage\tnum_value_int_only\n"
    text = head + "S\t\tlanguage\t\tpt\t\t\n"
    for language, words in (("pt", ("Satisfa&ccedil;&atilde;o", "<5 anos", "Sim")), ("en", "xyz")):
        text += f"G\tG0\tg\t1\t\t{language}\t\n"
        text += f'Q\t{kind}\tq\t1\t"<p>{words[0]}\ngeral</p>"\t{language}\t{only}\n'
        text += f"A\t0\t1\t\t{words[1]}\t{language}\t\nA\t1\t1\t\t{words[2]}\t{language}\t\n"
    (tmp_path / "s.txt").write_text(text, encoding="utf-8")
    (part,) = form_of(tmp_path / "s.txt")
    assert (part.text, part.labels) == ("Satisfação geral", {"1": "<5 anos"})
    assert part.is_whole is is_whole
