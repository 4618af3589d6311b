"""A codebook as agencies send it is a questionnaire: its texts and the words of its codes are those
of the columns, in a draft and in the study that keeps it.
"""

from __future__ import annotations

import random

import pandas as pd
import pytest
import yaml

import cxlab as cx
from cxlab.errors import StudyError
from cxlab.exports.draft_study import draft_study, guess_export
from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.questionnaire import with_questionnaire
from cxlab.study.read.files import read_table

ITEMS = ("Rapidez da entrega", "Cortesia da equipe", "Limpeza da loja")
STEMS = {"V1": "Qual a importância de cada item?", "V2": "Qual a sua satisfação com cada item?"}
WORDS = {"1": "Muito baixa", "7": "Muito alta", "9": "Não sabe"}
ASKED = [
    (f"{block}_{i}", stem, item, WORDS)
    for block, stem in STEMS.items()
    for i, item in enumerate(ITEMS, 1)
] + [("V3", "", "De 0 a 10, quanto recomendaria a loja?", {})]


def _joined(words: dict, mark: str = "; ", sign: str = " = ") -> str:
    return mark.join(f"{code}{sign}{word}" for code, word in words.items())


def _text(stem: str, item: str) -> str:
    return f"{stem} - {item}".strip(" -")


def _below(name, stem, item, words) -> list:
    return [[name, _text(stem, item), "", ""], *(["", "", *pair] for pair in words.items())]


def _by_section() -> list:
    rows, last = [["Variable", "Text", "Values"]], ""
    for name, stem, item, words in ASKED:
        rows += [[stem, "", ""]] * (stem not in ("", last)) + [
            [name, item, _joined(words, ", ", "=")]
        ]
        last = stem
    return rows


LAYOUTS = {
    "in one cell": [["Variável", "Enunciado", "Valores"]]
    + [[name, _text(stem, item), _joined(words)] for name, stem, item, words in ASKED],
    "a code a row": [["Variable", "Question", "Code", "Label"]]
    + [row for one in ASKED for row in _below(*one)],
    "a column a code": [["Coluna", "Texto", *WORDS]]
    + [
        [name, _text(stem, item), *(words.get(code, "") for code in WORDS)]
        for name, stem, item, words in ASKED
    ],
    "blocks": [["Código", "Bloco", "Item", "Tipo", "Valores"]]
    + [[name, stem, item, "num", _joined(words, "\n", " - ")] for name, stem, item, words in ASKED],
    "rows of sections": _by_section(),
    "a datamap": [
        row
        for name, stem, item, words in ASKED
        for row in (
            [f"[{name}]: {item} - {stem}", "", ""],
            ["Values: 1-9", "", ""],
            *(["", code, word] for code, word in words.items()),
        )
    ],
    "codes and words": [["Campo", "Literal", "Valores"]]
    + [
        [name, _text(stem, item), " | ".join(f"{code} {word}" for code, word in words.items())]
        for name, stem, item, words in ASKED
    ],
    "below a title": [
        ["Dicionário da pesquisa", "", ""],
        ["", "", ""],
        ["Nome", "Rótulo", "Valores"],
    ]
    + [[name, _text(stem, item), _joined(words)] for name, stem, item, words in ASKED],
}


def answers() -> pd.DataFrame:
    rng = random.Random(1)
    held = {name: [rng.choice([1, 2, 3, 4, 5, 6, 7, 9]) for _ in range(60)] for name, *_ in ASKED}
    return pd.DataFrame({"id": range(1, 61), **held, "V3": [rng.randint(0, 10) for _ in range(60)]})


def written(folder, layout, is_sheet):
    """The answers with the codebook in the same workbook, or in a file beside them."""
    grid = pd.DataFrame(LAYOUTS[layout])
    if is_sheet:
        with pd.ExcelWriter(folder / "export.xlsx") as book:
            grid.to_excel(book, sheet_name="Dicionário", index=False, header=False)
            answers().to_excel(book, sheet_name="Dados", index=False)
        return folder / "export.xlsx"
    answers().to_csv(folder / "export.csv", index=False)
    grid.to_csv(folder / "codebook.csv", index=False, header=False)
    return folder / "export.csv"


@pytest.mark.parametrize("is_sheet", [True, False], ids=["sheet", "file"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_codebook_tells_pairs_and_words(tmp_path, layout, is_sheet):
    draft = guess_export(written(tmp_path, layout, is_sheet))
    held = {guess.column: guess for guess in draft.guesses}
    for i, item in enumerate(ITEMS, 1):
        first, second = held[f"V1_{i}"], held[f"V2_{i}"]
        assert first.value["role"] == "importance" and item in first.seen.column.text
        assert first.value["id"] == second.value["id"]
        assert first.scale.points == (1, 7) and first.scale.missing == {"9": "no_answer"}
    assert held["V3"].value["kind"] == "nps"


@pytest.mark.parametrize(
    ("is_sheet", "kept"),
    [(True, {"file": "export.xlsx", "sheet": "Dicionário"}), (False, "codebook.csv")],
)
def test_study_yml_keeps_the_codebook(tmp_path, is_sheet, kept):
    out = tmp_path / "study"
    draft_study(written(tmp_path, "in one cell", is_sheet), out)
    text = (out / "study.yml").read_text("utf-8")
    assert yaml.safe_load(text)["responses"]["questionnaire"] == kept
    (out / "study.yml").write_text(text.partition("\nconfirm:")[0], encoding="utf-8")
    assert not (cx.check_study(out)["severity"] == "error").any()
    assert len(cx.read_study(out).codebook.touchpoints) == 3


def labels_of(folder, *cells, grid=None):
    """The words of the codes of columns by a codebook that has these cells."""
    rows = [["Variable", "Text", "Values"]]
    rows += [
        [name, f"Text {name}", cell]
        for name, cell in zip(("V1_1", "V1_2"), cells * 2, strict=False)
    ]
    pd.DataFrame(grid or rows).to_csv(folder / "labels.csv", index=False, header=False)
    answers().to_csv(folder / "a.csv", index=False)
    table = read_table(Responses(file="a.csv"), folder / "a.csv")
    asked = with_questionnaire(table, folder / "labels.csv")
    return {one.name: one.labels for one in asked.columns}


HARD = (
    "Até 2 anos",
    "Mais de 2 - até 5 anos",
    "iPhone 12 - 64GB",
    "18-24 anos",
    "De 2019 - 2020",
    "Entre 10:30 e 11:00",
    "R$ 1.000,50 - 2.000",
    "Sim (2)",
    "Sim (talvez 3)",
    "2 a 3 vezes",
)


@pytest.mark.parametrize("mark", ["; ", ";", " | ", "\n", ";\n"])
@pytest.mark.parametrize("sign", [" = ", "=", " - ", " – ", ": ", ") ", "- "])
@pytest.mark.parametrize("codes", [range(1, 11), range(-2, 8), range(10, 0, -1)], ids=str)
def test_a_number_in_a_word_is_no_code(tmp_path, mark, sign, codes):
    held = dict(zip(map(str, codes), HARD, strict=True))
    assert labels_of(tmp_path, _joined(held, mark, sign))["V1_1"] == held


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("1 = 18-24, 2 = 25-34", {"1": "18-24", "2": "25-34"}),
        ("1 = Até 2,5 anos, 2 = 2,5 - 5", {"1": "Até 2,5 anos", "2": "2,5 - 5"}),
        ("1 - Até 2 anos, 2 - De 2 - até 5", {"1": "Até 2 anos", "2": "De 2 - até 5"}),
        ("1 - iPhone 12 - 64GB 2 - Outro", {"1": "iPhone 12 - 64GB", "2": "Outro"}),
        ("1 - De 1 - a 2 2 - De 2 - a 3", {"1": "De 1 - a 2", "2": "De 2 - a 3"}),
        ("(1) Ruim (2) Bom", {"1": "Ruim", "2": "Bom"}),
        ("Ruim (1), Bom (2), Ótimo (3)", {"1": "Ruim", "2": "Bom", "3": "Ótimo"}),
        ("Escala (1 = Ruim, 2 = Bom)", {"1": "Ruim", "2": "Bom"}),
        ("1 - a, 2 - b,\n3 - c, 4 - d", {"1": "a", "2": "b", "3": "c", "4": "d"}),
        ("1 - Muito\nruim\n2 - Bom; ótimo\nBase: todos", {"1": "Muito ruim", "2": "Bom; ótimo"}),
        ("1=Sim/2=Não", {"1": "Sim", "2": "Não"}),
        ("1 - a | 2 - b 3 - c", {"1": "a", "2": "b 3 - c"}),
        ("−1 = NR; 1 = Sim", {"-1": "NR", "1": "Sim"}),
        (
            "1=Sim; NU=não usa; NR = não respondeu",
            {"1": "Sim", "NU": "não usa", "NR": "não respondeu"},
        ),
        ("18-24 ou 25-34 anos", {}),
        ("das 10:30 às 11:00 h, ou 12:30 às 13:00 h", {}),
    ],
)
def test_a_cell_has_one_sign_and_one_mark(tmp_path, cell, words):
    # The other row makes it a column of codes.
    assert labels_of(tmp_path, cell, "1 = A; 2 = B")["V1_1"] == words


def test_a_question_may_tell_the_words_of_its_ends(tmp_path):
    rows = [["Variável", "Descrição", "Códigos"]]
    rows += [[f"V1_{i}", f"Item {i} (1 = ruim, 7 = bom)", "8=Não usa; 9=NR"] for i in (1, 2, 3)]
    asked = labels_of(tmp_path, grid=rows)
    assert asked["V1_1"] == {"8": "Não usa", "9": "NR"}


def test_the_codes_of_a_question_that_the_export_lacks_are_of_no_other(tmp_path):
    grid = [["Variable", "Text", "Code", "Label", "Width"]]
    for name, words in (("V1_1", "ab"), ("V99", "cd"), ("V1_2", "ef")):
        grid += [[name, "Text" if name != "V99" else "", "", "", ""]]
        grid += [["", "", str(code), word, "8"] for code, word in enumerate(words, 1)]
    held = labels_of(tmp_path, grid=grid)
    assert held["V1_1"] == {"1": "a", "2": "b"} and held["V1_2"] == {"1": "e", "2": "f"}


def test_a_number_beside_a_code_is_not_its_word(tmp_path):
    grid = [["Variable", "Text", "Label", "Code", "Width"]]
    for name in ("V1_1", "V1_2"):
        grid += [[name, "Text", "", "", ""], ["", "", "Sim", "1", "8"], ["", "", "Não", "2", "8"]]
    assert labels_of(tmp_path, grid=grid)["V1_1"] == {}


def test_a_question_of_several_columns_stands_once(tmp_path):
    grid = [["Pos", "Variable", "Label"], ["", "V1", STEMS["V1"]]]
    grid += [[str(i), f"V1_{i}", item] for i, item in enumerate(ITEMS, 1)]
    pd.DataFrame(grid).to_csv(tmp_path / "labels.csv", index=False, header=False)
    answers().to_csv(tmp_path / "a.csv", index=False)
    table = read_table(Responses(file="a.csv"), tmp_path / "a.csv")
    asked = with_questionnaire(table, tmp_path / "labels.csv")
    assert asked.columns[2].text == f"{STEMS['V1']} | {ITEMS[1]}"


def test_a_table_about_other_columns_is_refused(tmp_path):
    pd.DataFrame({"a": ["x1", "x2"], "b": ["c", "d"]}).to_csv(tmp_path / "b.csv", index=False)
    answers().to_csv(tmp_path / "a.csv", index=False)
    table = read_table(Responses(file="a.csv"), tmp_path / "a.csv")
    with pytest.raises(StudyError, match=r"it asks none of the columns of a.csv"):
        with_questionnaire(table, tmp_path / "b.csv")


def test_a_datamap_tells_the_item_before_its_question(tmp_path):
    """Protects pairs of importance and rating in Decipher's workbooks, on scales of their own."""
    asked = {"Q5": "How important is each of these?", "Q6": "How would you rate us on each?"}
    rows = [
        row
        for stem, text in asked.items()
        for i, item in enumerate(ITEMS, 1)
        for row in (
            [f"[{stem}r{i}]: {item} - {text}", "", ""],
            ["Values: 1-97", "", ""],
            *(["", code, word] for code, word in [(1, "Poor"), (2, "Fair"), (3, "Good")]),
            *(["", code, word] for code, word in [(4, "Very good"), (97, "Have not used")]),
        )
    ]
    rng = random.Random(2)
    names = [f"{stem}r{i}" for stem in asked for i in range(1, 4)]
    held = {name: [rng.choice([1, 2, 3, 4, 97]) for _ in range(60)] for name in names}
    with pd.ExcelWriter(tmp_path / "export.xlsx") as book:
        pd.DataFrame({"record": range(60), **held}).to_excel(book, sheet_name="A1", index=False)
        pd.DataFrame(rows).to_excel(book, sheet_name="Datamap", index=False, header=False)
    guesses = {one.column: one for one in guess_export(tmp_path / "export.xlsx").guesses}
    for i, item in enumerate(ITEMS, 1):
        first, second = guesses[f"Q5r{i}"], guesses[f"Q6r{i}"]
        assert (first.value["role"], second.value["role"]) == ("importance", "experience")
        assert first.value["id"] == second.value["id"] and first.seen.item == item
        assert first.scale.points == (1, 4) and second.scale.missing == {"97": "not_used"}
