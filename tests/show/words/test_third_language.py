"""A language is a data file and a catalogue, and nothing else in the package names one."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from babel.messages.pofile import read_po, write_po

import cxlab
from cxlab.languages import LANGUAGES

PACKAGE = Path(cxlab.__file__).parent
# What nothing but the catalogue and the data file puts into a page stands in these marks.
MARKED = re.compile(r"‹[^‹›]*›")
MAKE = """
import cxlab as cx, numpy as np, pandas as pd

rng = np.random.default_rng(1)
rated = pd.DataFrame(rng.integers(1, 8, (240, 6)), columns=["e1", "e2", "e3", "p1", "p2", "p3"])
rated["y"] = (rated["p1"] + rated["p2"]).clip(0, 10)
rated["w"] = np.where(rated.index < 120, "1", "2")
points = {f"t{i}": {"expectation": f"e{i}", "experience": f"p{i}"} for i in (1, 2, 3)}
outcomes = {"y": {"kind": "nps", "column": "y"}}
study = cx.Study.from_frame(
    rated, points, outcomes, scales={"s": {"min": 1, "max": 7}}, wave="w",
    fieldwork={"start": "2026-03-02", "end": "2026-03-28"}, report={"languages": ["eo"]},
)
page = cx.Page(study, n_boot=100)
gaps, fit = page(cx.gap_scores), page(cx.fit_loyalty)
shares, forms = page(cx.importance, fit), page(cx.compare_gap_forms)
first = page(cx.priorities, shares, page(cx.experience_scores, fit))
waves, changes = page(cx.metrics, by="wave"), page(cx.changes)
pieces = [
    page.cover(),
    page.section("metrics", page.latest(cx.metrics).cards([changes]), changes.say(), waves.say()),
    page.section("gaps", gaps.say(), gaps.plot(), gaps.table(), forms.say(), forms.plot()),
    page.section("drivers", shares.say(), shares.plot(), first.say(), first.plot(), fit.say()),
    page.question("effect", page(cx.effects, fit).whole(), fit.of("glance").say()),
    page.section("limits", page.limits(), page.flow.table()),
]
print("".join(str(piece.worded(page.reader("eo"))) for piece in pieces))
"""


def marked(words: object) -> object:
    """Text in marks, whatever holds it."""
    if isinstance(words, dict):
        return {key: marked(one) for key, one in words.items()}
    return f"‹{words}›"


@pytest.fixture(scope="module")
def third(tmp_path_factory):
    """The package with Esperanto, made of English: every message, and every word of the data file,
    in marks.
    """
    root = tmp_path_factory.mktemp("third")
    shutil.copytree(PACKAGE, root / "cxlab", ignore=shutil.ignore_patterns("__pycache__"))
    own = {**LANGUAGES["en"], "label": "label_eo", "office": "eo", "dates": ["d", "d/M", "d/M/y"]}
    own |= {key: marked(own[key]) for key in ("splits", "steps", "masks")}
    data = root / "cxlab" / "languages" / "eo.yml"
    data.write_text(yaml.safe_dump(own, allow_unicode=True), encoding="utf-8")
    locale = root / "cxlab" / "show" / "words" / "locale"
    with (locale / "pt_BR" / "LC_MESSAGES" / "cxlab.po").open("rb") as file:
        catalogue = read_po(file)
    for message in catalogue:
        if message.id:
            message.string = f"‹{message.id}›"
    (locale / "eo" / "LC_MESSAGES").mkdir(parents=True)
    with (locale / "eo" / "LC_MESSAGES" / "cxlab.po").open("wb") as file:
        write_po(file, catalogue)
    return root


def run(root: Path, *command: str) -> str:
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        [sys.executable, *command], cwd=root, env=env, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_language_has_the_same_keys():
    """Protects a reader from a file that lacks what the others have."""
    for key in ("splits", "steps", "masks"):
        assert len({frozenset(words[key]) for words in LANGUAGES.values()}) == 1, key
    assert len({frozenset(words) for words in LANGUAGES.values()}) == 1


@pytest.mark.slow
def test_a_page_in_a_third_language_says_nothing_of_its_own(third):
    """Protects from a word in the code: outside the marks a page holds ids, numbers and signs."""
    html = run(third, "-c", MAKE)
    assert html.count("‹") > 100
    words = re.sub(r"<style.*?</style>|<[^>]*>", " ", html, flags=re.DOTALL)
    words += " ".join(re.findall(r'alt="([^"]*)"', html))
    while MARKED.search(words):
        words = MARKED.sub(" ", words)
    assert {*re.findall(r"[^\W\d_]{2,}", words)} == {"study"}  # its client


@pytest.mark.slow
def test_a_study_in_a_third_language_is_checked_in_it(third, tmp_path):
    (tmp_path / "answers.csv").write_text("q1,nps\n" + "5,9\n4,6\n7,3\n2,10\n" * 10)
    (tmp_path / "points.csv").write_text("touchpoint,label_eo,experience\nshop,Butiko,q1\n")
    (tmp_path / "study.yml").write_text(
        "schema: 1\nclient: Acme\nresponses: {file: answers.csv}\ntouchpoints: points.csv\n"
        "scales: {s: {min: 1, max: 7}}\noutcomes: {recommend: {kind: nps, column: nps}}\n"
        "report: {languages: [eo]}\n"
    )
    said = run(third, "-m", "cxlab", "check", str(tmp_path), "--language", "eo")
    assert "‹0 errors›" in said and "‹sound›" in said
    code = f"import cxlab as cx; print(cx.read_study({str(tmp_path)!r}).labels('eo')['shop'])"
    assert run(third, "-c", code).strip() == "Butiko"
