"""The course: both languages are one course, every exercise is checked rightly and kindly, and
neither what is said nor what a student gets tells an answer.
"""

from __future__ import annotations

import ast
import json
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import yaml

import cxlab as cx
from cxlab.__main__ import main
from cxlab.languages import LANGUAGES
from cxlab.show.words.wording import Wording

LEARN = Path(__file__).resolve().parents[1] / "notebooks" / "learn"
COURSES = [language for language in LANGUAGES if (LEARN / language).is_dir()]
LESSONS = {language: sorted((LEARN / language).glob("[0-9]*.ipynb")) for language in COURSES}
CLASS = {"en": LEARN / "en" / "class.ipynb", "pt-BR": LEARN / "pt-BR" / "turma.ipynb"}
NUMBERS = [path.name[:2] for path in LESSONS["en"]]
ANSWERS = yaml.safe_load((LEARN / "answers.yml").read_text(encoding="utf-8"))
ODD = [
    *(None, "", "  ", [], (), set(), {}, np.nan, pd.NA, np.inf, "nan", "inf", "a word", b"bytes"),
    *([1, 2], [[1], [2, 3]], np.array(3.5e300), 10**400, 1j, True, object(), len, "1.2.3,4,5", ","),
    *(pd.Series(dtype=object), pd.DataFrame(), pd.DataFrame({"a": ["x"], "b": [1e9]}), {"x": None}),
]


def cells_of(path: Path, kind: str = "code") -> list[dict]:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell | {"text": "".join(cell["source"])} for cell in cells if cell["cell_type"] == kind]


def tags_of(cell: dict) -> list[str]:
    return cell["metadata"].get("tags", [])


def solution_of(path: Path) -> dict:
    """The names that a lesson's solution leaves, from the cells that it rests on."""
    wanted, needed = {"solved"}, []
    for cell in reversed(cells_of(path)):
        nodes = [*ast.walk(ast.parse(cell["text"]))]
        names = [node for node in nodes if isinstance(node, ast.Name)]
        made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        made |= {node.asname or node.name for node in nodes if isinstance(node, ast.alias)}
        made |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        if made & wanted:
            wanted |= {node.id for node in names if isinstance(node.ctx, ast.Load)}
            needed.insert(0, cell["text"])
    found: dict = {}
    exec(compile("\n".join(needed), path.name, "exec"), found)
    plt.close("all")
    return found


@pytest.fixture(scope="module")
def solved():
    return {path.name[:2]: solution_of(path)["solved"] for path in LESSONS["en"]}


class WithoutWords(ast.NodeTransformer):
    """Code but for its strings."""

    def visit_Constant(self, node):  # noqa: N802
        return ast.Constant("") if isinstance(node.value, str) else node

    def visit_JoinedStr(self, node):  # noqa: N802
        values = [self.visit(one) for one in node.values if not isinstance(one, ast.Constant)]
        return ast.JoinedStr(values)


def bones(source: str) -> str:
    return ast.dump(WithoutWords().visit(ast.parse(source)))


def in_every_container(value: object) -> list[object]:
    kinds = [[value], (value,), {value}, {"answer": value}, pd.Series([value]), np.array([value])]
    return [value, *kinds, pd.Index([value]), pd.DataFrame({"a": [value]})]


def right_forms(kind: str, value) -> list[object]:
    """A right answer in everything that a notebook may keep it in."""
    if kind == "number":
        value = float(value)
        exact = [np.float64(value), np.float32(value), Decimal(repr(value)), Fraction(value)]
        # four decimals: a comma before three digits could part thousands
        text = f"{value:.4f}"
        texts = [text, f" {text} ", text.replace(".", ","), text.replace("-", "−")]
        texts += [f"{text} points", f"{text} vezes", f"about {text}.", f"cerca de {text} (IC)"]
        texts += [text.replace("-", "menos ")] if value < 0 else [f"±{text}", f"+ {text}"]
        return [*in_every_container(value), *exact, *texts, np.array(value)]
    if kind == "word":
        value = str(value)
        forms = [value.upper(), f" {value} ", np.str_(value)]
        if value in ("True", "False"):
            truth = value == "True"
            forms += [truth, np.bool_(truth), int(truth), float(truth), str(int(truth))]
            forms += ["sim", "V", "verdadeira", "yes, it does"] if truth else []
            forms += [] if truth else ["Não", "F", "falso", "não, o intervalo inclui 1", "no: 0.3"]
        else:
            forms += [f"the {value}", f"a classe {value} (na tabela)", f"{value}s", f"row {value}"]
        return [*in_every_container(value), *forms]
    if kind in ("set", "order"):
        names = list(value)
        forms = [tuple(names), pd.Series(names), pd.Index(names), np.array(names)]
        forms += [", ".join(names), "; ".join(names), pd.DataFrame({"touchpoint": names})]
        forms += [dict.fromkeys(names, True), " e ".join(names), [n.upper() for n in names]]
        forms += [[f"the {name}" for name in names], pd.DataFrame({"n": 1, "sign": "+"}, names)]
        forms += [pd.DataFrame({"sign": "+", "touchpoint": names})]
        backwards = [names[::-1], set(names), frozenset(names), pd.Series(True, names[::-1])]
        return forms + backwards * (kind == "set")
    series = pd.Series(dict(value))
    texts = {f"the {name}": f"{100 * number:.2f}%" for name, number in series.items()}
    frame = series.rename("value").rename_axis("name").reset_index()
    turned = frame.iloc[::-1].reset_index(drop=True)
    commas = {name: str(number).replace(".", ",") for name, number in series.items()}
    return [series, dict(series), series[::-1], frame, turned, commas, texts, series.to_frame()]


EXERCISES = [(lesson, name) for lesson, asked in ANSWERS.items() for name in asked]


def test_every_lesson_is_there_in_every_language_and_has_its_answers():
    assert NUMBERS and [path.name[:2] for path in LESSONS["pt-BR"]] == NUMBERS == [*ANSWERS]


@pytest.mark.parametrize("number", NUMBERS)
def test_the_languages_have_the_same_code_and_the_same_tags(number):
    english, other = (
        next(path for path in LESSONS[one] if path.name.startswith(number)) for one in COURSES
    )
    for kind in ("code", "markdown"):
        here, there = cells_of(english, kind), cells_of(other, kind)
        assert [(cell["id"], cell["metadata"]) for cell in here] == [
            (cell["id"], cell["metadata"]) for cell in there
        ]
        if kind == "code":
            assert [bones(cell["text"]) for cell in here] == [bones(cell["text"]) for cell in there]
        else:
            assert not {c["text"] for c in here} & {c["text"] for c in there}


def test_the_notebook_for_a_class_is_one_in_every_language():
    here, there = (cells_of(CLASS[one]) for one in COURSES)
    assert [bones(cell["text"]) for cell in here] == [bones(cell["text"]) for cell in there]


def code_of_exercise(code: list[dict]) -> str:
    return next(cell["text"].split("  #")[0] for cell in code if "exercise" in tags_of(cell))


@pytest.mark.parametrize("number", NUMBERS)
def test_a_lesson_has_all_its_parts(number):
    path = next(path for path in LESSONS["en"] if path.name.startswith(number))
    code, text = cells_of(path), "\n".join(cell["text"] for cell in cells_of(path, "markdown"))
    for part in ("## Predict", "by hand", "with the library", "prediction", "## What a manager"):
        assert part.casefold() in text.casefold(), part
    assert "## Exercise" in text and "**Sources.**" in text
    tags = [tag for cell in code for tag in tags_of(cell)]
    tags = [tag for tag in tags if tag != "parameters"]  # of a file that papermill may give
    assert tags[0] == "exercise" and set(tags[1:]) == {"solution"}
    taught = [cell["text"] for cell in code if not tags_of(cell)]
    assert any("assert " in one for one in taught)  # by hand and by the library: the same number
    assert any("plt.show()" in one or ".plot(" in one for one in taught)
    texts = [cell["text"].split("  #")[0] for cell in code]
    written, taken_up = texts.index('my_prediction = "…"'), texts.index("print(my_prediction)")
    compared = [i for i, one in enumerate(texts) if "assert " in one]
    assert written < compared[0] < taken_up < texts.index(code_of_exercise(code))
    (check,) = (one for one in taught if "cx.learn.check(" in one)
    assert f'"{number}"' in check


@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_a_right_answer_is_right_whatever_it_is_kept_in(solved, lesson, name):
    right, kind = solved[lesson][name], ANSWERS[lesson][name]["kind"]
    for form in right_forms(kind, right):
        said = cx.learn.check(lesson, **{name: form})
        assert said and said.text.endswith(": right"), (form, said)
    if kind == "number":
        within = ANSWERS[lesson][name]["within"]
        assert cx.learn.check(lesson, **{name: float(right) + 0.4 * within})
        for off in (2.1 * within, -2.1 * within):
            assert not cx.learn.check(lesson, **{name: float(right) + off})
        digits = 3 if lesson == "13" else 2  # as the lesson says beside its check
        assert cx.learn.check(lesson, **{name: round(float(right), digits)}) or lesson == "24"


def of_unit(sealed: dict) -> str:
    return next((unit for unit in ("share", "points") if sealed.get(unit)), "number")


NUMBER_ANSWERS = [
    (*one, of_unit(ANSWERS[one[0]][one[1]]))
    for one in EXERCISES
    if ANSWERS[one[0]][one[1]]["kind"] == "number"
]


@pytest.mark.parametrize(("lesson", "name", "unit"), NUMBER_ANSWERS)
def test_percent_is_right_on_the_natural_side_alone(solved, lesson, name, unit):
    right = float(solved[lesson][name])
    per_cent = 100 * right if unit == "share" else right
    text = f"{per_cent:.2f} %"
    for form in (text, text.replace(".", ","), text.replace(" %", " por cento")):
        said = cx.learn.check(lesson, **{name: form})
        if unit == "number":
            assert said.text.endswith(
                "not yet. A per cent sign divides by 100, and this number is no share."
            )
        else:
            assert said, form
    for form in (f"{per_cent / 100:.6f}%", 100 * per_cent, per_cent / 1e4):
        assert not cx.learn.check(lesson, **{name: form}), form
    assert bool(cx.learn.check(lesson, **{name: per_cent / 100})) == (unit != "number")
    assert bool(cx.learn.check(lesson, **{name: 100 * right})) == (unit == "share")


@pytest.mark.parametrize(("lesson", "name", "unit"), NUMBER_ANSWERS)
def test_rounding_is_no_error_of_method(solved, lesson, name, unit):
    right = float(solved[lesson][name])
    for digits in range(6):
        for form in (round(right, digits), f"{right:.{digits}f}", f"{right:.{digits}f} points"):
            said = cx.learn.check(lesson, **{name: form})
            text = said.text.partition("not yet. ")[2]
            empty = not any(c in "123456789" for c in str(form))
            assert said or empty or text == "Almost: give it with one more decimal.", form


@pytest.mark.parametrize(
    ("lesson", "name", "answer", "hint"),
    [
        ("01", "upper_end", 21.06, "Without the three pseudo-customers, or with 2 in place"),
        ("01", "upper_end", "21,25", "The three pseudo-customers are missing, and it is 1.96"),
        ("08", "losses_weigh_more", "talvez", "Answer True or False."),
        ("08", "losses_weigh_more", 2, "Answer True or False."),
        ("08", "losses_weigh_more", "V", "Look at the table that decides it, and at its int"),
        ("08", "loss_ratio", "5.41", "That is the single slope of the gap"),
        ("08", "loss_ratio", "between 0.9 and 1", "One number is asked for."),
        ("09", "best_foretold", "support", "Besides support itself: which other one?"),
        ("12", "class_of_app", "not basic", "Look again at what decides it; the lesson has"),
        ("12", "penalty_of_app", 5.54, "Its size is right; look at its sign."),
        ("14", "change_of_hours", 1.89, "That is what its change went with in loyalty"),
        ("21", "also_hide", "linha A", "Look again at what decides it"),
        ("24", "mean_of_support", 4.98, "Who never called is counted as content"),
        ("24", "mean_of_support", 3.43, "Who never called is counted as a 0"),
    ],
)
def test_wrong_answers_are_told_why(lesson, name, answer, hint):
    assert f"not yet. {hint}" in cx.learn.check(lesson, **{name: answer}).text


@pytest.mark.parametrize("language", COURSES)
@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_an_odd_answer_is_not_yet_right_and_no_traceback(solved, lesson, name, language):
    verdict = {"en": "not yet. ", "pt-BR": "ainda não. "}[language]
    right = solved[lesson][name]
    for odd in ODD:
        if ANSWERS[lesson][name]["kind"] == "word" and str(odd) == str(right):
            continue  # True may be right
        said = cx.learn.check(lesson, language=language, **{name: odd})
        assert not said and not said.right and verdict in said.text, odd
        words = said.text.partition(verdict)[2]
        told = [right] if not isinstance(right, (list, tuple, set)) else [*right]
        assert not any(str(one) in words.split() for one in told if not isinstance(one, bool))


@pytest.mark.parametrize(("lesson", "name"), EXERCISES)
def test_no_answer_stands_in_the_file_of_answers(solved, lesson, name):
    right, one = solved[lesson][name], ANSWERS[lesson][name]
    data = leaves(one)
    if one["kind"] == "number":
        near = [v for v in data if isinstance(v, float) and abs(v - right) < 1e-4]
        assert not near or abs(right) < 2 * one["within"]
    elif one["kind"] in ("set", "order"):
        assert not set(map(str, right)) & set(map(str, data))
    else:
        assert str(right) not in map(str, data)


def leaves(data: object) -> list[object]:
    if isinstance(data, dict):
        return [leaf for one in data.values() for leaf in leaves(one)]
    return [leaf for one in data for leaf in leaves(one)] if isinstance(data, list) else [data]


def test_hints_for_the_commonest_errors(solved):
    share = solved["03"]["share_that_met_it"]
    for answer, hint in [
        (-share, "Its size is right; look at its sign."),
        (1 - share, "That is the share that never met it."),
        ([1, 2], "One number is asked for."),
        (None, "Nothing is filled in so far."),
    ]:
        said = cx.learn.check("03", share_that_met_it=answer)
        assert said.text == f"share that met it: not yet. {hint}"
    said = cx.learn.check("04", alpha_once_turned=100 * solved["04"]["alpha_once_turned"])
    assert said.text.endswith("A factor of 100 is missing: a share or a percentage?")
    said = cx.learn.check("03", None, share, language="pt-BR")
    assert said.text == "nota média: ainda não. Ainda não há resposta.\nproporção que usou: certo"
    assert repr(said) == said.text and not said


def test_hints_name_the_other_number_of_the_same_table():
    """Of classes and path models, whose tables have several numbers that look alike."""
    classes, paths = (solution_of(LESSONS["en"][i]) for i in (21, 22))
    share = classes["solved"]["in_wrong_class"]
    entropy = classes["classes_of_6"].set_index("classes").loc[2, "entropy"]
    one = classes["each_of_6"]["misplaced"].iloc[0]
    ways, ranks = paths["ways"]["estimate"], paths["ranks"]["index"]
    for lesson, name, answer, hint in [
        ("22", "how_many", 1, "For one class the BIC is higher."),
        ("22", "in_wrong_class", 1 - share, "That is the share in the right class."),
        ("22", "in_wrong_class", entropy, "That is the entropy."),
        ("22", "in_wrong_class", one, "That is one class alone; both count, each with its"),
        ("23", "indirect_effect", ways["total"], "That is the total effect."),
        ("23", "indirect_effect", ways["direct"], "That is the direct effect."),
        ("23", "index_of_quality", ranks["satisfaction"], "That is the index of satisfaction."),
    ]:
        assert f"not yet. {hint}" in cx.learn.check(lesson, **{name: answer}).text


@pytest.mark.parametrize(
    ("lesson", "name", "change", "hint"),
    [
        ("09", "clear_drivers", lambda r: [*r][1:], "What you name belongs there, but something"),
        ("09", "clear_drivers", lambda r: [*r, "chat_face"], "Of the 5 that you name, 4 belong"),
        ("10", "top_three", lambda r: r[::-1], "These are the right ones, but in another order."),
        ("10", "top_three", lambda r: r[:2], "What you name belongs there, but something"),
        ("17", "conversions", lambda r: r | {"ask": 0.9}, "3 of 4 numbers are right."),
        ("17", "conversions", lambda r: {"ask": r["ask"]}, "1 of 4 numbers are right."),
        ("17", "conversions", lambda r: r["ask"], "A number for each name is asked for"),
        ("17", "conversions", lambda r: [*r.values()], "A number for each name is asked for"),
        ("08", "losses_weigh_more", lambda r: [r, not r], "One answer is asked for, not several."),
        ("08", "losses_weigh_more", lambda r: not r, "Look at the table that decides it"),
        ("17", "conversions", lambda r: list(r.items()), None),
        ("17", "conversions", lambda r: {k: f"{100 * v:.2f}%" for k, v in r.items()}, None),
        ("10", "top_three", lambda r: pd.Series([3, 2, 1], r), None),
    ],
)
def test_names_and_tables_are_told_what_is_missing(solved, lesson, name, change, hint):
    said = cx.learn.check(lesson, **{name: change(solved[lesson][name])})
    assert said if hint is None else f"not yet. {hint}" in said.text


def test_a_lesson_of_ones_own_is_sealed():
    sealed = cx.learn.seal("23", "answer", "number", 0.34, within=0.02, unit="share")
    assert sealed["share"] and "0.34" not in str(sealed)
    either, one = (cx.learn.seal("23", "a", "word", word) for word in (["Sim", "yes"], "sim"))
    assert set(either["right"]) == set(one["right"])
    for kind, within in (("number", None), ("table", None), ("essay", 1)):
        with pytest.raises(cx.CxlabError, match="it is one of number, word, set, order, table"):
            cx.learn.seal("23", "answer", kind, {}, within)


@pytest.mark.parametrize("lesson", [3, "3", "03", " 03 "])
def test_a_lesson_is_named_by_its_number(solved, lesson):
    assert cx.learn.check(lesson, *solved["03"].values())


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (("99", 1), "lesson '99': there are 01, 02, "),
        (("none", 1), "lesson 'none': there are 01, 02, "),
        (("03",), "lesson 03 asks for mean_experience, share_that_met_it; write check"),
        (("03", 1, 2, 3), "lesson 03 asks for mean_experience, share_that_met_it; write check"),
    ],
)
def test_a_wrong_call_says_what_is_asked(call, said):
    with pytest.raises(cx.CxlabError) as error:
        cx.learn.check(*call)
    assert str(error.value).startswith(said)


# ---- the capstone, with what somebody else asked


def run(cells: list[dict], found: dict) -> None:
    """Cells of a lesson, one after the other; the last of what each says is left in `said`."""
    for cell in cells:
        tree = ast.parse(cell["text"])
        last = tree.body[-1]
        if isinstance(last, ast.Expr):
            name = ast.Name("said", ast.Store())
            tree.body[-1] = ast.Assign([name], last.value)
        exec(compile(ast.fix_missing_locations(tree), cell["id"], "exec"), found)


@pytest.mark.parametrize(
    ("language", "file", "said"),
    [
        ("en", "jupyter_ux_2015_surveygizmo.csv", "n = 773"),
        ("pt-BR", "cncf_maintainers_2024h1_surveymonkey.csv", "n = 93"),
    ],
)
def test_the_capstone_takes_a_real_export_to_a_sentence(shared, language, file, said):
    """Once every question is decided, and not before."""
    cells = cells_of(LESSONS[language][-1])
    begin = next(i for i, cell in enumerate(cells) if "parameters" in tags_of(cell))
    found: dict = {}
    run([next(cell for cell in cells if "import cxlab" in cell["text"]), cells[begin]], found)
    assert found["real_export"] == ""
    found["real_export"] = str(shared / "data" / "exports" / file)
    rest = cells[begin + 1 :]
    run([cell for cell in rest if not tags_of(cell)], found)
    open_questions = cx.check_study(found["mine"]).query("severity == 'error'")["problem"]
    assert set(open_questions) == {"not decided yet"}
    assert found["headline"]().startswith(("Not yet", "Ainda não"))
    run([cell for cell in rest if "solution" in tags_of(cell)], found)
    assert said in str(found["said"].worded(Wording(language)))


# ---- sealed shops


def test_a_mystery_shop_keeps_its_truth_until_it_is_asked():
    shop = cx.learn.mystery_shop(5, n=80)
    truth = shop.reveal()
    assert shop.study.truth is None and (truth["coefficient"] != 0).all()
    assert not any(f"{one:.2f}" in repr(shop) for one in truth["coefficient"])
    same, other = cx.learn.mystery_shop(5, n=80), cx.learn.mystery_shop(6, n=80)
    assert same.study.responses.equals(shop.study.responses) and same.reveal().equals(truth)
    assert not other.reveal().equals(truth)
    truth["coefficient"] = 0  # a copy
    assert (shop.reveal()["coefficient"] != 0).all()


def test_the_truth_of_a_mystery_shop_is_what_was_planted():
    shop = cx.learn.mystery_shop(7, n=2000, form="performance", noise=1)
    planted = shop.reveal().query("quantity == 'experience'").set_index("touchpoint")
    found = cx.fit_loyalty(shop.study, "loyalty").params[planted.index]
    assert found.to_numpy() == pytest.approx(planted["coefficient"].to_numpy(), abs=0.15)


def test_shops_differ_in_form_and_in_what_matters():
    truths = [cx.learn.mystery_shop(number, n=5).reveal() for number in range(24)]
    assert len({frozenset(truth["quantity"]) for truth in truths}) == 5
    strongest = [
        truth.loc[truth["touchpoint"] != ""].groupby("touchpoint")["coefficient"].max().idxmax()
        for truth in truths
    ]
    assert len(set(strongest)) == 5


@pytest.mark.parametrize("number", ["three", -1, 1.5, None])
def test_a_mystery_shop_has_a_number(number):
    with pytest.raises(cx.ModelError, match="mystery_shop takes the number of a shop, not "):
        cx.learn.mystery_shop(number)


@pytest.mark.parametrize("design", ["telecom", "software", "retail", "panel"])
def test_every_design_deals_its_own_slopes_out_anew(design):
    own = cx.simulate_study(60, design=design, form="performance").truth
    shop = cx.learn.mystery_shop(2, 60, design=design, form="performance")
    own, dealt = (
        truth.query("quantity == 'experience' and coefficient != 0")
        for truth in (own, shop.reveal())
    )
    assert sorted(own["coefficient"]) == sorted(dealt["coefficient"])
    assert shop.study.truth is None and own["coefficient"].tolist() != dealt["coefficient"].tolist()


def test_a_mystery_shop_of_no_design_is_refused():
    with pytest.raises(cx.ModelError, match="design='bakery': it is one of "):
        cx.learn.mystery_shop(3, design="bakery")


# ---- copies for a class


@pytest.mark.parametrize("language", COURSES)
def test_students_get_no_solution_and_the_teacher_does(tmp_path, capsys, language):
    call = ["lessons", "--language", language, "--out"]
    assert main([*call, str(tmp_path / "class")]) == 0
    assert main([*call, str(tmp_path / "mine"), "--teacher"]) == 0
    assert f"{len(NUMBERS)} lessons" in capsys.readouterr().out
    pages = {one: (tmp_path / one / "README.md").read_text("utf-8") for one in ("class", "mine")}
    assert "--teacher" in pages["mine"] and "--teacher" not in pages["class"]
    for path in (CLASS[language], *LESSONS[language]):
        assert (tmp_path / "mine" / path.name).is_file()
    assert not (tmp_path / "class" / CLASS[language].name).exists()
    for path in LESSONS[language]:
        whole = json.loads(path.read_text(encoding="utf-8"))["cells"]
        student, teacher = (
            json.loads((tmp_path / folder / path.name).read_text(encoding="utf-8"))["cells"]
            for folder in ("class", "mine")
        )
        assert [cell["id"] for cell in teacher] == [cell["id"] for cell in whole]
        kept = [cell for cell in whole if "solution" not in tags_of(cell)]
        assert [(c["id"], c["metadata"]) for c in student] == [
            (c["id"], c["metadata"]) for c in kept
        ]
        assert "solved" not in "".join("".join(cell["source"]) for cell in student)
        assert sum("nbgrader" in cell["metadata"] for cell in student) == 2


@pytest.mark.parametrize("language", COURSES)
def test_each_student_has_a_shop_and_nothing_of_its_truth(language, tmp_path):
    code = [cell["text"] for cell in cells_of(CLASS[language])]
    made: dict = {}
    handed_out = next(i for i, text in enumerate(code) if text.startswith("truths ="))
    for text in code[: handed_out + 1]:
        text = text.replace("Path(tempfile.mkdtemp())", f"Path({str(tmp_path)!r})")
        exec(compile(text, CLASS[language].name, "exec"), made)
    truths = pd.read_csv(tmp_path / "teacher" / "truths.csv")
    assert truths["shop"].nunique() == 3 and set(truths["student"]) == {"ana", "bruno", "carla"}
    for key, own in truths.groupby("student"):
        folder = tmp_path / "students" / key
        files = {"study.yml", "responses.csv", "touchpoints.csv", "answers.yml", "shop.ipynb"}
        assert {path.name for path in folder.iterdir()} == files
        study = cx.read_study(folder)
        labels = {t: [t, t.title()] for t in study.touchpoints["touchpoint"]}
        right = made["right_answers"](study, labels)
        said = "".join(path.read_text("utf-8") for path in folder.iterdir())
        assert study.truth is None and str(own["shop"].iloc[0]) not in said
        given = {name: one[1] for name, one in right.items()} | {"largest_share": "x"}
        given["clear_drivers"] = [names[0] for names in given["clear_drivers"]]
        answers = folder / "answers.yml"
        for name, answer in given.items():
            said = cx.learn.check(key, file=answers, **{name: answer})
            assert bool(said) == (name != "largest_share"), said
        assert cx.learn.check(key, file=answers, largest_share=right["largest_share"][1][0])
        assert cx.learn.check(key, file=answers, largest_share=right["largest_share"][1][1])
        other = "bruno" if key == "ana" else "ana"
        with pytest.raises(cx.CxlabError, match=f"lesson '{other}': there are {key}$"):
            cx.learn.check(other, file=answers, nps=1)


def test_answers_of_ones_own_may_be_numbers_of_numpy(tmp_path):
    sealed = {
        "share": cx.learn.seal("mine", "share", "number", np.float64(0.34), 0.02, unit="share"),
        "n": cx.learn.seal("mine", "n", "number", np.int64(7), np.float64(0.4)),
        "table": cx.learn.seal("mine", "table", "table", pd.Series({"a": 1.5, "b": 2}), 0.1),
        "found": cx.learn.seal("mine", "found", "word", np.bool_(True)),
    }
    file = tmp_path / "answers.yml"
    file.write_text(yaml.safe_dump({"mine": sealed}), encoding="utf-8")
    table = {"a": "1,5", "b": 2}
    said = cx.learn.check("mine", file=file, share="34%", n=7, table=table, found="V")
    assert said and said.text.startswith("share: right")


def test_nobodys_work_is_overwritten(tmp_path, capsys):
    there = tmp_path / LESSONS["en"][2].name
    there.write_text("my work")
    assert main(["lessons", "--out", str(tmp_path)]) == 1
    assert f"{there.name} is there already" in capsys.readouterr().err
    assert [one.name for one in tmp_path.iterdir()] == [there.name]
    with pytest.raises(cx.CxlabError, match="no lessons in 'fr': choose one of en, pt-BR"):
        cx.learn.copy_lessons(tmp_path, "fr")
