"""A study comes back cell for cell, states included, in the dress of every survey tool: read as
declared, and as drafted.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml

import cxlab as cx
from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.headers import folded
from cxlab.study.exports.questionnaire import with_questionnaire
from cxlab.study.read.files import read_table
from tests.study.exports import dresses
from tests.study.exports.dresses import DRESSES, Dress
from tests.study.exports.test_dress import FRAME, N, same

GONE = {"6": "not_used", "9": "no_answer", "": "no_answer"}


@pytest.fixture(params=DRESSES)
def dress(request) -> Dress:
    return DRESSES[request.param]()


def read(dress: Dress, folder, **keys):
    export = dress.write(folder)
    declared = yaml.safe_dump(dress.study() | keys, allow_unicode=True)
    (folder / "study.yml").write_text(declared, encoding="utf-8")
    return read_table(Responses(file=dress.file), export), cx.read_study(folder)


def test_a_study_comes_back_in_the_dress_of_each_tool(dress, tmp_path):
    table, study = read(dress, tmp_path / "in")
    same(study)
    assert table.tool == dress.tool
    assert {*study.column("wave")} == {"2026-02"}


def test_so_does_its_draft_once_its_questions_are_answered(dress, tmp_path):
    export = dress.write(tmp_path / "in")
    if not dress.drafted:
        with pytest.raises(cx.StudyError, match="no column holds ratings"):
            cx.exports.guess_export(export)
        return
    at = {}
    for guess in cx.exports.guess_export(export).guesses:
        column = guess.seen.column
        for place in (column.name, column.header, column.text, f"#{column.position}"):
            at.setdefault(folded(place), guess)
    guesses = {key: at[folded(place)] for key, place in dress.at.items()}
    assert guesses["day"].key in ("date", "system")
    assert "id" not in guesses or guesses["id"].key == "respondent"
    cx.exports.draft_study(export, tmp_path / "out")
    path = tmp_path / "out" / "study.yml"
    path.write_text(path.read_text("utf-8").partition("\nconfirm:")[0], "utf-8")
    study = cx.read_study(tmp_path / "out")
    assert study.n == N + dress.partial
    for name in dress.drafted:
        guess = guesses[name]
        assert guess.scale, f"{guess.column}: {guess.reason}"
        key = guess.value["id"], guess.value.get("role", "outcome")
        assert (name == "nps") == (guess.value.get("kind") == "nps")
        states = FRAME[name].replace(GONE if name != "nps" else {})
        states = states.where(states.isin(GONE.values()), "answered")
        assert study.state(*key).tolist()[:N] == states.tolist()
        expected = pd.to_numeric(FRAME[name].where(states == "answered", None))
        np.testing.assert_array_equal(study.rating(*key)[:N], expected)
    rated = {guess.column for guess in at.values() if guess.scale}
    assert len(rated) == 3, rated


@pytest.mark.parametrize("make", [dresses.limesurvey_r, dresses.limesurvey_spss])
def test_limesurveys_syntax_gives_every_column_its_words(make, tmp_path):
    dress = make()
    export = dress.write(tmp_path / "in")
    (syntax,) = dress.beside
    table = with_questionnaire(
        read_table(Responses(file=dress.file), export), export.with_name(syntax)
    )
    assert [column.text for column in table.columns] == dresses.SYNTAX_TEXTS
    assert [len(column.labels) for column in table.columns][7:13] == [11, 7, 7, 2, 2, 4]


def test_limesurveys_syntax_gives_a_file_of_other_columns_no_words_by_their_place(tmp_path):
    (syntax, words), *_ = dresses.limesurvey_r().beside.items()
    other = dresses.limesurvey_texts_xlsx()
    other.beside = {syntax: words.replace('"seed"', '"random"')}
    table = read_table(Responses(file=other.file), other.write(tmp_path / "in"))
    table = replace(table, columns=table.columns[:4] + table.columns[5:])
    with pytest.raises(cx.StudyError, match="it asks none of the columns"):
        with_questionnaire(table, tmp_path / "in" / syntax)


def test_limesurveys_data_for_spss_count_the_first_respondent(tmp_path):
    dress = dresses.limesurvey_spss()
    table = read_table(Responses(file=dress.file), dress.write(tmp_path / "in"))
    assert len(table.frame) == N and table.frame["#1"].tolist() == dresses.NUMBERS
    assert table.frame["#15"].tolist()[:3] == ["It's fine, 'really'", "", 'So "so", no more']
    assert any("without a header" in fault.problem for fault in table.notices)


@pytest.mark.parametrize("make", [dresses.limesurvey_r, dresses.limesurvey_spss])
def test_a_code_that_is_no_answer_is_what_its_word_is_unless_it_is_declared(make, tmp_path):
    # The scale of both is declared in words, and the cells hold codes.
    dress = make()
    code = {"AO06": "not_used"} if make is dresses.limesurvey_r else {"8": "not_used"}
    own = {"not_used": [*code], "no_answer": ["Never used", "Don't know"], "labels": dresses.POINTS}
    _, study = read(dress, tmp_path / "in", scales={"s5": {"min": 1, "max": 5, **own}})
    same(study)
