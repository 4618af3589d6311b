"""What stands in study.yml and in the data is read as people mean it, and what is declared is held
against the data.
"""

from __future__ import annotations

import unicodedata

import numpy as np
import pandas as pd
import pytest

import cxlab as cx

N = 40
FRAME = pd.DataFrame(
    {
        "id": [f"p{i}" for i in range(N)],
        "q1": [i % 7 + 1 for i in range(N)],
        "q2": [i * 3 % 7 + 1 for i in range(N)],
        "nps": [i % 11 for i in range(N)],
        "seg": [("01", "02")[i % 2] for i in range(N)],
        "spend": [10.5 + i for i in range(N)],
        "w": [1 + i % 3 / 10 for i in range(N)],
    }
)
KEYS = {
    "schema": "1",
    "client": "Typed",
    "responses": "{file: a.csv}",
    "respondent": "id",
    "segments": "[seg]",
    "scales": "{s: {min: 1, max: 7}}",
    "touchpoints": "{shop: q1, web: q2}",
    "outcomes": "{r: {kind: nps, column: nps}, spend: {kind: amount, column: spend}}",
}
# What YAML 1.1 takes for numbers of other bases, sexagesimals, dates and truth.
WORDS = ["01", "011", "1_000", "0x1F", "12:30:00", "1:30", "2026-01-01", "1e3", ".5", "2026.10"]
WORDS += ["no", "yes", "on", "Off", "TRUE", "NULL", "None", ".nan", "+1"]


def write(folder, frame=FRAME, **keys: str):
    """A study of these keys, each as it is typed."""
    frame.to_csv(folder / "a.csv", index=False)
    text = "".join(f"{key}: {typed}\n" for key, typed in (KEYS | keys).items())
    (folder / "study.yml").write_text(text, encoding="utf-8")
    return folder


def only(folder, severity: str = "error") -> pd.Series:
    """The only fault of this severity."""
    faults = cx.check_study(folder)
    faults = faults[faults["severity"] == severity]
    assert len(faults) == 1, faults.to_string()
    return faults.iloc[0]


def with_level(word: str, column: str = "seg") -> pd.DataFrame:
    return FRAME.assign(**{column: [(word, "other")[i % 2] for i in range(N)]})


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize(
    "keys",
    [
        {"segments": "{{seg: {{levels: {{{word}: First, other: Second}}}}}}"},
        {"include": "[{{column: seg, in: [{word}, other]}}]"},
        {"recode": "{{seg: {{{word}: {word}, other: other}}}}"},
        {"wave": "seg", "segments": "[]", "waves": "[other, {word}]"},
    ],
)
def test_a_word_of_the_data_is_the_one_that_is_typed(tmp_path, word, keys):
    keys = {key: typed.format(word=word) for key, typed in keys.items()}
    made = cx.read_study(write(tmp_path, with_level(word), **keys))
    there = made.waves if made.codebook.wave else made.segments["seg"]
    assert there.value_counts().to_dict() == {word: N / 2, "other": N / 2}
    expected = ("begins with 0", "a word for an empty cell")
    assert all(any(one in notice.problem for one in expected) for notice in made.notices)


@pytest.mark.parametrize("word", [*WORDS, "~x", "a: b"])
def test_a_name_is_the_one_that_is_typed(tmp_path, word):
    typed = f'"{word}"' if ": " in word else word
    assert cx.read_study(write(tmp_path, client=typed)).client == word


@pytest.mark.parametrize("word", ["no", "yes", "y", "on", "true"])
def test_a_key_may_be_any_word(tmp_path, word):
    frame = FRAME.rename(columns={"seg": word, "q1": "off"})
    made = cx.read_study(
        write(tmp_path, frame, segments=f"[{word}]", touchpoints=f"{{{word}1: off, off: q2}}")
    )
    assert made.levels(word) == ["01", "02"]
    assert made.touchpoints["touchpoint"].tolist() == [f"{word}1", "off"]


def test_codes_that_are_words_are_states(tmp_path):
    frame = FRAME.assign(q1=["no", "NULL", "12:30:00", "011"] * 10)
    scales = "{s: {min: 1, max: 7, no_answer: [no, NULL], not_used: [12:30:00], not_asked: [011]}}"
    states = cx.read_study(write(tmp_path, frame, scales=scales)).state("shop")
    assert states.tolist()[:4] == ["no_answer", "no_answer", "not_used", "not_asked"]


@pytest.mark.parametrize(("typed", "value"), [("true", True), ("False", False), ("yes", True)])
@pytest.mark.parametrize("key", ["simulated", "panel"])
def test_a_truth_is_read_where_a_key_asks_for_one(tmp_path, key, typed, value):
    assert getattr(cx.read_study(write(tmp_path, **{key: typed})).codebook, key) is value


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"report": "{min_cell: true}"}, "whole number of at least 2"),
        ({"report": "{min_cell: yes}"}, "whole number of at least 2"),
        ({"report": "{min_cell: 1}"}, "whole number of at least 2"),
        ({"report": "{min_cell: 0}"}, "whole number of at least 2"),
        ({"report": "{min_cell: -10}"}, "whole number of at least 2"),
        ({"report": "{min_cell: 9.5}"}, "whole number of at least 2"),
        ({"report": "{min_cell: .inf}"}, "whole number of at least 2"),
        ({"report": "{min_cell: 1e400}"}, "whole number of at least 2"),
        ({"report": "{min_cell: 0x10}"}, "whole number of at least 2"),
        ({"report": "{min_cell: 12:30}"}, "whole number of at least 2"),
        ({"report": "{verbatims: true}"}, "write a whole number"),
        ({"schema": "true"}, "write a whole number"),
        ({"simulated": "sim"}, "write true or false"),
        ({"scales": "{s: {min: 1, max: 7, reverse: não}}"}, "write true or false"),
        ({"scales": "{s: {min: 1, max: .inf}}"}, "write a number"),
        ({"scales": "{s: {min: .nan, max: 7}}"}, "write a number"),
        ({"scales": "{s: {min: true, max: 7}}"}, "write a number"),
        ({"scales": "{s: {min: 1, max: '7,5'}}"}, "with a decimal point"),
        ({"touchpoints": "{shop: {experience: q1, reliability: true}}"}, "write a number"),
        ({"touchpoints": "{shop: {experience: q1, reliability: .nan}}"}, "write a number"),
        ({"fieldwork": "{start: 20260301}"}, "write dates as YYYY-MM-DD"),
        ({"fieldwork": "{start: 1/3/2026}"}, "write dates as YYYY-MM-DD"),
        ({"fieldwork": "{start: 2026-02-30}"}, "write dates as YYYY-MM-DD"),
        ({"fieldwork": "{start: true}"}, "write dates as YYYY-MM-DD"),
    ],
)
def test_what_is_no_number_truth_or_day_is_refused(tmp_path, keys, told):
    with pytest.raises(cx.StudyError, match=told):
        cx.read_study(write(tmp_path, **keys))


def test_a_call_is_held_to_the_same_types():
    call = {"touchpoints": {"t": "q1"}, "scales": {"s": {"min": np.int64(1), "max": 7}}}
    assert cx.Study.from_frame(FRAME, **call, report={"min_cell": 5}).codebook.report.min_cell == 5
    for wrong in (True, 1, 2.5, float("nan"), float("inf"), "true"):
        with pytest.raises(cx.StudyError, match="report.min_cell"):
            cx.Study.from_frame(FRAME, **call, report={"min_cell": wrong})


def test_a_number_that_begins_with_0_is_said_where_it_has_no_quotes(tmp_path):
    """Other programs take 01 for 1: who reads the file elsewhere would filter by another code."""
    kept = "[{column: seg, not_in: [01]}]"
    fault = only(write(tmp_path, include=kept), "warning")
    assert (fault["value"], fault["fix"]) == ("01", 'write "01"')
    assert cx.read_study(tmp_path).n == N / 2
    quoted = write(tmp_path, include=kept.replace("01", "'01'"))
    assert cx.check_study(quoted).empty and cx.read_study(quoted).n == N / 2


@pytest.mark.parametrize("value", ["1e400", "-1e400", "1e16", "inf", "-Infinity", "nan", "NaN"])
@pytest.mark.parametrize("column", ["spend", "w", "q1"])
def test_a_number_that_is_not_finite_is_an_error_with_its_row(tmp_path, column, value):
    if (column, value) == ("w", "1e16"):
        return  # any unit of weights is sound
    frame = FRAME.astype({column: object})
    frame.loc[5, column] = value
    fault = only(write(tmp_path, frame, weight="{column: w, kind: sampling}"))
    assert (fault["file"], fault["column"], fault["rows"]) == ("a.csv", column, "7")
    assert fault["value"] == value and fault["fix"]


@pytest.mark.parametrize("number", [np.inf, -np.inf, 1e308])
def test_a_frame_holds_finite_numbers_too(number):
    frame = FRAME.assign(spend=[number, *FRAME["spend"][1:]])
    outcomes = {"spend": {"kind": "amount", "column": "spend"}}
    with pytest.raises(cx.StudyError, match="column 'spend', row 0"):
        cx.Study.from_frame(frame, {}, outcomes, scales={"s": {"min": 1, "max": 7}})


@pytest.mark.parametrize(
    ("level", "fix"),
    [
        ("O2", "did you mean '02'?"),
        ("2", "did you mean '02'?"),
        ("Norht ", "did you mean 'north'?"),
        ("nort", "did you mean 'north'?"),
        ("12", "list it too, recode it, or leave it out"),
    ],
)
@pytest.mark.parametrize("key", ["segments", "waves"])
def test_a_level_that_is_not_listed_is_an_error(tmp_path, key, level, fix):
    seg = FRAME["seg"].where(FRAME.index % 4 > 1, "north")
    seg[[3, 8]] = level
    keys = {"segments": "{seg: {levels: {01: One, '02': Two, north: North}}}"}
    if key == "waves":
        keys = {"segments": "[]", "wave": "seg", "waves": "['01', '02', north]"}
    fault = only(write(tmp_path, FRAME.assign(seg=seg), **keys))
    assert (fault["file"], fault["column"], fault["rows"]) == ("a.csv", "seg", "5, 10")
    assert (fault["value"], fault["fix"]) == (level.strip(), fix)


def test_many_levels_that_are_not_listed_are_one_error(tmp_path):
    frame = FRAME.assign(seg=FRAME["id"])
    fault = only(write(tmp_path, frame, segments="{seg: {levels: {a: A}}}"))
    assert (fault["n"], fault["value"]) == (N, "p0, p1, p2")


def test_a_level_may_be_blank_recoded_or_left_out(tmp_path):
    seg = ["", "03", "04", "01", "02"] * 8
    listed = "{seg: {levels: {'01': One, '02': Two}}}"
    more = {"recode": "{seg: {'03': '01'}}", "include": "[{column: seg, not_in: ['04']}]"}
    made = cx.read_study(write(tmp_path, FRAME.assign(seg=seg), segments=listed, **more))
    assert made.levels("seg") == ["01", "02"]


@pytest.mark.parametrize("typed", ["NFC", "NFD"])
@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_a_level_is_one_however_its_accents_are_written(tmp_path, suffix, typed):
    forms = [unicodedata.normalize(form, "Pós") for form in ("NFC", "NFD")]
    frame = FRAME.assign(seg=forms * (N // 2))
    word = unicodedata.normalize(typed, "Pós")
    write(
        tmp_path,
        responses=f"{{file: b.{suffix}}}",
        segments=f"{{seg: {{levels: {{{word}: Post}}}}}}",
        include=f"[{{column: seg, in: [{word}]}}]",
    )
    to = {"csv": frame.to_csv, "xlsx": frame.to_excel, "parquet": frame.to_parquet}[suffix]
    to(tmp_path / f"b.{suffix}", index=False)
    made = cx.read_study(tmp_path)
    assert made.segments["seg"].value_counts().to_dict() == {"Pós": N} and not made.notices


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("O1", "did you mean '01'?"),
        ("1", "did you mean '01'?"),
        ("'01 x'", "did you mean '01'?"),
        ("zzz", "compare its spelling with the data, or take it out"),
        ("03", "compare its spelling with the data, or take it out"),
    ],
)
@pytest.mark.parametrize(
    "keys",
    [
        {"include": "[{{column: seg, not_in: [{name}]}}]"},
        {"include": "[{{column: seg, in: ['01', '02', {name}]}}]"},
        {"recode": "{{seg: {{{name}: '01'}}}}"},
        {"segments": "{{seg: {{levels: {{'01': One, '02': Two, {name}: Three}}}}}}"},
    ],
)
def test_a_name_that_stands_nowhere_is_said_with_the_nearest(tmp_path, keys, name, fix):
    keys = {key: typed.format(name=f"'{name.strip(chr(39))}'") for key, typed in keys.items()}
    fault = only(write(tmp_path, **keys), "warning")
    assert (fault["value"], fault["fix"]) == (name.strip("'"), fix)


@pytest.mark.parametrize("given", [{"personal_data": "[seg]", "segments": "[]"}])
def test_no_answer_of_a_personal_column_is_given_as_the_nearest(tmp_path, given):
    fault = only(write(tmp_path, include="[{column: seg, not_in: [O1]}]", **given), "warning")
    assert "01" not in fault["fix"]


TOTALS = ["Média", "MEDIA", "Total", "Total geral", "Subtotal", "Mean", "Average", "Soma:", "Base"]
TOTALS += ["Grand total", "Overall", "Total (n=40)", "Desvio padrão", "Std. deviation", " total "]


@pytest.mark.parametrize(("word", "place"), zip(TOTALS, [0, 17, N - 1] * 5, strict=True))
def test_a_row_that_sums_up_is_said(tmp_path, word, place):
    frame = FRAME.assign(id=FRAME["id"].where(FRAME.index != place, word))
    fault = only(write(tmp_path, frame), "warning")
    assert (fault["problem"], fault["rows"]) == ("is this row a total?", str(place + 2))
    left_out = f"[{{column: id, not_in: ['{word.strip()}']}}]"
    assert cx.check_study(write(tmp_path, frame, include=left_out)).empty


def test_a_total_is_found_where_respondents_have_no_id(tmp_path):
    frame = FRAME.drop(columns="id").assign(label=[*[""] * (N - 1), "Média"])
    (tmp_path / "study.yml").touch()
    fault = only(write(tmp_path, frame, respondent=""), "warning")
    assert (fault["column"], fault["value"]) == ("label", "Média")


def test_a_comment_that_is_not_declared_is_no_total(tmp_path):
    frame = FRAME.assign(why=["Total falta de respeito", *[""] * (N - 1)])
    assert cx.check_study(write(tmp_path, frame)).empty


@pytest.mark.parametrize("word", ["Totalmente", "Mediana Silva", "Basel", "Média", "Sumaré"])
def test_a_level_is_no_total(tmp_path, word):
    frame = FRAME.assign(seg=[word, "x"] * (N // 2))
    assert cx.check_study(write(tmp_path, frame)).empty


@pytest.mark.parametrize(
    "keys",
    [
        {"touchpoints": "{shop: q1, web: q1}"},
        {"touchpoints": "{shop: q1, web: q1|q2}"},
        {"touchpoints": "{shop: q1, web: nps}"},
        {"touchpoints": "{shop: {experience: q1, expectation: nps}}"},
        {"touchpoints": "{shop: {experience: q1, emotion: nps}}"},
        {"outcomes": "{r: {kind: score, column: q1}}"},
        {"outcomes": "{r: {kind: score, columns: [q2, q1]}}", "touchpoints": "{shop: q1|q2}"},
        {"outcomes": "{a: {kind: nps, column: nps}, b: {kind: nps, column: nps}}"},
    ],
)
def test_a_column_answers_one_question(tmp_path, keys):
    with pytest.raises(cx.StudyError, match="plays several roles"):
        cx.read_study(write(tmp_path, **keys))


def test_one_expectation_may_be_asked_for_several_touchpoints(tmp_path):
    points = "{shop: {experience: q1, expectation: e}, web: {experience: q2, expectation: e}}"
    assert cx.read_study(write(tmp_path, FRAME.assign(e=FRAME["q1"]), touchpoints=points)).n == N


@pytest.mark.parametrize("name", ["a.csv", "./a.csv", "copy.csv", "a.xlsx", "again.parquet"])
@pytest.mark.parametrize("wave", [", wave: of {}", ""])
def test_the_same_answers_are_not_two_waves(tmp_path, name, wave):
    """The same file, under another name of it, copied, or saved in another format."""
    frame = FRAME.drop(columns="w")
    frame.to_csv(tmp_path / "copy.csv", index=False, lineterminator="\r\n")
    frame.to_excel(tmp_path / "a.xlsx", index=False)
    frame.to_parquet(tmp_path / "again.parquet")
    files = [f"{{file: {one}{wave.format(one)}}}" for one in ("a.csv", name)]
    with pytest.raises(cx.StudyError, match="the same answers as in a.csv"):
        cx.read_study(write(tmp_path, frame, responses=f"[{', '.join(files)}]"))


DAMAGED = {
    "amount_1e400": ("error", "1e400"),
    "octal_filter": ("warning", "01"),
    "filter_that_matches_nobody": ("warning", "did you mean '01'"),
    "undeclared_level": ("error", "did you mean '02'"),
    "min_cell_true": ("error", "a whole number of at least 2"),
    "same_column_for_two_touchpoints": ("error", "'q1'"),
    "outcome_as_touchpoint": ("error", "'sat'"),
    "same_file_as_two_waves": ("error", "the same answers"),
    "mean_row_rounded": ("warning", "Média"),
    "trust/study": ("error", "outside the study's folder"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_study_is_refused_or_said(shared, name):
    severity, told = DAMAGED[name]
    table = cx.check_study(shared / "cases" / "damaged" / name)
    assert table["severity"].tolist() == [severity] and told in table.to_string()
