"""The draft tells ratings, recommendations, pairs, codes for no rating and personal data."""

from __future__ import annotations

import random
from collections import Counter
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
import yaml

from cxlab.study.codebook.schema import Responses
from cxlab.study.exports.draft.draft import guess_columns
from cxlab.study.exports.draft.guesses import legend, missing_reason, number_in
from cxlab.study.exports.draft.worded import on_words, place_of
from cxlab.study.exports.table import Column, Table
from tests.study.exports import draft_counts, held_out, unseen

WORDED = yaml.safe_load(Path(__file__).with_name("worded.yml").read_text("utf-8"))
# Precision and recall that issue 15 asks for.
WANTED = {"nps": (0.98, 0.9), "scales": (0.98, 0.9), "pairs": (0.98, 0.9), "missing": (0.95, 0.9)}


def table_of(tool: str = "", labels: dict | None = None, **cells: list) -> Table:
    """A table with one column a name; `labels` by the name of the column."""
    frame = pd.DataFrame({name: [*map(str, held)] for name, held in cells.items()}, dtype=object)
    held = labels or {}
    columns = tuple(
        Column(name, i, name, "", held.get(name, {})) for i, name in enumerate(frame, 1)
    )
    return Table("a.csv", frame, "", ".", "", Responses(file="a.csv"), "csv", tool, columns)


def guess_of(table: Table, name: str):
    return next(guess for guess in guess_columns(table).guesses if guess.column == name)


def reached(counts: Counter) -> list[str]:
    """What falls short of the precision and recall that are wanted."""
    short = []
    for kind, (precision, recall) in WANTED.items():
        right, wrong, missed = (counts[kind, one] for one in ("right", "wrong", "missed"))
        if right < precision * (right + wrong) or right < recall * (right + missed):
            short.append(f"{kind}: {right} right, {wrong} wrong, {missed} missed")
    right, missed = counts["personal", "right"], counts["personal", "missed"]
    return short + ([f"personal: {missed} missed"] if right < 0.99 * (right + missed) else [])


# Of the exports that nobody had seen, half of the pairs were missed at first sight. Of 44 others
# (precision/recall): NPS 1/.91, scales .89/.86, pairs 1/.79, missing .88/.79, personal .93/.97;
# once mended 1/1 for all, personal .94/1. Of 66 more in three rounds the precision of scales was
# .95 to .98 before they were mended.
UNSEEN = {"nps": 27, "scales": 360, "pairs": 60, "missing": 300, "personal": 41}
ROUNDS = {"nps": 69, "scales": 868, "pairs": 280, "missing": 1060, "personal": 200}


@pytest.mark.parametrize(
    ("exports", "least"),
    [
        (held_out.exports, {}),
        (unseen.exports, UNSEEN),
        (partial(unseen.exports, "rounds.yml"), ROUNDS),
    ],
    ids=["made", "unseen", "rounds"],
)
def test_guesses_are_right_on_made_exports_in_three_languages(exports, least):
    counts: Counter = Counter()
    for table, truth in exports():
        open_ = {*draft_counts.positions(truth.get("open"))}
        found = draft_counts.compare(draft_counts.told(truth), draft_counts.guessed(table), open_)
        counts.update((kind, verdict) for kind, verdict, _ in found)
    print(draft_counts.table(counts))
    assert reached(counts) == []
    assert not [kind for kind, n in least.items() if counts[kind, "right"] < n]


def test_guesses_are_right_on_real_exports(shared):
    files = draft_counts.files_in([shared / "data", shared / "cases" / "exports"])
    counts = draft_counts.count(files, draft_counts.read, show=True)
    print(draft_counts.table(counts))
    assert reached(counts) == []


@pytest.mark.parametrize(
    ("worst", "best"),
    [
        ("Discordo em parte", "Concordo"),
        ("Very dissatisfied", "Somewhat dissatisfied"),
        ("Nada satisfecho", "Poco satisfecho"),
        ("Ni de acuerdo ni en desacuerdo", "De acuerdo"),
        ("Not very likely", "Somewhat likely"),
        ("Péssimo", "Ruim"),
        ("Raramente", "Às vezes"),
    ],
)
def test_words_of_a_scale_have_their_order(worst, best):
    assert place_of(worst)[1] < place_of(best)[1]


@pytest.mark.parametrize("words", WORDED["scales"], ids=lambda words: words[0])
def test_scales_of_real_questionnaires_are_read_whole_and_in_order(words):
    scale = on_words(dict.fromkeys(words, 40))
    assert scale.points == (1, len(words))
    assert [*scale.labels.values()] == words


def test_answers_that_are_no_ratings_are_told_from_those_that_are():
    found = {why: [*map(missing_reason, held)] for why, held in WORDED["missing"].items()}
    assert {why: {*reasons} for why, reasons in found.items()} == {why: {why} for why in found}
    assert {*map(missing_reason, WORDED["ratings"])} == {""}


@pytest.mark.parametrize(
    ("question", "codes"),
    [
        ("Se você não utiliza o canal, marque 99.", {"99": "not_used"}),
        ("(1 = very low, 7 = very high, 8 = did not use)", {"8": "not_used"}),
        ("1 a 10; 98 = Não sabe e 99 = não respondeu", {"98": "no_answer", "99": "no_answer"}),
        (
            "(AO01 = muy mal … AO05 = muy bien; AO06 = no sabe; AO07 = no lo utilizo)",
            {"AO06": "no_answer", "AO07": "not_used"},
        ),
        ("Use 98 para 'não se aplica' e 99 para 'não sabe'", {"98": "not_used", "99": "no_answer"}),
        ("N/A = 9, DK = 8", {"9": "not_used", "8": "no_answer"}),
        ("NS = não soube responder; NU = não usou", {"NS": "no_answer", "NU": "not_used"}),
        ("Del 1 al 5, 1 muy malo … 5 muy bueno; ponga 0 si no lo usó", {"0": "not_used"}),
        ("(0 = não recomendaria, 10 = com certeza), nos últimos 6 meses", {}),
    ],
)
def test_a_question_tells_what_its_codes_mean(question, codes):
    assert legend(question) == codes


@pytest.mark.parametrize(
    ("question", "is_verdict"),
    [
        ("How often did nurses listen carefully to you?", True),
        ("Com que frequência os médicos explicaram o tratamento?", True),
        ("trato/explico_con_palabras_claras", True),
        ("How often do you visit the library?", False),
        ("Com que frequência você usa as áreas de lazer?", False),
        ("¿Con qué frecuencia compras por internet?", False),
    ],
)
def test_how_often_is_a_verdict_on_others_and_a_habit_of_oneself(question, is_verdict):
    words = ["always", "usually", "sometimes", "never"] * 30
    table = table_of(**{"nps": [i % 11 for i in range(120)], question: words})
    assert (guess_of(table, question).scale is not None) == is_verdict


def test_among_the_words_of_a_scale_an_answer_of_ones_own_is_none():
    words = ["Good", "Great", "OK", "Bad", "I'm not a member"] * 20
    scale = guess_of(
        table_of(**{"How good is our programme?": words}), "How good is our programme?"
    )
    assert scale.value["scale"].missing == {"I'm not a member": "not_used"}


def test_a_point_that_nobody_chose_has_its_place():
    scale = on_words(
        {"Strongly agree": 3, "Agree": 1, "Neither agree nor disagree": 1, "Strongly Disagree": 1}
    )
    assert scale.points == (1, 5)
    assert scale.labels == {
        1: "Strongly Disagree", 3: "Neither agree nor disagree", 4: "Agree", 5: "Strongly agree",
    }  # fmt: skip


def test_codes_are_rated_by_the_words_that_the_question_spells_for_them():
    ends = "¿Cómo valora la app? (AO01 = muy bien … AO03 = muy mal; AO04 = no sabe)"
    each = "Satisfaction (VS = very satisfied, S = satisfied, N = neutral, D = dissatisfied)"
    codes = {ends: ["AO01", "AO02", "AO03", "AO04"] * 20, each: ["VS", "S", "N", "D"] * 20}
    first, second = (guess_of(table_of(**codes), name).scale for name in codes)
    assert first.points == (1, 3) and first.reverse and first.missing == {"AO04": "no_answer"}
    assert second.labels == {2: "D", 3: "N", 4: "S", 5: "VS"}


@pytest.mark.parametrize(
    ("words", "points"),
    [
        (["Raramente", "Às vezes", "Frequentemente", "Sempre"], 5),
        (
            ["Not at all important", "Slightly important", "Very important", "Extremely important"],
            5,
        ),
        (["2 stars", "3 stars", "4 stars"], 5),
        (["Never", "Rarely", "Often", "Always"], 4),
        (["Not important", "Slightly important", "Moderately important", "Very important"], 4),
    ],
)
def test_of_a_known_ladder_the_step_that_nobody_chose_is_added(words, points):
    assert on_words(dict.fromkeys(words, 40)).points == (1, points)


@pytest.mark.parametrize(
    ("words", "lowest"),
    [
        (["Muito importante", "Importante", "Indiferente", "Pouco importante"], 2),
        (["Muy importante", "Importante", "Indiferente", "Nada importante"], 1),
        (["Very likely", "Likely", "Undecided", "Unlikely"], 2),
    ],
)
def test_below_the_middle_stand_as_many_steps_as_above(words, lowest):
    scale = on_words(dict.fromkeys(words, 40))
    assert scale.points == (1, 5) and scale.labels[lowest] == words[-1]
    assert [scale.labels[at] for at in (5, 4, 3)] == words[:3]


def test_below_a_little_that_few_chose_may_stand_nothing():
    words = {"Muy satisfecho": 20, "Satisfecho": 30, "Algo satisfecho": 20, "Poco satisfecho": 2}
    scale = on_words(words)
    assert scale.points == (1, 5) and scale.confidence < 0.9  # a person is asked
    assert on_words(words | {"Poco satisfecho": 20}).points == (1, 4)


def test_between_two_that_were_chosen_no_word_of_another_question_is_added():
    five = ["Excellent", "Very good", "Good", "Fair", "Poor"]
    four = [word for word in five if word != "Very good"]
    table = table_of(**{"Please rate: Food": four * 25, "How good is the shop?": five * 20})
    assert guess_of(table, "Please rate: Food").scale.points == (1, 4)


def test_that_somebody_would_not_recommend_is_an_end_and_no_absence():
    ends = {"1": "Não recomendaria", "10": "Recomendaria com certeza", "99": "Não respondeu"}
    cells = [2, 5, 6, 7, 8, 9, 10, 10, 1, 99] * 12
    scale = guess_of(table_of(labels={"RECOM": ends}, RECOM=cells), "RECOM").scale
    assert scale.points == (1, 10) and scale.missing == {"99": "no_answer"}


def test_labels_of_a_file_are_all_of_its_scale():
    """Protects excellent, good, fair and poor from the very good of another question."""
    four = {"1": "Excellent", "2": "Good", "3": "Fair", "4": "Poor"}
    five = {"1": "Excellent", "2": "Very good", "3": "Good", "4": "Fair", "5": "Poor"}
    table = table_of(labels={"q1": four, "q2": five}, q1=[*"1234"] * 25, q2=[*"12345"] * 20)
    assert guess_of(table, "q1").scale.points == (1, 4)


def test_codes_of_yes_and_no_are_no_ratings():
    ends = {"staff": "12345", "shop": "54321", "price": "31524"}
    held = {f"{one}_{end}": [*ends[one]] * 20 for one in ends for end in "ep"}
    held |= {f"{one}_channel": [*"12"] * 50 for one in ends}
    table = table_of(**held)
    assert not any(guess_of(table, f"{one}_channel").scale for one in ends)


def test_what_a_tool_writes_for_a_question_not_shown_was_not_asked():
    draw = random.Random(6)
    asked = {f"How was our bus? [{one}]": [] for one in ("Speed", "Driver", "Price")}
    for row in range(90):
        for cells in asked.values():
            cells.append("N/A" if row % 5 == 0 else str(draw.randint(1, 5)))
    asked["How was our bus? [Price]"][7] = "NS"
    scale = guess_of(table_of(**asked), "How was our bus? [Price]").scale
    assert scale.missing == {"N/A": "not_asked", "NS": "no_answer"}


def test_words_of_another_question_tell_the_step_that_nobody_chose():
    whole = ["Péssimo", "Ruim", "Regular", "Bom", "Ótimo"]
    table = table_of(**{"Como avalia a loja?": whole * 20, "Como avalia o site?": whole[1:] * 25})
    assert guess_of(table, "Como avalia o site?").scale.points == (1, 5)


def test_a_word_that_nobody_knows_among_ratings_is_no_answer():
    """Protects a block from being dropped for the mark that one agency has for a blank."""
    answers = ["5", "4", "3", "2", "1"] * 12
    asked = {
        f"Nota: {item}": [*answers, *["PNR"] * (3 * place)] for place, item in enumerate("abc")
    }
    table = table_of(**{name: held[:60] for name, held in asked.items()} | {"id": [*range(60)]})
    assert guess_of(table, "Nota: a").scale.points == (1, 5)
    strange = table_of(**{f"Nota: {item}": answers[:52] + ["PNR"] * 8 for item in "abc"})
    assert guess_of(strange, "Nota: b").scale.missing == {"PNR": "no_answer"}


@pytest.mark.parametrize(
    ("most", "n", "points"), [(6, 200, (1, 6)), (9, 300, (1, 9)), (6, 40, (1, 7)), (9, 40, (1, 10))]
)
def test_a_scale_may_end_at_6_or_9_where_many_give_its_end(most, n, points):
    draw = random.Random(2)
    held = {f"Nota: {one}": [draw.randint(1, most) for _ in range(n // 3)] for one in "abc"}
    assert guess_of(table_of(**held), "Nota: a").scale.points == points


def test_labels_of_missing_codes_alone_are_no_groups():
    held = {f"s_{one}": ["0", "3", "7", "9", "10", "97"] * 10 for one in ("price", "staff", "app")}
    labels = dict.fromkeys(held, {"97": "No lo usa", "98": "NS", "99": "NC"})
    scale = guess_of(table_of(labels=labels, **held), "s_staff").scale
    assert scale.points == (0, 10) and scale.missing == {"97": "not_used"}


def test_a_column_beside_ratings_with_answers_like_theirs_is_rated_too():
    draw = random.Random(4)
    asked = ["Satisfaction with the staff", "Cleanliness", "Satisfaction with the price"]
    held = {one: [draw.randint(1, 10) for _ in range(80)] for one in asked}
    guess = guess_of(table_of(**held), "Cleanliness")
    assert guess.scale.points == (1, 10) and guess.confidence < 0.9  # a person is asked


@pytest.mark.parametrize(
    ("question", "points"),
    [
        ("Slider: Modern (0 = does not describe at all, 100 = describes perfectly)", (0, 100)),
        ("Overall rating (1-20)", (1, 20)),
        ("Employees (1-20)", None),
    ],
)
def test_a_long_scale_is_one_where_a_rating_is_asked_for(question, points):
    rng = random.Random(3)
    table = table_of(**{question: [rng.randint(1, (points or (1, 20))[1]) for _ in range(80)]})
    scale = guess_of(table, question).scale
    assert (scale and scale.points) == points


def test_a_question_that_spells_every_code_has_no_other_points():
    """Insufficient, sufficient, good and very good: no fifth is on the other side."""
    question = "Menção - Ensino (I=Insuficiente; S=Suficiente; B=Bom; MB=Muito Bom)"
    table = table_of(**{question: ["I", "S", "B", "MB", "B"] * 12})
    assert guess_of(table, question).scale.points == (1, 4)


def test_letters_are_grades_where_a_grade_is_asked_for():
    letters = ["A", "B", "C", "D", "F"] * 12
    table = table_of(**{"Grade for the pool": letters, "Which store?": letters})
    told = {guess.column: guess for guess in guess_columns(table).guesses}
    assert told["Grade for the pool"].scale.labels[5] == "A"
    assert told["Which store?"].key == "segments"


def test_a_question_goes_on_with_the_one_before():
    asked = {"How many stars would you give the coffee?": "12345" * 12}
    asked |= {"…and the cakes?": "54321" * 12}
    table = table_of(**{one: [*answers] for one, answers in asked.items()})
    assert guess_of(table, "…and the cakes?").value["role"] == "experience"


def test_what_was_computed_from_other_columns_is_not_rated():
    draw = random.Random(5)
    asked = {
        f"{side}_{item}": [draw.randint(1, 7) for _ in range(60)]
        for side in ("expected", "experienced")
        for item in ("speed", "staff", "price")
    }
    wanted, felt = ([*asked.values()][:3], [*asked.values()][3:])
    made = {"gap_speed": [b - a for a, b in zip(wanted[0], felt[0], strict=True)]}
    made["mean_experienced"] = [round(sum(row) / 3, 2) for row in zip(*felt, strict=True)]
    made["total_expected"] = [sum(row) for row in zip(*wanted, strict=True)]
    expected = [sum(row) / 3 for row in zip(*wanted, strict=True)]
    made["mean_expected"] = [round(one, 2) for one in expected]
    means = zip(expected, zip(*felt, strict=True), strict=True)
    made["gap"] = [round(sum(row) / 3 - one, 2) for one, row in means]  # rounded once more
    draft = guess_columns(table_of(**asked, **made))
    told = {guess.column: guess for guess in draft.guesses}
    assert all(told[name].scale for name in asked)
    assert {told[name].key for name in made} == {""}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("Não se aplica", "not_used"),
        ("Nunca usei", "not_used"),
        ("No lo he usado", "not_used"),
        ("Unfamiliar (N/A)", "not_used"),
        ("NS/NR", "no_answer"),
        ("Prefiero no responder", "no_answer"),
        ("Don’t know", "no_answer"),
        ("9 - Não utilizou", "not_used"),
        ("Não aplicável", "not_used"),
        ("Did not have any", "not_used"),
        ("Não tinha expectativa", "no_answer"),
        ("[Question not asked]", "not_asked"),
        ("-9 Refused", "no_answer"),
        ("Paso de contestar", "no_answer"),
        ("1 - None", ""),
        ("Satisfeito", ""),
        ("Nenhum problema", ""),
    ],
)
def test_words_for_no_rating_say_why(answer, why):
    assert missing_reason(answer) == why


def test_a_number_is_read_before_and_after_its_words():
    texts = ["10 - Extremely likely", "Extremely likely - 10", "7 – Totalmente satisfeito"]
    assert [number_in(text) for text in texts] == [10, 10, 7]
    assert all(number_in(text) != number_in(text) for text in ("18-24", "2-5 years", "5+ years"))


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        ([0, 10, 9, 3, 8], "nps"),
        ([1, 2, 3, 4, 5] * 6, "score"),
        ([1] * 6 + [4, 7, 9, 10, 10, 2, 5, 8] * 3, "score"),
        ([0, 1, 1, 0, 1, 1], None),  # no and yes are no points
    ],
)
def test_a_recommendation_is_nps_on_0_to_10_only(cells, kind):
    table = table_of(id=[*range(len(cells))], recomendaria=cells)
    assert guess_of(table, "recomendaria").value.get("kind") == kind


def test_a_column_of_groups_is_no_nps_and_names_the_question():
    table = table_of(Q3_NPS_GROUP=[1, 2, 3, 3, 1], Q3=[5, 7, 10, 9, 0])
    assert guess_of(table, "Q3_NPS_GROUP").key == "group"
    assert guess_of(table, "Q3").value["kind"] == "nps"


def test_a_code_at_the_end_of_a_scale_is_told_by_who_gave_it():
    made = held_out.Made("ends", n=400)
    for i in range(5):
        made.rated(f"Q7{'ABCDE'[i]}X", [1, 2, 3, 4, 5], {"6": ("not_used", 0.1 + 0.1 * i)})
    scale = guess_of(made.table(), "Q7AX").value["scale"]
    assert scale.points == (1, 5) and scale.missing == {"6": "not_used"}
    plain = held_out.Made("plain", n=400)
    for i in range(5):
        plain.rated(f"rating_{i}", [1, 2, 3, 4, 5, 6, 7, 8, 9])
    assert guess_of(plain.table(), "rating_0").value["scale"].missing == {}


def test_a_ranking_a_count_and_a_nominal_code_are_no_ratings():
    ranks = [[1, 2, 3, 4, 5], [2, 1, 4, 5, 3], [5, 4, 3, 2, 1]] * 4
    cells = {f"satisf_{i}": [row[i] for row in ranks] for i in range(5)}
    age, place = [1, 2, 3, 4, 5, 5] * 2, {"1": "Norte", "2": "Sul", "3": "Leste", "4": "Oeste"}
    table = table_of(labels={"q9": place}, idade=age, q9=[1, 2, 3, 4] * 3, **cells)
    assert not [guess for guess in guess_columns(table).guesses if "scale" in guess.value]


def test_a_scale_whose_low_code_is_best_is_reversed():
    labels = {"q1": {"1": "Muito satisfeito", "2": "Satisfeito", "3": "Insatisfeito"}}
    assert guess_of(table_of(labels=labels, q1=[1, 2, 3, 1]), "q1").value["scale"].reverse


@pytest.mark.parametrize(
    "name",
    [
        "E-mail",
        "Nome completo",
        "CPF",
        "Celular",
        "IPAddress",
        "LocationLatitude",
        "Fecha de nacimiento",
        "RecipientFirstName",
        "Dirección",
        "Apellidos",
    ],
)
def test_headers_of_personal_data_are_known(name):
    assert guess_of(table_of(**{name: ["x", "y", "z"]}), name).key == "personal_data"


@pytest.mark.parametrize(
    "cells",
    [
        ["ana@x.com.br", "-", "b@y.org"],
        ["529.982.247-25", "111.444.777-35"],
        ["(11) 98765-4321"] * 3,
        ["130.92.34.66", ""],
    ],
)
def test_answers_that_tell_who_somebody_is_are_known_without_a_header(cells):
    assert guess_of(table_of(campo=cells), "campo").key == "personal_data"


def test_a_product_name_is_no_person():
    assert guess_of(table_of(product_name=["A", "B", "A"]), "product_name").key != "personal_data"
