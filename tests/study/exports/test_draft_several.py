"""A draft proposes questions of several answers: lists in cells, and columns that were ticked."""

from __future__ import annotations

import random

import pandas as pd
import pyreadstat
import pytest
import yaml

import cxlab as cx
from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.draft.draft import guess_columns
from cxlab.study.exports.draft.several import KEY, declared
from cxlab.study.exports.draft.write import _ref
from cxlab.study.read.files import read_table

RANDOM = random.Random(4)
NPS = [RANDOM.randint(0, 10) for _ in range(60)]
REASONS = ["Preço", "Prazo de entrega", "Atendimento", "Loja perto"]


def lists(choices, mark, n=60, rest=()):
    drawn = [RANDOM.sample(choices, RANDOM.randint(1, len(choices))) for _ in range(n)]
    return [mark.join([*one, *rest[i : i + 1]]) for i, one in enumerate(drawn)]


def drafted(tmp_path, columns):
    """What study.yml says of these questions, and what it asks a person."""
    path = tmp_path / "export.csv"
    pd.DataFrame({"nps": NPS} | columns).to_csv(path, index=False)
    cx.exports.draft_study(path, tmp_path / "study")
    text = (tmp_path / "study" / "study.yml").read_text(encoding="utf-8")
    held = yaml.safe_load(text)
    return [*held.get(KEY, {}).values()], [
        one for one in held.get("confirm", ()) if "several" in one
    ]


def checked(tmp_path):
    """The drafted study as it is read once a person has deleted what it asks."""
    file = tmp_path / "study" / "study.yml"
    text = file.read_text(encoding="utf-8").partition("\nconfirm:")[0]
    file.write_text(text, encoding="utf-8")
    return cx.read_study(tmp_path / "study")


@pytest.mark.parametrize("mark", [";", "|", ", ", ";\n"])
def test_lists_of_repeated_parts_are_proposed_with_their_choices(tmp_path, mark):
    columns = {"Por que nos escolheu?": lists(REASONS, mark)}
    (held,), (asked,) = drafted(tmp_path, columns)
    assert held["choices"] == sorted(REASONS) and held["separator"] == mark.strip()[:1]
    assert held["column"] == "Por que nos escolheu?" in asked
    table = cx.describe.choices(checked(tmp_path))
    assert table["choice"].tolist() == sorted(REASONS) and table["n"].tolist() == [60] * 4


def test_what_never_stands_apart_is_one_choice(tmp_path):
    columns = {"Onde": lists(["Loja, presencial", "Telefone", "App"], ", ")}
    (held,), _ = drafted(tmp_path, columns)
    assert held["choices"] == ["App", "Loja, presencial", "Telefone"]


def test_words_that_few_wrote_are_the_other_choice(tmp_path):
    columns = {"Por quê?": lists(REASONS, "; ", rest=["indicação da Ana", "moro ao lado"])}
    (held,), _ = drafted(tmp_path, columns)
    assert held["choices"] == [*sorted(REASONS), held["other"]]
    named = checked(tmp_path).choices("multiple_1")
    assert named[held["other"]].sum() == 2 and "ana" not in str(held).casefold()


@pytest.mark.parametrize(
    "answers",
    [
        ["São Paulo, SP", "Campinas, SP", "Rio, RJ"],  # always two parts
        ["$0 - $24,999", "$25,000 - $49,999", "$100,000+"],
        ["4,5", "3,5", "4", "5"],
        ["Very satisfied", "Satisfied", "Very dissatisfied"],
        ["good, cheap and near", "bad", "it came late, as always", "no"],
    ],
)
def test_other_marks_make_no_list(tmp_path, answers):
    cells = [answers[i % len(answers)] for i in range(60)]
    if answers[0] == "good, cheap and near":
        cells = [f"{one} {i}" for i, one in enumerate(cells)]
    assert drafted(tmp_path, {"x": cells}) == ([], [])


@pytest.mark.parametrize(
    ("yes", "no", "more"),
    [
        ("1", "0", {"chosen": ["1"], "not_chosen": ["0"]}),
        ("Sim", "Não", {"chosen": ["Sim"], "not_chosen": ["Não"]}),
        ("1", "", {"chosen": ["1"]}),
        (None, "", {"chosen": ["any"]}),
    ],
)
def test_a_block_of_ticked_columns_is_one_question(tmp_path, yes, no, more):
    columns = {
        f"Como nos conheceu? [{one}]": [RANDOM.choice([yes or one, no]) for _ in NPS]
        for one in REASONS
    }
    if yes is None:  # of who ticked it the words of the last choice stand there
        columns["Como nos conheceu? [Outro]"] = [f"li algo {i}" if i < 9 else "" for i in range(60)]
    (held,), (asked,) = drafted(tmp_path, columns)
    assert {key: one for key, one in held.items() if key not in ("label", "columns")} == more
    assert [*held["columns"]] == REASONS + ["Outro"] * (yes is None)
    assert [*held["label"].values()] == ["Como nos conheceu?"] and "several answers" in asked
    named = checked(tmp_path).choices("multiple_1")
    assert named["Preço"].sum() == columns["Como nos conheceu? [Preço]"].count(yes or "Preço")


def test_texts_beside_each_other_are_comments(tmp_path):
    words = [f"eu gostaria de {i} melhorias na loja" for i in range(60)]
    columns = {f"O que falta? [{i}]": words for i in range(3)}
    assert drafted(tmp_path, columns) == ([], [])


def test_multiple_response_sets_of_spss_are_questions(shared):
    file = shared / "data" / "exports" / "spss_multiple_response.sav"
    draft = guess_columns(read_table(Responses(file=file.name), file))
    (held,) = declared(draft.of(KEY), "en", _ref).values()
    assert held == {
        "label": {"en": "My multiple response set"},
        "chosen": ["1"],
        "not_chosen": ["0"],
        "columns": {"Response #1": "bool1", "Response #2": "bool2", "Response #3": "bool3"},
    }


def test_first_and_further_mentions_are_one_question(tmp_path):
    words = {1: "Loja", 2: "Site", 3: "App", 9: "Não sabe"}
    named = [RANDOM.sample([1, 2, 3], RANDOM.randint(0, 3)) or [9] for _ in NPS]
    columns = {f"p1_{i}": [dict(enumerate(one)).get(i) for one in named] for i in range(3)}
    labels = [f"Canais usados - {i}a menção" for i in range(3)]
    pyreadstat.write_sav(
        pd.DataFrame({**columns, "nps": NPS}),
        str(tmp_path / "e.sav"),
        column_labels=[*labels, "De 0 a 10, recomendaria?"],
        variable_value_labels=dict.fromkeys(columns, words),
    )
    cx.exports.draft_study(tmp_path / "e.sav", tmp_path / "study")
    path = tmp_path / "study" / "study.yml"
    text, _, asked = path.read_text("utf-8").partition("\nconfirm:")
    assert "p1_0" in asked and "no two alike" in asked
    path.write_text(text, encoding="utf-8")
    assert yaml.safe_load(text)["multiple_response"]["multiple_1"] == {
        "label": {"pt-BR": "Canais usados"},
        "no_answer": ["9"],
        "codes_in": [*columns],
        "choices": {str(i): {"pt-BR": words[i]} for i in (1, 2, 3)},
    }
    assert not (cx.check_study(tmp_path / "study")["severity"] == "error").any()
    chosen = cx.read_study(tmp_path / "study").choices("multiple_1").sum()
    assert chosen.to_dict() == {str(i): sum(i in one for one in named) for i in (1, 2, 3)}


@pytest.mark.parametrize(
    ("file", "column", "choices"),
    [
        ("cases/exports/c09_multiselect_decimal_comma", "canais", ["1", "2", "4"]),
        ("cases/exports/c10_choices_with_commas", "Por onde falou conosco?",
         ["Loja, presencial", "Telefone"]),
        ("cases/exports/c11_kobo_select_multiple", None, ["loja", "app"]),
        ("data/exports/surveymonkey_star_wars.csv", None, 6),
        ("data/exports/cncf_maintainers_2021h1_surveymonkey.csv", None, 75),
    ],
)  # fmt: skip
def test_real_exports_show_their_choices(shared, file, column, choices):
    path = shared / file
    path = path / "export.csv" if path.is_dir() else path
    draft = guess_columns(read_table(Responses(file=path.name), path))
    (held,) = declared(draft.of(KEY), "en", _ref).values()
    found = [*held.get("columns", held.get("choices", ()))]
    assert held.get("column") == column
    assert found == choices or len(found) == choices
    assert all(guess.confidence < 0.9 for guess in draft.of(KEY))
