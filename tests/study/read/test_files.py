"""A damaged file must be refused with its place, never read into a wrong number without a word.

Of 24 kinds of damage bare pandas refused 5 and gave a wrong number in 10; each kind that a machine
can know is injected here.
"""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

import cxlab as cx

HEADER = "id,nps,q1,q2"
ROWS = [f"{i},{i % 11},{1 + i % 7},{1 + (i * 3) % 7}" for i in range(1, 41)]
STUDY = """
schema: 1
client: Damaged
respondent: id
responses: {responses}
scales: {{agree7: {{min: 1, max: 7, not_used: [8], no_answer: [9, 99]}}}}
touchpoints:
  delivery: {{experience: q1, scale: agree7}}
  support: {{experience: q2, scale: agree7}}
outcomes: {{recommend: {{kind: nps, column: nps}}}}
"""


def write(
    folder: Path, text: str | bytes, responses: str = "{file: r.csv}", name: str = "r.csv"
) -> Path:
    (folder / "study.yml").write_text(STUDY.format(responses=responses), encoding="utf-8")
    data = text if isinstance(text, bytes) else text.encode("utf-8")
    (folder / name).write_bytes(data)
    return folder


def csv(rows=ROWS, header=HEADER) -> str:
    return "\n".join([header, *rows]) + "\n"


def only_fault(folder: Path) -> pd.Series:
    faults = cx.check_study(folder)
    assert len(faults) == 1, faults.to_string()
    with pytest.raises(cx.StudyError):
        cx.read_study(folder)
    return faults.iloc[0]


def test_sound_file_reads(tmp_path):
    study = cx.read_study(write(tmp_path, csv()))
    assert study.n == 40
    assert study.rating("delivery").iloc[0] == 2


@pytest.mark.parametrize(
    ("old", "new", "value", "problem"),
    [
        ("3,3,4,3", "3,3,70,3", "70", "outside the scale 1–7 and not a declared missing code"),
        ("3,3,4,3", "3,3,-1,3", "-1", "outside the scale 1–7 and not a declared missing code"),
        ("3,3,4,3", "3,3,98,3", "98", "outside the scale 1–7 and not a declared missing code"),
        ("3,3,4,3", "3,3,4.5,3", "4.5", "a decimal on the scale 1–7 of whole answers"),
        ("3,3,4,3", "3,3,agree,3", "agree", "not a number and not a declared code"),
        ("3,3,4,3", "3,3,NA,3", "NA", "not a number and not a declared code"),
        ("3,3,4,3", "3,3,nan,3", "nan", "not a number and not a declared code"),
        (
            "3,3,4,3",
            "3,3,1e999,3",
            "1e999",
            "outside the scale 1–7 and not a declared missing code",
        ),
    ],
)
def test_undeclared_values_are_never_ratings(tmp_path, old, new, value, problem):
    fault = only_fault(write(tmp_path, csv([new if row == old else row for row in ROWS])))
    assert (fault["column"], fault["rows"], fault["value"], fault["problem"], fault["file"]) == (
        "q1",
        "4",
        value,
        problem,
        "r.csv",
    )
    assert fault["fix"]


def test_declared_codes_are_states_not_ratings(tmp_path):
    rows = ["1,5,8,4", "2,5,9,4", "3,5,99,4", "4,5,,4", *ROWS[4:]]
    study = cx.read_study(write(tmp_path, csv(rows)))
    assert list(study.state("delivery").iloc[:4]) == [
        "not_used",
        "no_answer",
        "no_answer",
        "no_answer",
    ]
    assert study.rating("delivery").iloc[:4].isna().all()
    assert study.rating("delivery").max() <= 7


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            csv([row + "," if i == 2 else row for i, row in enumerate(ROWS)]),
            "rows with 5 cells under a header of 4",
        ),
        (csv([row + "," for row in ROWS]), "rows with 5 cells under a header of 4"),
        (csv([*ROWS[:-1], "40,7"]), "rows with 2 cells under a header of 4"),
        (
            csv([f"{row},1" for row in ROWS], "id,nps,q1,q2,q1"),
            "this header stands over several columns: #3, #5",
        ),
        ("", "the file is empty"),
        ("\n\n", "the file is empty"),
        (csv([*ROWS, '41,5,"4,4']), "not readable as CSV (unexpected end of data)"),
    ],
)
def test_shape_damage_is_refused(tmp_path, text, problem):
    assert only_fault(write(tmp_path, text))["problem"] == problem


def test_duplicate_missing_and_total_rows(tmp_path):
    fault = only_fault(write(tmp_path, csv([*ROWS, "7,9,5,5"])))
    assert (fault["problem"], fault["rows"], fault["value"]) == (
        "the same respondent more than once",
        "8, 42",
        "7",
    )
    assert only_fault(write(tmp_path, csv([*ROWS, ",9,5,5"])))["problem"] == "respondent id missing"
    fault = cx.check_study(write(tmp_path, csv([*ROWS, "Total,200,160,160"])))
    assert len(fault) == 4 and set(fault["rows"]) == {"42"}


def test_unknown_column_suggests_the_near_one(tmp_path):
    fault = only_fault(write(tmp_path, csv(header="id,nps,q1,Q_2 ")))
    assert fault["problem"] == "no such column (declared by touchpoint support, experience)"
    assert (fault["column"], fault["fix"]) == ("q2", "did you mean 'Q_2 '?")


def test_every_fault_is_listed_at_once(tmp_path):
    rows = ["1,11,70,4", "1,5,4,-3", *ROWS[2:]]
    faults = cx.check_study(write(tmp_path, csv(rows)))
    assert set(zip(faults["column"], faults["value"], strict=True)) == {
        ("nps", "11"),
        ("q1", "70"),
        ("q2", "-3"),
        ("id", "1"),
    }


def test_decimal_comma_keeps_both_halves(tmp_path):
    text = csv(
        [row.replace(",", ";").replace("1;", "1;", 1) for row in ROWS], "id;nps;q1;q2"
    ).replace(";4;", ";4,5;", 1)
    folder = write(tmp_path, text, '{file: r.csv, separator: ";", decimal: ","}')
    (folder / "study.yml").write_text(
        (folder / "study.yml").read_text().replace("max: 7,", "max: 7, whole: false,")
    )
    assert cx.read_study(folder).rating("delivery").max() == 7
    assert (cx.read_study(folder).rating("delivery") == 4.5).sum() + (
        cx.read_study(folder).outcome("recommend") == 4.5
    ).sum() == 1
    wrong = write(tmp_path, text, '{file: r.csv, separator: ";"}')
    assert cx.check_study(wrong)["value"].tolist() == ["4,5"]
    assert "decimal" in cx.check_study(wrong)["fix"].iloc[0]


def test_wrong_encoding_names_the_row_and_the_way_out(tmp_path):
    text = csv([*ROWS[:3], "4,4,5,São", *ROWS[4:]]).encode("cp1252")
    fault = only_fault(write(tmp_path, text, "{file: r.csv, encoding: utf-8}"))
    assert fault["problem"] == "the bytes are not utf-8"
    assert fault["rows"] == "5" and "encoding" in fault["fix"]


def test_wrong_separator_is_named(tmp_path):
    folder = write(tmp_path, csv().replace(",", ";"), '{file: r.csv, separator: ","}')
    assert only_fault(folder)["problem"] == "only one column was found"


def test_ids_stay_text(tmp_path):
    study = cx.read_study(write(tmp_path, csv(["007,5,4,4", "NA,5,4,4", *ROWS])))
    assert study.responses["id"].tolist()[:2] == ["007", "NA"]


def test_xlsx_reads_like_csv_and_a_stray_cell_costs_nothing(tmp_path):
    book = openpyxl.Workbook()
    for row in csv().splitlines():
        book.active.append([int(cell) if cell.isdigit() else cell for cell in row.split(",")])
    book.save(tmp_path / "r.xlsx")
    write(tmp_path, csv())
    plain = cx.read_study(tmp_path)
    (tmp_path / "study.yml").write_text(STUDY.format(responses="{file: r.xlsx}"))
    pd.testing.assert_frame_equal(cx.read_study(tmp_path).responses, plain.responses)

    book.active["XFD1048576"] = 1
    book.save(tmp_path / "r.xlsx")
    assert "cells under a header of 4" in only_fault(tmp_path)["problem"]


def test_xlsx_formula_without_result_is_refused(tmp_path):
    book = openpyxl.Workbook()
    for row in [HEADER.split(","), [1, 5, 4, 4], [2, 5, "=A1+1", 4]]:
        book.active.append(row)
    book.save(tmp_path / "r.xlsx")
    (tmp_path / "study.yml").write_text(STUDY.format(responses="{file: r.xlsx}"))
    fault = only_fault(tmp_path)
    assert (fault["problem"], fault["rows"], fault["value"]) == (
        "a formula without a stored result",
        "3",
        "=A1+1",
    )


def test_parquet_reads_like_csv(tmp_path):
    frame = pd.read_csv(write(tmp_path, csv()) / "r.csv").astype({"q1": float})
    plain = cx.read_study(tmp_path)
    frame.to_parquet(tmp_path / "r.parquet")
    (tmp_path / "study.yml").write_text(STUDY.format(responses="{file: r.parquet}"))
    pd.testing.assert_frame_equal(cx.read_study(tmp_path).responses, plain.responses)


@pytest.mark.parametrize(("name", "data"), [("r.xlsx", b"not a zip"), ("r.parquet", b"PAR1 not")])
def test_unreadable_file_is_a_fault(tmp_path, name, data):
    write(tmp_path, data, f"{{file: {name}}}", name)
    assert only_fault(tmp_path)["problem"].startswith("not readable as")


def test_missing_file_is_a_fault(tmp_path):
    write(tmp_path, csv(), "{file: gone.csv}")
    assert only_fault(tmp_path)["problem"] == "there is no such file"


def test_codebook_faults_are_all_listed(tmp_path):
    text = (
        STUDY.format(responses="{file: r.csv, seperator: ';'}")
        .replace("kind: nps", "kind: npss")
        .replace("max: 7", "max: 0")
    )
    (tmp_path / "study.yml").write_text(text)
    faults = cx.check_study(tmp_path)
    assert {"responses.seperator", "outcomes.recommend.kind", "scales.agree7"} <= set(
        faults["column"]
    )
    assert "did you mean 'separator'?" in set(faults["fix"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("client: [", "not readable as YAML"),
        ("client: A\nclient: B", "the key 'client' stands twice"),
        ("", "study.yml holds no keys"),
    ],
)
def test_unreadable_yaml_is_a_fault(tmp_path, text, problem):
    (tmp_path / "study.yml").write_text(text)
    assert problem in cx.check_study(tmp_path)["problem"].iloc[0]


def test_faults_of_the_codebook_do_not_hide_those_of_the_data(tmp_path):
    """A typo in one key must not cost the consultant a second round for the wrong column and the
    bad value.
    """
    text = (
        STUDY.format(responses="{file: r.csv}")
        .replace("{experience: q1, scale", "{experiencia: x, experience: q1, scale")
        .replace("column: nps", "column: npss")
    )
    (tmp_path / "study.yml").write_text(text)
    (tmp_path / "r.csv").write_text(csv(["1,5,70,4", *ROWS[1:]]))
    faults = cx.check_study(tmp_path)
    assert faults[["column", "value"]].to_numpy().tolist() == [
        ["touchpoints.delivery.experiencia", ""],
        ["npss", ""],
        ["q1", "70"],
    ]


def test_thousands_marks_are_read_where_declared(tmp_path):
    rows = ["id;spend;q1", "1;1.168,21;4", "2;12,50;5", "3;950;3"]
    text = (
        STUDY.split("touchpoints:")[0]
        + "touchpoints: {{delivery: {{experience: q1}}}}\noutcomes: {{spend: {{kind: amount,"
        " column: spend}}}}\n"
    )
    (tmp_path / "r.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "study.yml").write_text(
        text.format(responses='{file: r.csv, separator: ";", decimal: ","}')
    )
    assert "thousands" in only_fault(tmp_path)["fix"]
    (tmp_path / "study.yml").write_text(
        text.format(responses='{file: r.csv, separator: ";", decimal: ",", thousands: "."}')
    )
    assert cx.read_study(tmp_path).outcome("spend").tolist() == [1168.21, 12.5, 950]
    (tmp_path / "r.csv").write_text("\n".join([*rows, "4;11.68,21;4"]) + "\n")
    assert only_fault(tmp_path)["value"] == "11.68,21"


def test_rows_of_separators_and_silent_rows(tmp_path):
    study = cx.read_study(write(tmp_path, csv([*ROWS, ",,,", ",,,"])))
    assert study.n == 40
    faults = cx.check_study(write(tmp_path, csv([*ROWS, "41,,,"])))
    assert faults[["severity", "problem", "rows"]].to_numpy().tolist() == [
        ["warning", "1 row holds no answer at all", "42"]
    ]


def test_several_sheets_must_be_named(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Capa"
    book.create_sheet("Dados")
    book.save(tmp_path / "r.xlsx")
    (tmp_path / "study.yml").write_text(STUDY.format(responses="{file: r.xlsx}"))
    assert "Capa" in only_fault(tmp_path)["fix"] and "Dados" in only_fault(tmp_path)["fix"]


def test_spreadsheet_called_csv_is_named(tmp_path):
    write(tmp_path, b"PK\x03\x04rest")
    assert only_fault(tmp_path)["problem"].startswith("not readable as XLSX")
