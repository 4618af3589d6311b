"""A study comes back cell for cell, states included, whatever format and tool wrote its file."""

import io
import json
import zipfile
from xml.sax.saxutils import escape

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest

import cxlab as cx
from cxlab.errors import StudyError
from cxlab.study.codebook.row_keys import Responses
from cxlab.study.read.files import read_table

N = 60
rng = np.random.default_rng(7)
FRAME = pd.DataFrame(
    {
        "id": [f"R{i:03}" for i in range(N)],
        "nps": [str(v) for v in rng.integers(0, 11, N)],
        "q1": rng.choice(["1", "2", "3", "4", "5", "6", "9", ""], N),
        "q2": rng.choice(["1", "2", "3", "4", "5"], N),
        "city": rng.choice(["São Paulo", "Goiânia", 'Rio, "centro"', "Ñu; b"], N),
        "spend": rng.choice(["10.5", "7", "1200.25", ""], N),
    }
)
STUDY = """
schema: 1
client: Dress
respondent: id
segments: [city]
scales: {{s5: {{min: 1, max: 5, not_used: [6], no_answer: [9]}}}}
touchpoints: {{shop: {{experience: q1, expectation: q2}}}}
outcomes: {{rec: {{kind: nps, column: nps}}, spend: {{kind: amount, column: spend}}}}
responses: {responses}
{more}
"""
QUESTIONS = {
    "nps": "How likely are you to recommend us?",
    "q1": "Please rate: the shop",
    "q2": "What did you expect of the shop?",
    "city": "Where do you live?",
    "spend": "What did you spend?",
}


def read(folder, data, name="export.csv", responses="", more=""):
    (folder / name).write_bytes(data)
    keys = f"{{file: {name}{', ' + responses if responses else ''}}}"
    (folder / "study.yml").write_text(STUDY.format(responses=keys, more=more), encoding="utf-8")
    return cx.read_study(folder)


def same(study):
    """Cells and states of the study are those of FRAME."""
    assert study.n == N
    assert study.segments["city"].tolist() == FRAME["city"].tolist()
    for column, role in (("q1", "experience"), ("q2", "expectation")):
        cells = FRAME[column]
        states = cells.map({"6": "not_used", "9": "no_answer", "": "no_answer"}).fillna("answered")
        assert study.state("shop", role).tolist() == states.tolist()
        expected = pd.to_numeric(cells.where(states == "answered", None))
        assert study.rating("shop", role).equals(expected.astype(float).set_axis(study.index))
    assert study.outcome("rec").tolist() == FRAME["nps"].astype(float).tolist()
    spent = pd.to_numeric(FRAME["spend"], errors="coerce")
    np.testing.assert_array_equal(study.outcome("spend"), spent)


def csv(frame=FRAME, head=True, **how):
    return frame.to_csv(index=False, header=head, lineterminator="\n", **how)


def comma(frame):
    return frame.assign(spend=frame["spend"].str.replace(".", ","))


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman", "latin-1"]
)
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_text_of_any_encoding_and_separator(tmp_path, encoding, separator):
    same(read(tmp_path, csv(sep=separator).encode(encoding)))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_text_with_any_line_end(tmp_path, end):
    same(read(tmp_path, csv().replace("\n", end).encode()))


def test_text_in_single_quotes_under_a_header(tmp_path):
    same(read(tmp_path, csv(quotechar="'", quoting=1).encode()))


def test_a_large_text_is_read_as_a_small_one(tmp_path, monkeypatch):
    from cxlab.study.exports import text_files

    monkeypatch.setattr(text_files, "LARGE", 10)
    arrow = read(tmp_path, csv(comma(FRAME), sep=";").encode(), responses='decimal: ","')
    same(arrow)
    blank = csv().replace("\nR001", "\n,,,,,\nR001")
    study = read(tmp_path, blank.encode())
    same(study)


def sheet(rows, merge=()):
    book, held = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    for cells in merge:
        book.active.merge_cells(cells)
    book.save(held)
    return held.getvalue()


def numbers(frame=FRAME):
    def cell(text):
        return float(text) if text.replace(".", "").isdigit() else text or None

    return [[cell(text) for text in row] for row in frame.itertuples(index=False)]


def test_xlsx_with_numbers_and_with_text(tmp_path):
    same(read(tmp_path, sheet([list(FRAME), *numbers()]), "export.xlsx"))
    same(read(tmp_path, sheet([list(FRAME), *FRAME.values.tolist()]), "export.csv"))
    text = comma(FRAME).values.tolist()
    same(read(tmp_path, sheet([list(FRAME), *text]), "export.xlsx", 'decimal: ","'))
    same(read(tmp_path, sheet([list(FRAME), *numbers()]), "export.xlsx", 'decimal: ","'))


MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest'
    ' xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="/"'
    ' manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>'
)


def ods(rows):
    lines = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{escape(str(cell))}</text:p>'
            "</table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    page = (
        f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
        f'<table:table table:name="Dados">{lines}</table:table></office:spreadsheet></office:body>'
        "</office:document-content>"
    )
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", page)
        archive.writestr("META-INF/manifest.xml", MANIFEST)
    return held.getvalue()


def test_ods(tmp_path):
    same(read(tmp_path, ods([list(FRAME), *FRAME.values.tolist()]), "export.ods"))


def test_html_that_is_called_xls(tmp_path):
    page = FRAME.to_html(index=False)
    same(read(tmp_path, f"<html><body>{page}</body></html>".encode(), "export.xls"))


def test_cells_of_a_page_that_span_several_columns_are_bands(tmp_path):
    bands = '<tr><th colspan="2">Visit</th><th colspan="3">Ratings</th></tr>'
    names = "<tr><th>id</th><th>city</th><th>food</th><th>staff</th><th>price</th></tr>"
    body = "".join(
        f"<tr><td>{i}</td><td>Recife</td><td>Bom</td><td>Ruim</td><td>Bom</td></tr>"
        for i in range(9)
    )
    path = tmp_path / "a.xls"
    path.write_text(f"<html><table>{bands}{names}{body}</table></html>")
    table = read_table(Responses(file=path.name), path)
    assert [one.name for one in table.columns][::4] == ["Visit | id", "Ratings | price"]
    assert len(table.frame) == 9


def test_parquet_of_text_and_of_numbers(tmp_path):
    typed = FRAME.assign(
        **{c: pd.to_numeric(FRAME[c], errors="coerce") for c in ("nps", "q1", "q2", "spend")}
    )
    for frame in (FRAME, typed, typed.convert_dtypes(), typed.astype({"city": "category"})):
        held = io.BytesIO()
        frame.to_parquet(held)
        same(read(tmp_path, held.getvalue(), "export.parquet"))


LABELS = {
    "q1": {1: "Very bad", 5: "Very good", 6: "Never used", 9: "Refused"},
    "nps": {0: "Not at all likely", 10: "Extremely likely"},
}


@pytest.mark.parametrize("compress", [False, True])
def test_spss_knows_its_labels_and_codes_that_are_no_answers(tmp_path, compress):
    typed = FRAME.assign(
        **{c: pd.to_numeric(FRAME[c], errors="coerce") for c in ("nps", "q1", "q2", "spend")}
    )
    file = tmp_path / "made.sav"
    pyreadstat.write_sav(
        typed,
        file,
        variable_value_labels=LABELS,
        column_labels=list(QUESTIONS.values())[:0] or None,
        missing_ranges={"q1": [6, 9]},
        compress=compress,
    )
    data = file.read_bytes()
    study = read(tmp_path, data, "export.sav")
    same(study)
    # Without the scale's own codes the file's are enough.
    keys = (tmp_path / "study.yml").read_text().replace(", not_used: [6], no_answer: [9]", "")
    (tmp_path / "study.yml").write_text(keys)
    same(cx.read_study(tmp_path))


def test_stata(tmp_path):
    typed = FRAME.assign(
        **{c: pd.to_numeric(FRAME[c], errors="coerce") for c in ("nps", "q1", "q2", "spend")}
    )
    file = tmp_path / "made.dta"
    pyreadstat.write_dta(typed, file, variable_value_labels=LABELS)
    same(read(tmp_path, file.read_bytes(), "export.dta"))


def test_one_file_in_a_zip(tmp_path):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("folder/answers.csv", csv())
    same(read(tmp_path, held.getvalue(), "export.zip"))
    with zipfile.ZipFile(held, "a") as archive:
        archive.writestr("other.csv", csv())
    with pytest.raises(cx.StudyError, match="the archive holds 2 files"):
        read(tmp_path, held.getvalue(), "export.zip")


SYSTEM = ["StartDate", "EndDate", "Status", "Progress", "Finished", "ResponseId"]


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize("headers", [2, 3])
def test_qualtrics_with_its_header_rows_and_preview_rows(tmp_path, quote, headers):
    system = pd.DataFrame(
        {name: ["x"] * N for name in SYSTEM}
        | {"Status": ["IP Address"] * N, "ResponseId": FRAME["id"]}
    )
    frame = pd.concat([system, FRAME.drop(columns="id")], axis=1)
    titles = ["Start Date", "End Date", "Response Type", "Progress", "Finished", "Response ID"]
    words = titles + [f"{word}\n(one answer)" for word in QUESTIONS.values()]
    ids = [f"{{{quote}ImportId{quote}:{quote}QID{i}{quote}}}" for i in range(frame.shape[1])]
    extra = pd.DataFrame([frame.iloc[0], frame.iloc[1]]).assign(Status=["Survey Preview", "Spam"])
    rows = [words, ids][: headers - 1] + frame.values.tolist() + extra.values.tolist()
    data = csv(pd.DataFrame(rows, columns=list(frame)))
    more = STUDY.replace("respondent: id", "respondent: ResponseId")
    (tmp_path / "export.csv").write_text(data, encoding="utf-8")
    text = more.format(responses="{file: export.csv}", more="")
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    study = cx.read_study(tmp_path)
    same(study)
    assert study.flow.set_index("step")["dropped"]["set_apart"] == 2
    # A column may be named by its question, however its blanks and line breaks are written.
    named = text.replace(
        "column: nps", 'column: "How likely are you to recommend us? (one answer)"'
    )
    (tmp_path / "study.yml").write_text(named, encoding="utf-8")
    same(cx.read_study(tmp_path))


def test_surveymonkey_with_questions_over_unnamed_columns(tmp_path):
    head = [
        "Respondent ID",
        "Collector ID",
        "Start Date",
        "Recommend?",
        "Rate and expect",
        "",
        "Where?",
        "Spent?",
    ]
    below = ["", "", "", "Response", "Shop now", "Shop before", "Response", "Open-Ended Response"]
    rows = [
        [i, "77", "03/02/2026 10:00:00 AM", nps, a, b, city, spend]
        for i, nps, a, b, city, spend in FRAME.itertuples(index=False)
    ]
    data = pd.DataFrame([below, *rows], columns=head).to_csv(index=False)
    text = STUDY.format(responses="{file: export.csv}", more="")
    for old, new in {
        "respondent: id": "respondent: Respondent ID",
        "segments: [city]": "segments: {city: {}}",
        "experience: q1": 'experience: "Rate and expect | Shop now"',
        "expectation: q2": 'expectation: "#6"',
        "column: nps": 'column: "Recommend?"',
        "column: spend": 'column: "Spent?"',
    }.items():
        text = text.replace(old, new)
    text = text.replace("{file: export.csv}", '{file: export.csv, rename: {"Where?": city}}')
    (tmp_path / "export.csv").write_text(data, encoding="utf-8")
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    same(cx.read_study(tmp_path))


def test_merged_headers_of_a_sheet(tmp_path):
    rows = [
        ["id", "Satisfação", None, "city", "nps", "spend"],
        [None, "agora", "antes", None, None, None],
        *FRAME[["id", "q1", "q2", "city", "nps", "spend"]].values.tolist(),
    ]
    text = STUDY.format(responses="{file: export.xlsx}", more="")
    text = text.replace("experience: q1", "experience: Satisfação | agora")
    text = text.replace("expectation: q2", "expectation: Satisfação | antes")
    (tmp_path / "export.xlsx").write_bytes(sheet(rows, ["B1:C1"]))
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    same(cx.read_study(tmp_path))


def test_rows_above_the_header_are_skipped_and_said(tmp_path):
    rows = [
        ["Pesquisa de satisfação 2026"],
        [],
        ["Exportado em 01/02/2026"],
        list(FRAME),
        *numbers(),
    ]
    study = read(tmp_path, sheet(rows), "export.xlsx")
    same(study)
    assert any("title" in fault.problem for fault in study.notices)
    same(read(tmp_path, sheet(rows), "export.xlsx", "skip_rows: 3"))


def test_words_with_their_values_above_the_header_are_no_header(tmp_path):
    """Protects QuestionPro's files, which begin with the survey's number and the day."""
    above = [["Loja"], ["Survey ID", "11873420"], ["Exported", "11/04/2024"]]
    head = ["id", *(f"q{i}" for i in range(1, 9))]
    rows = [[i, *[(i + j) % 5 + 1 for j in range(8)]] for i in range(1, 13)]
    lines = [",".join(map(str, row)) for row in [*above, head, *rows]]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    table = read_table(Responses(file=path.name), path)
    assert [one.name for one in table.columns] == head
    assert len(table.frame) == 12


def test_questions_below_short_names_are_a_second_header(tmp_path):
    """Protects exports of Qualtrics in a language whose titles are not listed."""
    names = [f"Q{i}" for i in range(1, 8)]
    asked = [f"Hvor fornøyd er du med del nummer {i} av besøket?" for i in range(1, 8)]
    rows = [[(i + j) % 5 + 1 for j in range(7)] for i in range(12)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in [names, asked, *rows]))
    table = read_table(Responses(file=path.name), path)
    assert all(one.text.endswith(text) for one, text in zip(table.columns, asked, strict=True))
    assert len(table.frame) == 12


def test_names_below_their_questions_are_the_names(tmp_path):
    """Protects files of agencies with bands, questions and variables above one another."""
    items = ["el saludo", "el precio", "la espera"]
    asked = [f"¿Qué tan bueno fue {one}?" for one in items]
    bands = ["DATOS", "ESPERADO", "", "", "RECIBIDO", "", ""]
    names = ["folio", "E01", "E02", "E03", "P01", "P02", "P03"]
    rows = [bands, ["Folio de la visita", *asked, *asked], names]
    rows += [[i, *((i + j) % 5 + 1 for j in range(6))] for i in range(12)]
    path = tmp_path / "a.xlsx"
    path.write_bytes(sheet(rows, ["B1:D1", "E1:G1"]))
    table = read_table(Responses(file=path.name), path)
    assert [one.name for one in table.columns] == names and len(table.frame) == 12
    assert table.columns[4].text == f"RECIBIDO | {asked[0]}"
    declared = read_table(Responses(file=path.name, header_rows=3), path)
    assert declared.columns == table.columns


def test_words_above_columns_of_numbers_are_a_second_header(tmp_path):
    """Protects short questions, which are hardly longer than their names."""
    names, items = ["IM1", "SA1", "IM2", "SA2", "IM3", "SA3"], ["Preço", "Espera", "Pessoal"]
    asked = [f"{role}: {item}" for item in items for role in ("Peso", "Nota")]
    rows = [[(i + j) % 5 + 1 for j in range(6)] for i in range(12)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(",".join(map(str, row)) for row in [names, asked, *rows]))
    table = read_table(Responses(file=path.name), path)
    assert table.columns[1].text.endswith("Nota: Preço") and len(table.frame) == 12


def test_a_note_above_the_header_words_all_names_of_a_form(tmp_path):
    notes = ["# E_xxx_esp = what you expected (0-10)", "# E_xxx_exp = what you got (0-10)"]
    names = [f"E_{item}_{end}" for item in ("price", "staff_room") for end in ("esp", "exp")]
    rows = [",".join(str((i + j) % 11) for j in range(4)) for i in range(12)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join([*notes, ",".join(names), *rows]))
    table = read_table(Responses(file=path.name), path)
    assert [one.text for one in table.columns][1:3] == [
        "what you got (0-10) | price",
        "what you expected (0-10) | staff room",
    ]


def test_below_titles_a_last_column_that_few_filled_is_read(tmp_path):
    """Protects a comment at the end, which sets no width where most leave it empty."""
    wrote = ["Muito bom" if number % 9 == 0 else None for number in range(N)]
    answers = [[*row, said] for row, said in zip(numbers(), wrote, strict=True)]
    rows = [["Pesquisa de satisfação 2026"], [], [*FRAME, "comment"], *answers]
    same(read(tmp_path, sheet(rows), "export.xlsx"))


def test_kobo_fills_what_was_not_asked(tmp_path):
    frame = FRAME.rename(columns={"id": "_id"}).assign(_uuid="u", _validation_status="")
    frame["q1"] = frame["q1"].replace("", "n/a")
    text = STUDY.format(responses="{file: export.csv}", more="")
    text = text.replace("respondent: id", "respondent: _id")
    (tmp_path / "export.csv").write_text(csv(frame, sep=";"), encoding="utf-8")
    (tmp_path / "study.yml").write_text(text, encoding="utf-8")
    study = cx.read_study(tmp_path)
    assert (study.state("shop") == "not_asked").tolist() == (FRAME["q1"] == "").tolist()


QSF = {
    "SurveyElements": [
        {
            "Element": "SQ",
            "Payload": {
                "DataExportTag": "Q1",
                "QuestionType": "Matrix",
                "Selector": "Likert",
                "SubSelector": "SingleAnswer",
                "QuestionText": "Rate<br>us",
                "Choices": {"1": {"Display": "Shop"}, "2": {"Display": "Web"}},
                "Answers": {
                    "1": {"Display": "Bad"},
                    "2": {"Display": "Good"},
                    "3": {"Display": "No basis"},
                },
                "RecodeValues": {"1": 1, "2": 2, "3": "-1"},
            },
        }
    ]
}


def test_a_questionnaire_gives_words_to_codes(tmp_path):
    (tmp_path / "s.qsf").write_text(json.dumps(QSF), encoding="utf-8")
    text = "ResponseId,Q1_1,Q1_2\nR1,Good,1\nR2,1,2\nR3,Bad,No basis\n"
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    keys = """
schema: 1
client: Q
responses: {file: a.csv, questionnaire: s.qsf}
scales: {s: {min: 1, max: 2, not_used: [-1]}}
touchpoints: {shop: Q1_1, web: Q1_2}
"""
    (tmp_path / "study.yml").write_text(keys, encoding="utf-8")
    study = cx.read_study(tmp_path)
    assert study.rating("shop").tolist() == [2, 1, 1]
    assert study.state("web").tolist() == ["answered", "answered", "not_used"]


R_SYNTAX = """
data <- read.csv("survey_R_data_file.csv")
attributes(data)$variable.labels[1] <- "id"
data[, 2] <- as.character(data[, 2])
attributes(data)$variable.labels[2] <- "How is the shop?"
data[, 2] <- factor(data[, 2], levels=c("A1","A2"),labels=c("Bad","Good"))
names(data)[2] <- "G1Q1"
attributes(data)$variable.labels[3] <- "City?"
"""
SPSS_SYNTAX = """
VARIABLE LABELS V1 "id".
VARIABLE LABELS V2 "How is the shop?".
VARIABLE LABELS V3 "City?".
VALUE LABELS  V2
"1" "Bad"
"2" "Good".
RENAME VARIABLE ( V2 = G1Q1 ).
"""


@pytest.mark.parametrize(("name", "syntax"), [("s.R", R_SYNTAX), ("s.sps", SPSS_SYNTAX)])
def test_limesurveys_syntax_files_tell_questions_and_labels(tmp_path, name, syntax):
    from cxlab.study.codebook.schema import Responses
    from cxlab.study.exports.questionnaire import with_questionnaire
    from cxlab.study.read.files import read_table

    (tmp_path / name).write_text(syntax, encoding="utf-8")
    (tmp_path / "a.csv").write_text("id,V2,c\n1,A1,3\n2,A2,4\n", encoding="utf-8")
    table = read_table(Responses(file="a.csv"), tmp_path / "a.csv")
    column = with_questionnaire(table, tmp_path / name).columns[1]
    assert column.labels == dict(
        zip(["A1", "A2"] if name == "s.R" else "12", ["Bad", "Good"], strict=True)
    )


@pytest.mark.parametrize(
    ("data", "name", "what"),
    [
        (b"%PDF-1.7 x", "export.csv", "this is a PDF"),
        (b"\x89PNG\r\n", "export.xlsx", "this is a picture"),
        (b"SQLite format 3\0", "export.db", "this is a SQLite database"),
        (b'{"a": [1, 2]}', "export.csv", "this is a JSON file"),
        (b"RDX3\n", "export.sav", "this is an R workspace"),
        (b"not a sheet", "export.xlsx", "not readable as XLSX"),
    ],
)
def test_other_files_are_named_for_what_they_are(tmp_path, data, name, what):
    with pytest.raises(cx.StudyError, match=what):
        read(tmp_path, data, name)


SUMMARY = [
    ["Q1. How likely?"],
    ["Answer Choices", "Responses", ""],
    ["9", "45.2%", "19"],
    ["10", "54.8%", "23"],
    ["", "Answered", "42"],
    ["", "Skipped", "3"],
]


def test_tables_of_results_are_told_from_answers(tmp_path):
    with pytest.raises(cx.StudyError, match="this is a summary"):
        read(tmp_path, sheet(SUMMARY), "export.xlsx")


def test_utf8_that_is_declared_as_something_else_is_refused_with_its_word(tmp_path):
    with pytest.raises(cx.StudyError, match=r"the bytes are UTF-8; as cp1252 they read .*Ã"):
        read(tmp_path, csv().encode(), responses="encoding: cp1252")


def test_a_first_respondent_who_left_a_question_out_is_no_header(tmp_path):
    frame = FRAME.copy()
    frame.loc[0, "q1"] = ""
    lines = ["id,nps,q1,q2,city,spend,,", *(f"{line},x,y" for line in csv(frame).splitlines()[1:])]
    assert read(tmp_path, "\n".join(lines).encode()).n == N


def test_a_trial_run_of_which_every_row_is_a_test_is_kept_and_said(tmp_path):
    rows = [["Status", "IPAddress", "StartDate", "EndDate", *FRAME]]
    rows += [["Survey Test", "x", "x", "x", *row] for row in FRAME.values.tolist()]
    data = pd.DataFrame(rows[1:], columns=rows[0]).to_csv(index=False)
    study = read(tmp_path, data.encode())
    assert study.n == N and any("they are kept" in fault.problem for fault in study.notices)


def test_a_sentence_below_the_answers_is_left_out_and_said_a_cut_row_is_refused(tmp_path):
    """Protects the last respondent: an id alone is a file that was cut off, not a source."""
    rows = ["id,q1,q2,nps", *(f"R{i},{i % 5 + 1},{i % 4 + 1},{i % 11}" for i in range(12))]
    path = tmp_path / "a.csv"
    path.write_text("\n".join([*rows, "Source: claims survey 2026"]), encoding="utf-8")
    table = read_table(Responses(file=path.name), path)
    assert len(table.frame) == 12
    (said,) = [one for one in table.notices if "left out" in one.problem]
    assert said.rows == (14,) and said.value.startswith("Source")
    path.write_text("\n".join([*rows, "R12"]), encoding="utf-8")
    with pytest.raises(StudyError, match="rows with 1 cells under a header of 4"):
        read_table(Responses(file=path.name), path)


def test_lines_above_a_table_are_no_header_and_a_short_header_is_refused(tmp_path):
    body = [",".join(str((i + j) % 5 + 1) for j in range(8)) for i in range(12)]
    names = ",".join(f"q{j}" for j in range(8))
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["INSTITUTO DEMO", "98 = no sabe,99 = no contesta", names, *body]))
    table = read_table(Responses(file=path.name), path)
    assert [one.name for one in table.columns] == names.split(",") and len(table.frame) == 12
    assert "98 = no sabe" in table.columns[0].note
    path.write_text("\n".join([names.rpartition(",")[0], *body]))
    with pytest.raises(StudyError, match="rows with 8 cells under a header of 7"):
        read_table(Responses(file=path.name), path)


def test_lists_in_a_parquet_file_are_the_answers_of_one_cell(tmp_path):
    path = tmp_path / "a.parquet"
    pd.DataFrame({"id": [1, 2, 3], "used": [["app", "shop"], ["app"], []]}).to_parquet(path)
    table = read_table(Responses(file=path.name), path)
    assert table.frame["used"].tolist() == ["app; shop", "app", ""]
    pd.DataFrame({"id": [1], "who": [{"name": "x"}]}).to_parquet(path)
    with pytest.raises(StudyError, match="lists or records"):
        read_table(Responses(file=path.name), path)
