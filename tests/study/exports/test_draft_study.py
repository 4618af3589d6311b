"""A draft is a folder that a person completes: nothing is overwritten, nothing decided unseen."""

from __future__ import annotations

import csv
import json

import pandas as pd
import pytest
import yaml

import cxlab as cx
from cxlab.__main__ import main
from cxlab.errors import CxlabError, StudyError
from cxlab.exports.draft_study import draft_study, guess_export, write_draft
from cxlab.exports.page import column_page
from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.draft.columns import seen
from cxlab.study.exports.draft.matching import renamed
from cxlab.study.read.files import read_table
from tests.study.exports import held_out
from tests.study.exports.test_draft_columns import table_of

ALL = ("study.yml", "touchpoints.csv", "draft.html")


def written(path, made) -> str:
    """The export as a CSV."""
    made.table().frame.to_csv(path, index=False)
    return str(path)


@pytest.fixture
def export(tmp_path):
    return written(tmp_path / "export.csv", held_out.importance_es())


def declared(out) -> dict:
    return yaml.safe_load((out / "study.yml").read_text("utf-8"))


def test_a_draft_writes_the_study_and_says_each_guess_with_its_reason(export, tmp_path):
    out = tmp_path / "study"
    guesses = draft_study(export, out)
    assert [*guesses] == ["key", "column", "value", "reason", "confidence"]
    assert guesses["reason"].all() and guesses["confidence"].between(0, 1).all()
    assert sorted(path.name for path in out.iterdir()) == sorted([*ALL, "export.csv"])
    book = declared(out)
    assert book["responses"]["file"] == "export.csv" and book["respondent"] == "Folio"
    assert book["scales"] == {"points10": {"min": 1, "max": 10, "no_answer": [99]}}
    with (out / "touchpoints.csv").open(encoding="utf-8") as file:
        rows = [*csv.DictReader(file)]
    assert [(row["importance"], row["experience"]) for row in rows[:1]] == [
        ("Importancia: Rapidez del servicio", "Satisfacción: Rapidez del servicio")
    ]


def test_every_direction_and_reason_is_asked_and_blocks_until_it_is_deleted(export, tmp_path):
    draft_study(export, tmp_path / "study")
    asked, title = declared(tmp_path / "study")["confirm"]
    assert title == "client and title are “Study”, the folder's name"
    assert "10 is the best answer and 1 the worst" in asked
    assert "“99” means no answer (no_answer)" in asked
    errors = cx.check_study(tmp_path / "study").query("severity == 'error'")
    assert asked in " ".join(map(str, errors[["problem", "value", "fix"]].to_numpy().ravel()))
    text = (tmp_path / "study" / "study.yml").read_text("utf-8")
    (tmp_path / "study" / "study.yml").write_text(text.partition("\nconfirm:")[0], "utf-8")
    assert len(cx.read_study(tmp_path / "study").codebook.touchpoints) == 3


@pytest.mark.parametrize("maker", held_out.MAKERS, ids=lambda maker: maker.__name__)
def test_a_draft_is_a_study_once_its_questions_are_answered(maker, tmp_path):
    draft_study(written(tmp_path / "export.csv", maker()), tmp_path / "study")
    path = tmp_path / "study" / "study.yml"
    path.write_text(path.read_text("utf-8").partition("\nconfirm:")[0], "utf-8")
    faults = cx.check_study(tmp_path / "study")
    assert not len(faults[faults["severity"] == "error"]), faults.to_string()


def test_importance_and_satisfaction_in_words_of_their_own_are_read_on_one_scale(tmp_path):
    made, items = held_out.Made("own words"), ("Price", "Range", "Staff")
    for stem, words in (
        ("How important is it to you?", ["Not important", "Important", "Very important"]),
        ("How satisfied are you with it?", ["Not satisfied", "Satisfied", "Very satisfied"]),
    ):
        for item in items:
            made.words(f"{stem} [{item}]", words)
    draft_study(written(tmp_path / "export.csv", made), tmp_path / "study")
    book, path = declared(tmp_path / "study"), tmp_path / "study" / "study.yml"
    labels = {1: ["Not satisfied", "Not important"], 2: ["Satisfied", "Important"]}
    assert book["scales"]["satisfied3"]["labels"].items() >= labels.items()
    path.write_text(path.read_text("utf-8").partition("\nconfirm:")[0], "utf-8")
    points = cx.read_study(tmp_path / "study").codebook.touchpoints
    assert len(points) == 3 and all(point.importance and point.experience for point in points)


def test_of_a_workbook_the_sheet_with_ratings_is_read_and_that_is_asked(tmp_path):
    with pd.ExcelWriter(tmp_path / "export.xlsx") as book:
        pd.DataFrame({"Variable": ["a"] * 9, "Text": ["b"] * 9}).to_excel(book, sheet_name="Codes")
        held_out.importance_es().table().frame.to_excel(book, sheet_name="BASE", index=False)
    draft_study(tmp_path / "export.xlsx", tmp_path / "study")
    book = declared(tmp_path / "study")
    assert book["responses"]["sheet"] == "BASE"
    assert "of its sheets the answers are read from “BASE”" in book["confirm"][0]
    with pytest.raises(StudyError, match="several sheets and none is named"):
        (tmp_path / "study" / "study.yml").write_text(
            "schema: 1\nclient: C\nresponses: {file: export.xlsx}\n"
        )
        cx.read_study(tmp_path / "study")


@pytest.mark.parametrize("place", ["above", "sheet"])
def test_codes_are_explained_above_the_header_or_in_another_sheet(tmp_path, place):
    marks = [[i, *([1, 2, 3, 4, 5, 7, 9] * 6)[i : i + 3]] for i in range(36)]
    head = ["id", *(f"Satisfação com {what}" for what in ("fila", "preço", "limpeza"))]
    note = [[text, "", "", ""] for text in ("Pesquisa", "7 = não sabe; 9 = não se aplica")]
    with pd.ExcelWriter(tmp_path / "export.xlsx") as book:
        rows = pd.DataFrame([*(note if place == "above" else []), head, *marks])
        rows.to_excel(book, sheet_name="BASE", index=False, header=False)
        if place == "sheet":
            codes = pd.DataFrame([[7, "não sabe"], [9, "não se aplica"]], columns=["Código", "É"])
            codes.to_excel(book, sheet_name="Legenda", index=False)
    scales = [guess.scale for guess in guess_export(tmp_path / "export.xlsx").guesses[1:]]
    assert [scale.points for scale in scales] == [(1, 5)] * 3
    assert [scale.missing for scale in scales] == [{"7": "no_answer", "9": "not_used"}] * 3


def test_names_of_blocks_stand_above_those_of_columns(tmp_path):
    """Protects an in-house sheet whose blocks are named once, in cells that nobody merged."""
    blocks = [
        "",
        "Antes: o que esperava (1 a 5)",
        "",
        "",
        "Depois: o que encontrou (1 a 5)",
        "",
        "",
    ]
    items = ["Recepção", "Limpeza", "Silêncio"]
    marks = [[f"R{i}", *([1, 2, 3, 4, 5, 4, 3, 5] * 6)[i : i + 6]] for i in range(36)]
    frame = pd.DataFrame([["Pousada", *[""] * 6], blocks, ["UH", *items, *items], *marks])
    frame.to_excel(tmp_path / "export.xlsx", index=False, header=False)
    columns = [one.column for one in guess_export(tmp_path / "export.xlsx").columns]
    assert [one.name for one in columns[:3]] == ["UH", *(f"{blocks[1]} | {x}" for x in items[:2])]
    assert columns[6].name == f"{blocks[4]} | Silêncio"


def test_another_studys_codebook_beside_the_export_is_not_its_own(tmp_path):
    """Protects a folder of many clients' files: an id and a date stand in all of them."""
    made = held_out.importance_es().table().frame
    made = made.assign(id=range(len(made)), fecha="2026-03-01")
    made.to_csv(tmp_path / "export.csv", index=False)
    other = [["variable", "label"], ["id", "Number"], ["fecha", "Date"], ["p1", "Taste"]]
    pd.DataFrame(other).to_csv(tmp_path / "codebook.csv", index=False, header=False)
    draft_study(str(tmp_path / "export.csv"), tmp_path / "study")
    assert "questionnaire" not in declared(tmp_path / "study")["responses"]


def test_what_a_person_decided_is_not_asked_again(export, tmp_path):
    drafted = guess_export(export)
    for guess in drafted.guesses:
        if "scale" in guess.value:
            role = f"touchpoints, {guess.value['role']}"
            missing = {"99": "not_used"}
            drafted = cx.exports.decide(drafted, guess.column, role, high=10, missing=missing)
    write_draft(drafted, tmp_path / "study")
    book = declared(tmp_path / "study")
    (title,) = book["confirm"]
    assert title.startswith("client and title") and book["scales"]["points10"]["not_used"] == [99]


@pytest.mark.parametrize(
    ("name", "respondents"),
    [
        ("jupyter_ux_2015_surveygizmo.csv", 779),
        ("cncf_maintainers_2024h1_surveymonkey.csv", 93),
        ("qualtrics_no_basis_insights.csv", 15),
    ],
)
def test_a_known_export_needs_five_edits_at_most(shared, tmp_path, name, respondents):
    export = shared / "data" / "exports" / name
    draft_study(export, tmp_path / "study")
    path = tmp_path / "study" / "study.yml"
    assert len(declared(tmp_path / "study")["confirm"]) <= 5  # the client's name is one
    path.write_text(path.read_text("utf-8").partition("\nconfirm:")[0], "utf-8")
    assert cx.read_study(tmp_path / "study").n == respondents


@pytest.mark.parametrize("name", [*ALL, "export.csv"])
def test_a_draft_overwrites_nothing(export, tmp_path, name):
    out = tmp_path / "study"
    out.mkdir()
    (out / name).write_text("mine")
    with pytest.raises(CxlabError, match=f"{name} is there already, and a draft overwrites"):
        draft_study(export, out)
    assert [path.name for path in out.iterdir()] == [name]
    assert (out / name).read_text() == "mine"


def test_an_export_in_its_folder_is_not_copied(export, tmp_path):
    draft_study(export, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*ALL, "export.csv"])


def test_nothing_to_rate_says_what_was_looked_for_and_writes_nothing(tmp_path, capsys):
    export = tmp_path / "export.csv"
    export.write_text("id,city\n1,Recife\n2,Natal\n")
    with pytest.raises(StudyError, match=r"no column holds ratings: looked for answers on 0–10"):
        draft_study(export, tmp_path / "study")
    assert main(["draft", str(export), "--out", str(tmp_path / "study")]) == 1
    assert "looked for answers on 0–10" in capsys.readouterr().err
    assert not (tmp_path / "study").exists()


def test_the_command_prints_what_was_found(export, tmp_path, capsys):
    assert main(["draft", export, "--out", str(tmp_path / "study")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  touchpoints       6  Importancia: Rapidez del servicio, Satisf" in lines[1]
    assert lines[-1].endswith(f"then: cxlab check {tmp_path / 'study'}")


def test_personal_answers_and_texts_stand_nowhere_in_the_page(tmp_path):
    made = held_out.google_forms_pt()
    export = written(tmp_path / "export.csv", made)
    draft_study(export, tmp_path / "study")
    page = (tmp_path / "study" / "draft.html").read_text("utf-8")
    hidden = [*made.cells["Endereço de e-mail"], *made.cells["Qual é o seu nome completo?"]]
    hidden += made.cells["Deixe aqui seus comentários e sugestões"]
    assert not [text for text in hidden if text in page]
    assert "Não utilizei (not_used)" in page and "words of “quality”" in page


def test_a_column_with_its_header_as_markup_is_text(tmp_path):
    table = table_of(**{"<b>satisf": [1, 2, 5], "id": [1, 2, 3]})
    table.frame.to_csv(tmp_path / "export.csv", index=False)
    html = column_page(guess_export(tmp_path / "export.csv"), "<b>satisf")
    draft_study(tmp_path / "export.csv", tmp_path / "study")
    page = (tmp_path / "study" / "draft.html").read_text("utf-8")
    assert "<b>satisf" not in html and "&lt;b&gt;satisf" in page and "<b><b>" not in page


def test_columns_of_an_earlier_wave_are_found_under_other_names():
    old = table_of(
        **{"*RESPNUM": [1, 2], "Q7WALKWAYS": [3, 4], "Q13 COUNTY": [1, 2], "Q8COM1": [7, 9]}
    )
    new = table_of(RESPNUM=[1, 2], Q7WALKWAY=[3, 4], Q13COUNTY=[1, 2], Q8COM2=[44, 51])
    assert renamed(seen(old), seen(new)) == {
        "*RESPNUM": "RESPNUM", "Q7WALKWAYS": "Q7WALKWAY", "Q13 COUNTY": "Q13COUNTY",
    }  # fmt: skip


def test_several_files_are_waves_with_the_names_of_the_last(tmp_path):
    first, last = held_out.importance_es(), held_out.importance_es()
    first.columns[1] = first.columns[1].__class__("Importancia Rapidez del servicio", 2)
    table = first.table()
    table.frame.rename(
        columns={"Importancia: Rapidez del servicio": "Importancia Rapidez del servicio"}
    ).to_csv(tmp_path / "w2025.csv", index=False)
    written(tmp_path / "w2026.csv", last)
    out = tmp_path / "study"
    draft_study([tmp_path / "w2025.csv", tmp_path / "w2026.csv"], out)
    book = declared(out)
    assert [one["wave"] for one in book["responses"]] == ["2025", "2026"]
    assert book["responses"][0]["rename"] == {
        "Importancia Rapidez del servicio": "Importancia: Rapidez del servicio"
    }
    assert book["respondent"] == "Folio" and any("rename:" in line for line in book["confirm"])


def test_the_explorer_confirms_corrects_and_saves(export, tmp_path):
    box = cx.exports.explore_codebook(export, tmp_path / "study", language="pt-BR")
    column, answers, role, low, high, _reverse, *codes, right, folder, save, told = box.children
    assert column.description == "Coluna" and role.value == "respondent"
    column.value = "Satisfacción: Rapidez del servicio"
    assert (role.value, low.value, high.value) == ("touchpoints, experience", 1, 10)
    assert [field.value for field in codes] == ["", "99", ""]
    assert "as respostas vão de 1 a 10" in answers.value
    codes[0].value, codes[1].value = "99", ""
    right.click()
    assert column.value == "Importancia: Amabilidad del personal"
    save.click()
    assert "Gravado em" in told.value
    book = declared(tmp_path / "study")
    assert {"min": 1, "max": 10, "not_used": [99]} in book["scales"].values()
    save.click()
    assert "já existe" in told.value
    assert folder.value == str(tmp_path / "study")


QSF = {
    "SurveyEntry": {"SurveyName": "s"},
    "SurveyElements": [
        {
            "Element": "SQ",
            "PrimaryAttribute": "QID1",
            "Payload": {
                "QuestionID": "QID1",
                "DataExportTag": "Q1",
                "QuestionType": "MC",
                "QuestionText": "Squash?",
                "Choices": {
                    "1": {"Display": "Like"},
                    "2": {"Display": "Neither"},
                    "3": {"Display": "Dislike"},
                    "4": {"Display": "Never tried it"},
                },
                "RecodeValues": {"1": "1", "2": "2", "3": "3", "4": "-2"},
            },
        }
    ],
}


def test_a_questionnaire_beside_the_export_tells_its_codes_and_is_copied(tmp_path):
    (tmp_path / "export.csv").write_text("id,Q1\n1,1\n2,3\n3,-2\n4,2\n5,1\n")
    (tmp_path / "export.qsf").write_text(json.dumps(QSF))
    draft_study(tmp_path / "export.csv", tmp_path / "study")
    book = declared(tmp_path / "study")
    assert book["responses"]["questionnaire"] == "export.qsf"
    (scale,) = book["scales"].values()
    assert scale["reverse"] and scale["not_used"] == [-2] and (scale["min"], scale["max"]) == (1, 3)
    assert (tmp_path / "study" / "export.qsf").is_file()


def test_a_draft_takes_files_only(tmp_path):
    with pytest.raises(CxlabError, match="draft_study takes a file or several"):
        draft_study(pd.DataFrame(), tmp_path / "study")


def test_letters_of_an_asian_code_page_are_asked_for_and_taken(tmp_path, capsys):
    """A file whose letters cannot be told says so, and what to name."""
    columns = ["응답자 번호", "서비스 만족도", "직원 친절도", "매장 청결도"]
    rows = [[i, i % 7 + 1, (i * 3) % 7 + 1, (i * 5) % 7 + 1] for i in range(60)]
    export = tmp_path / "kiosk.csv"
    pd.DataFrame(rows, columns=columns).to_csv(export, index=False, encoding="cp949")
    notes = [str(one) for one in read_table(Responses(file=export.name), export).notices]
    assert any("cp949" in one and "could not be told" in one for one in notes)
    drafted = guess_export(export, encoding="cp949")
    assert [guess.column for guess in drafted.guesses] == columns
    assert main(["draft", str(export), "--out", str(tmp_path / "out"), "--encoding", "cp949"]) == 0
    assert declared(tmp_path / "out")["responses"]["encoding"] == "cp949" and capsys.readouterr()


def test_hours_without_a_day_are_no_fieldwork_and_the_title_is_asked(export, tmp_path):
    frame = pd.read_csv(export).assign(flight="1899-12-31")
    frame.to_csv(export, index=False)
    draft_study(export, tmp_path / "sfo")
    found = declared(tmp_path / "sfo")
    assert "fieldwork" not in found
    assert "client and title are “Sfo”, the folder's name" in found["confirm"]
