"""Cells and headers that contradict a codebook are said: rows that are no answers, one row an
answer, groups that are one or none, several choices in a cell.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import cxlab as cx
from tests.study.read.made_up import N, about, answers, faults


def test_sound_answers_raise_no_suspicion():
    assert faults(answers()) == []
    assert faults(answers(k=24, seed=2)) == []


def spread(*words: str, n: int = N) -> list[str]:
    """The last words in a few rows, the first in all others."""
    usual, *few = words
    return [few[i % 20] if i % 20 < len(few) else usual for i in range(n)]


@pytest.mark.parametrize(
    ("header", "words", "bad"),
    [
        ("Status", ("Complete", "Partial", "Disqualified"), 2),
        ("Response Status", ("Completed", "In Progress"), 1),
        ("Estado", ("Completa", "Incompleta", "Vista previa"), 2),
        ("Situação", ("Concluída", "Em andamento"), 1),
        ("Response Type", ("IP Address", "Survey Preview", "Spam"), 2),
        ("Status", ("0", "1", "8"), 2),
        ("Status", ("0", "16", "8"), 1),
        ("Finished", ("True", "False"), 1),
        ("Finalizado", ("Sí", "No"), 1),
        ("Progress", ("100", "12", "47", "83", "91"), 4),
        ("% complete", ("100%", "12%"), 1),
        ("submitdate", ("2026-03-01 10:00:00", ""), 1),
        ("_validation_status", ("", "Not Approved"), 1),
        ("validation", ("Approved", "On Hold"), 1),
        ("teste", ("não", "sim"), 1),
    ],
)
def test_rows_that_are_no_complete_answers_are_counted(header, words, bad):
    (found,) = about(answers().assign(**{header: spread(*words)}), "nothing is declared about them")
    assert (found.column, found.severity) == (header, "warning")
    assert len(found.rows) == bad * N // 20 and found.value.count("(12)") == bad
    # The advice, followed, leaves them out.
    rule = found.fix.partition("include: [{")[2].partition("}]")[0]
    column, _, kept = rule.partition(", ")
    key, _, listed = kept.partition(": [")
    listed = [word.strip().strip("'") for word in listed.rstrip("]").split(",")]
    include = [{"column": column.removeprefix("column: "), key: listed}]
    frame = answers().assign(**{header: spread(*words)})
    assert about(frame, "declared about them", include=include) == []


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Status", ("Complete", "Completed")),
        ("customer status", ("active", "lapsed")),
        ("Status", ("0", "1")),
        ("loan", ("approved", "rejected")),
        ("arm", ("test", "control")),
        ("Progress", ("100", "100")),
        ("progresso", ("3", "5", "4")),
        ("Finished", ("yes", "yes")),
        ("test", ("blood", "urine")),
        ("submitdate", ("2026-03-01", "2026-03-02")),
    ],
)
def test_other_columns_with_such_words_are_left_alone(header, words):
    assert faults(answers().assign(**{header: spread(*words)})) == []


def test_a_declared_status_is_not_said():
    frame = answers().assign(Status=spread("Complete", "Partial"))
    keys = {"segments": ["segment", "Status"]}
    assert about(frame, "nothing is declared", **keys) == []


LONG = [
    ("user", "question", "answer", ["How likely to recommend?", "Delivery"]),
    ("respondente", "Pergunta", "Resposta", ["Entrega", "Preço", "Loja"]),
    ("id", "variable", "value", ["q1", "q2", "q3"]),
    ("record_id", "field_name", "value", ["nps", "shop"]),
    ("id_encuestado", "texto", "respuesta", ["¿Recomendaría?", "¿Le gustó la tienda?"]),
]


@pytest.mark.parametrize(("who", "what", "said", "questions"), LONG)
@pytest.mark.parametrize("declared", [True, False])
def test_one_row_an_answer_is_refused_with_how_to_reshape(who, what, said, questions, declared):
    rows = [(f"u{i}", question) for i in range(30) for question in questions]
    frame = pd.DataFrame(rows, columns=[who, what])
    frame[said] = [i % 5 + 1 for i in range(len(rows))]
    keys = {"touchpoints": {"a": said}, "outcomes": {}, "segments": []}
    found = about(
        frame, "one row is one answer", **keys, **({"respondent": who} if declared else {})
    )
    assert [(one.column, one.severity) for one in found] == [(what, "error")]
    assert found[0].fix == (
        f"declare `long: {{question: {what}, answer: {said}}}` under responses, and"
        f" `respondent: {who}`"
    )


@pytest.mark.parametrize("what", ["wave", "question"])
def test_a_panel_and_a_wide_file_are_not_long(what):
    panel = pd.concat([answers(60).assign(id=range(60), wave=wave) for wave in ("W1", "W2")])
    panel = panel.reset_index(drop=True).rename(columns={"wave": what})
    assert about(panel, "one row is one answer", respondent="id", wave=what) == []


def test_a_long_file_is_named_where_its_questions_contradict_one_another(tmp_path):
    lines = ["event,user,question,answer"]
    lines += [f"e{i},u{i},{what},{i % 5 + 1}" for i in range(9) for what in ("Shop", "Web")]
    (tmp_path / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "study.yml").write_text(
        "{schema: 1, client: X, responses: {file: a.csv}, respondent: user,"
        " scales: {s: {min: 0, max: 10}}, touchpoints: {a: answer},"
        " outcomes: {r: {kind: nps, column: answer}}}",
        encoding="utf-8",
    )
    problems = list(cx.check_study(tmp_path)["problem"])
    assert "one row is one answer here, not one respondent" in problems
    assert any("plays several roles" in problem for problem in problems)


@pytest.mark.parametrize(
    ("usual", "other"),
    [
        ("São Paulo", "Sao Paulo"),
        ("25-34", "25 - 34"),
        ("Plan A", "Plan \u0410"),
        ("Norte1", "Norte\uff11"),
        ("premium", "pre\u00admium"),
    ],
)
def test_groups_that_differ_in_form_only_are_said(usual, other):
    frame = answers().assign(segment=spread(usual, other))
    (found,) = about(frame, "groups that differ in form only")
    assert found.value == f"{usual} ({N - N // 20}), {other} ({N // 20})"
    assert len(found.rows) == N // 20
    assert about(frame, "form only", recode={"segment": {other: usual}}) == []


def test_groups_of_other_words_or_declared_ones_are_apart():
    for pair in (("Sul", "Sol"), ("A+", "A-"), ("2", "20"), ("Norte", "Nordeste"), ("B", "В2")):
        assert about(answers().assign(segment=spread(*pair)), "form only") == []
    declared = {"segment": {"levels": {"Sul": "South", "sul": "south"}}}
    assert about(answers().assign(segment=spread("Sul", "sul")), "form", segments=declared) == []


@pytest.mark.parametrize("word", ["null", "None", "nan", "-", "n/a", "N/A", "(vazio)", "#REF!"])
def test_a_group_called_empty_is_said(word):
    frame = answers().assign(segment=spread("NA", word, "Sul"))
    (found,) = faults(frame)
    assert found.value == word and found.problem == "a group is named by a word for an empty cell"
    assert faults(frame, recode={"segment": {word: ""}}) == []


@pytest.mark.parametrize("word", ["NA", "Nenhum", "Na", "0", "Other", "Unknown"])
def test_a_group_with_a_name_of_its_own_is_not(word):
    assert faults(answers().assign(segment=spread("Sul", word))) == []


@pytest.mark.parametrize(
    "date", ["2026-03-01", "01/03/2026", "1-Mar", "3-jan", "10/out", "5 May 2026"]
)
def test_a_date_among_ranges_is_said(date):
    (found,) = about(answers().assign(segment=spread("4-10", date, "11-20")), "a date among texts")
    assert found.value == date and len(found.rows) == N // 20


def test_dates_alone_and_months_among_words_are_groups():
    dates = ("2026-03-01", "2026-03-02", "2026-03-03")
    assert faults(answers().assign(segment=spread(*dates))) == []
    assert faults(answers().assign(segment=spread("2026-03-01", "other"))) == []


@pytest.mark.parametrize(
    "cells",
    [
        ("Loja, presencial", "Telefone", "Loja, presencial, Telefone"),
        ("Web", "App", "Web;App"),
        ("Tienda", "Tienda|Web", "Web"),
        ("Shop;Web", "Web;App", "Shop;App;Web", "App;Shop"),
        ("Shop;", "Web;", "Shop;Web;"),
    ],
)
def test_a_segment_of_several_choices_is_said(cells):
    frame = answers().assign(segment=[cells[i % len(cells)] for i in range(N)])
    (found,) = about(frame, "two groups")
    assert found.severity == "warning" and found.value in cells


@pytest.mark.parametrize(
    "cells",
    [
        ("São Paulo, SP", "Campinas, SP", "Recife, PE"),
        ("18-24, male", "18-24, female", "25-34, male", "25-34, female"),
        ("Yes, often", "Yes, rarely", "No"),
        ("Food; drinks", "Clothes"),
        ("1,5", "2,5"),
    ],
)
def test_a_mark_inside_a_group_is_no_list(cells):
    assert faults(answers().assign(segment=[cells[i % len(cells)] for i in range(N)])) == []


def write(folder, cells, decimal=",", **scale):
    lines = ["id;nps;channels", *(f"{i};{i % 11};{cell}" for i, cell in enumerate(cells))]
    (folder / "a.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "study.yml").write_text(
        f'{{schema: 1, client: X, responses: {{file: a.csv, separator: ";", decimal: "{decimal}"}},'
        " respondent: id, scales: {s: {min: 0, max: 9, whole: false}},"
        " touchpoints: {a: channels}, outcomes: {r: {kind: nps, column: nps}}}",
        encoding="utf-8",
    )
    problems = cx.check_study(folder)["problem"]
    return [problem for problem in problems if "list several codes" in problem]


def test_codes_in_one_cell_are_no_decimal(tmp_path):
    assert write(tmp_path, ["1,2", "1", "2,4"] * 7)
    assert write(tmp_path, ["1,2,3", "1", "2,4"] * 7)
    assert write(tmp_path, ["1|2", "1", "2|4"] * 7, decimal=".")
    assert write(tmp_path, ["1 2", "1", "2 4"] * 7, decimal=".")


def test_decimals_are_no_list(tmp_path):
    assert not write(tmp_path, ["1,5", "2", "3,5", "2,5"] * 7)
    assert not write(tmp_path, ["1,2", "4,0", "8,3", "7"] * 7)
    assert not write(tmp_path, [f"{x:.1f}".replace(".", ",") for x in np.linspace(0, 9, 40)])
