"""Explorers and lessons in a real JupyterLab, in a real browser."""

from __future__ import annotations

import ast
import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest

from tests.browser.conftest import keep
from tests.waiting import PATIENCE, until

# Playwright counts in milliseconds.
PATIENT = 1000 * PATIENCE


# Every explorer in each language, of two clients: Aurora tells money, Ipê has constructs and
# classes.
LANGUAGES = ("en", "pt-BR")
EXPLORERS = [
    "import cxlab as cx; study = cx.read_study('data/aurora')",
    "cx.explore.nps_error(language={language})",
    "what_if = cx.explore.what_if(study, language={language}); what_if",
    "cx.explore.disclosure(language={language})",
    "cx.explore.surface(study, language={language})",
    "cx.explore.drivers(study, language={language})",
    "cx.explore.journey(study, language={language})",
    "ipe = cx.read_study('data/ipe')",
    "cx.explore.segments(ipe, language={language}, n_boot=50)",
    "cx.explore.constructs(ipe, language={language}, n_boot=100)",
]
# What each says at first, and what its controls are called, in the order of EXPLORERS.
SAID = {
    "en": [
        "it takes",
        "these NPS points",
        "would tell a hidden group",
        "respondents lie",
        "n_boot=200",
        "journey_map(study, cx.fit_loyalty",
        "fall into 3 profiles",
        "importance_performance(",
    ],
    "pt-BR": [
        "são necessárias",
        "pontos de NPS",
        "revelaria um grupo oculto",
        "respondentes estão",
        "n_boot=200",
        "journey_map(study, cx.fit_loyalty",
        "se dividem em 3 perfis",
        "importance_performance(",
    ],
}
NAMES = {
    "en": {
        "answers": "Answers",
        "promoters": "Promoters, %",
        "of 1000": "of 1,000 answers",
        "care": "Customer care",
        "least": "Least answers of a group",
        "nothing hidden": "nothing has to be hidden",
        "profiles": "Profiles",
        "construct": "Construct",
        "ready": "The answer is ready.",
    },
    "pt-BR": {
        "answers": "Respostas",
        "promoters": "Promotores, %",
        "of 1000": "de 1.000 respostas",
        "care": "Atendimento",
        "least": "Mínimo de respostas por grupo",
        "nothing hidden": "nada precisa ser ocultado",
        "profiles": "Perfis",
        "construct": "Construto",
        "ready": "A resposta está pronta.",
    },
}


@pytest.fixture(scope="module")
def lab(root, tmp_path_factory):
    """A JupyterLab of its own: own port, settings, workspace and copies of the notebooks and
    data.
    """
    home = tmp_path_factory.mktemp("lab")
    for folder in ("notebooks", "data"):
        shutil.copytree(root / folder, home / "work" / folder)
    for name, explorer in (
        ("gap_models", "surface"),
        ("loyalty_drivers", "drivers"),
        ("journey", "journey"),
        ("from_an_export", "explore_codebook"),
    ):
        leave(home / "work" / "notebooks" / "research" / f"{name}.ipynb", explorer)
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"}}
    for language in LANGUAGES:
        sources = [source.format(language=repr(language)) for source in EXPLORERS]
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
        nbformat.write(notebook, home / "work" / f"{language}.ipynb")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # Cells out of sight are left out of the page unless windowing is off, and a test looks at all
    # of them.
    for name, text in {
        "apputils-extension/notification": '{"fetchNews": "false", "checkForUpdates": false}',
        "notebook-extension/tracker": '{"windowingMode": "none"}',
    }.items():
        file = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(text)
    env = os.environ | {
        f"JUPYTER_{kind}_DIR": str(home / kind.lower()) for kind in ("CONFIG", "DATA", "RUNTIME")
    }
    env |= {
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "IPYTHONDIR": str(home / "ipython"),
    }
    command = [
        sys.executable,
        "-m",
        "jupyterlab",
        "--no-browser",
        f"--port={port}",
        "--ServerApp.port_retries=0",
        "--IdentityProvider.token=",
        "--ServerApp.allow_root=True",
        f"--ServerApp.root_dir={home / 'work'}",
    ]
    server = subprocess.Popen(
        command,
        env=env,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        assert until(lambda: answers(f"http://127.0.0.1:{port}/api"))
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


def leave(path: Path, explorer: str) -> None:
    """Leave of a notebook the cell of an explorer and those that it rests on: all of them run, and
    say nothing on stderr, with the other notebooks.
    """
    notebook = nbformat.read(path, as_version=4)
    wanted, cells = {explorer}, []
    for cell in reversed([cell for cell in notebook.cells if cell.cell_type == "code"]):
        nodes = [*ast.walk(ast.parse(cell.source))]
        names = [node for node in nodes if isinstance(node, ast.Name)]
        made = {node.id for node in names if isinstance(node.ctx, ast.Store)}
        made |= {node.asname or node.name for node in nodes if isinstance(node, ast.alias)}
        made |= {explorer} & {
            node.attr
            for node in nodes
            if isinstance(node, ast.Attribute)
            and getattr(node.value, "attr", "") in ("explore", "exports")
        }
        if made & wanted:
            wanted |= {node.id for node in names if isinstance(node.ctx, ast.Load)}
            cells.insert(0, cell)
    notebook.cells = cells
    nbformat.write(notebook, path)


def answers(url: str) -> bool:
    try:
        urllib.request.urlopen(url, timeout=2).close()
    except OSError:
        return False
    return True


# Every code cell that has something in it carries a number, and none is waiting.
ALL_RAN = """() => {
  const cells = [...document.querySelectorAll('.jp-Notebook .jp-CodeCell')];
  const prompts = cells.map(c => c.querySelector('.jp-InputPrompt').innerText.trim());
  return prompts.length > 0 && prompts.every(p => /^\\[\\d+\\]:$/.test(p));
}"""


# What of an answer runs out of its cell.
BEYOND = """box => {
  const edge = box.closest('.jp-OutputArea-output').getBoundingClientRect().right;
  const shown = [...box.querySelectorAll('p, img, table')];
  return shown.filter(one => one.getBoundingClientRect().right > edge).length;
}"""


# Whether an answer on the page says this.
SAYS = """words => [...document.querySelectorAll('.cx-answer')].some(
  one => one.innerText.includes(words))"""


def run_all(browser, url: str):
    page = browser.new_page(viewport={"width": 1150, "height": 1000})
    page.goto(url + "?reset")
    # The indicator says idle before there is a kernel; the status bar names the kernel that is.
    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENT)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    page.wait_for_function(ALL_RAN, timeout=PATIENT)
    return page


def test_explorer_follows_its_sliders(lab, browser):
    page = run_all(browser, f"{lab}/lab/tree/notebooks/research/gap_models.ipynb")
    assert (
        page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count()
        == 0
    )
    handle = page.locator(".noUi-handle").nth(1)
    handle.scroll_into_view_if_needed(timeout=PATIENT)
    answer = page.locator(".cx-answer")
    page.wait_for_function(SAYS, arg="95% interval", timeout=PATIENT)
    before = answer.inner_text()
    assert "95% interval" in before
    handle.focus()
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    page.wait_for_function(SAYS, arg="experience 4.8", timeout=PATIENT)
    after = answer.inner_text()
    assert after != before and "95% interval" in after
    keep(page, "explorer")
    page.close()


def test_explorer_of_drivers_is_led_by_the_keyboard(lab, browser):
    """Every choice is reached by Tab and made by an arrow key; its ranking stands beside the first
    one, a refusal gives its reason, and nothing runs out of the cell.
    """
    page = run_all(browser, f"{lab}/lab/tree/notebooks/research/loyalty_drivers.ipynb")
    assert (
        page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count()
        == 0
    )
    choices = page.locator(".jupyter-widgets.widget-dropdown select")
    choices.first.scroll_into_view_if_needed(timeout=PATIENT)
    assert choices.count() == 6
    answer = page.locator(".cx-answer")
    page.wait_for_function(SAYS, arg="n_boot=200", timeout=PATIENT)
    assert (
        "All touchpoints together explain" in answer.inner_text()
        and "Rank at first" not in answer.inner_text()
    )
    choices.nth(3).focus()
    page.keyboard.press("End")
    page.wait_for_function(SAYS, arg="Rank at first", timeout=PATIENT)
    assert "top three" in answer.inner_text()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert choices.nth(1).evaluate("choice => choice === document.activeElement")
    page.keyboard.press("End")  # a random intercept, in a study that has no accounts
    page.wait_for_function(SAYS, arg="Not shown:", timeout=PATIENT)
    page.keyboard.press("Home")
    page.wait_for_function(SAYS, arg="Rank at first", timeout=PATIENT)
    assert answer.evaluate(BEYOND) == 0
    choices.first.evaluate("one => one.scrollIntoView()")
    page.wait_for_timeout(800)
    keep(page, "drivers")
    page.close()


def test_explorer_of_a_journey_shows_the_group_that_is_chosen(lab, browser):
    """The map follows the keyboard, its call stands below it, and nothing runs out of the cell."""
    page = run_all(browser, f"{lab}/lab/tree/notebooks/research/journey.ipynb")
    choices = page.locator(".jupyter-widgets.widget-dropdown select")
    choices.first.scroll_into_view_if_needed(timeout=PATIENT)
    assert choices.count() == 3
    answer = page.locator(".cx-answer")
    page.wait_for_function(SAYS, arg="fit_loyalty", timeout=PATIENT)
    whole = answer.inner_text()
    assert "The journey on one map" in whole and "by=" not in whole
    answer.locator("img.wide").first.scroll_into_view_if_needed(timeout=PATIENT)
    page.wait_for_timeout(800)
    keep(page, "journey")
    choices.nth(1).focus()
    page.keyboard.press("End")  # the channels, each with its touchpoints
    page.wait_for_function(SAYS, arg='by="channel"', timeout=PATIENT)
    groups = choices.nth(2).evaluate("one => [...one.options].map(each => each.text)")
    assert groups[:2] == ["Computer", "Phone"] and len(groups) == 5
    assert answer.evaluate(BEYOND) == 0
    page.close()


def test_explorer_of_an_export_takes_a_person_s_word(lab, browser):
    """Of the column that is chosen the guess and the answers are shown, and what is saved is
    said.
    """
    page = run_all(browser, f"{lab}/lab/tree/notebooks/research/from_an_export.ipynb")
    choices = page.locator(".jupyter-widgets.widget-dropdown select")
    choices.first.scroll_into_view_if_needed(timeout=PATIENT)
    choices.first.select_option(index=6)  # the first experience
    answer = page.locator(".jupyter-widgets .widget-html-content").first
    page.wait_for_function(
        "one => one.innerText.includes('to 7')", arg=answer.element_handle(), timeout=PATIENT
    )
    assert answer.evaluate(BEYOND) == 0
    page.wait_for_timeout(800)
    keep(page, "codebook")
    page.locator(".jupyter-widgets.widget-button", has_text="Save").click()
    page.wait_for_function(
        "document.querySelector('.jp-Notebook').innerText.includes('Written to')", timeout=PATIENT
    )
    page.close()


# The handles of sliders that have no name, and the pictures that have no words.
NAMELESS = """() => [
  ...[...document.querySelectorAll('.cx-explorer [role=slider]')].filter(
    one => one.getAttribute('aria-label') !==
      one.closest('.cx-slider').querySelector('label').innerText),
  ...[...document.querySelectorAll('.cx-answer img')].filter(one => !one.alt.trim()),
].length"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_explorers_are_labelled_in_each_language_and_fit_a_narrow_cell(lab, browser, language):
    """Every control is reached by its words and led by the keyboard, handles of sliders too; the
    answers say what was chosen, that they are ready is spoken, and nothing runs out of a cell half
    as wide.
    """
    names = NAMES[language]
    page = run_all(browser, f"{lab}/lab/tree/{language}.ipynb")
    for words in SAID[language]:
        page.wait_for_function(SAYS, arg=words, timeout=PATIENT)
    page.wait_for_function(f"({NAMELESS})() === 0", timeout=PATIENT)
    assert page.locator(".cx-explorer [role=slider]").count() > 10
    assert page.locator(".cx-answer img.wide").count() > 3
    answers = page.get_by_label(names["answers"], exact=True)
    answers.fill("1000")
    page.keyboard.press("Tab")
    promoters = page.get_by_label(names["promoters"], exact=True)
    assert promoters.first.evaluate("one => one === document.activeElement")
    page.wait_for_function(SAYS, arg=names["of 1000"], timeout=PATIENT)
    spoken = page.get_by_role("status").filter(has_text=names["ready"])
    assert spoken.count() == page.locator(".cx-explorer").count()
    page.keyboard.press("Tab")  # the handle beside the field
    handle = page.get_by_role("slider", name=names["promoters"], exact=True)
    assert handle.evaluate("one => one === document.activeElement")
    before = page.locator(".cx-answer").first.inner_text()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        "before => document.querySelector('.cx-answer').innerText !== before",
        arg=before,
        timeout=PATIENT,
    )
    for control in page.locator(".cx-explorer :is(input, select)").all():
        assert control.evaluate("one => one.labels.length && one.labels[0].innerText.trim()")
    care = page.get_by_role("spinbutton", name=names["care"], exact=True)
    care.fill("0.5")
    care.press("Enter")
    page.wait_for_function(SAYS, arg="'care': 0.5", timeout=PATIENT)
    page.get_by_label(names["least"], exact=True).fill("4")
    page.keyboard.press("Tab")
    page.wait_for_function(SAYS, arg=names["nothing hidden"], timeout=PATIENT)
    page.get_by_label(names["profiles"], exact=True).focus()
    page.keyboard.press("Home")
    page.wait_for_function(SAYS, arg="classes=2", timeout=PATIENT)
    page.get_by_label(names["construct"], exact=True).focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_function(SAYS, arg='n_boot=100), "content")', timeout=PATIENT)
    page.set_viewport_size({"width": 760, "height": 1000})
    page.wait_for_function("!document.querySelector('.cx-answer img.wide').offsetParent")
    assert page.evaluate(NAMELESS) == 0
    for box in page.locator(".cx-explorer").all():
        assert box.evaluate("one => one.scrollWidth <= one.clientWidth")  # tables scroll within
    page.close()


def test_lesson_runs_in_jupyterlab(lab, browser):
    page = run_all(browser, f"{lab}/lab/tree/notebooks/learn/en/05_gap_scores_can_mislead.ipynb")
    assert (
        page.locator(".jp-RenderedText[data-mime-type='application/vnd.jupyter.stderr']").count()
        == 0
    )
    picture = page.locator("figure img").first
    picture.scroll_into_view_if_needed(timeout=PATIENT)
    page.wait_for_timeout(800)
    assert picture.evaluate("image => image.naturalWidth") > 0
    keep(page, "lesson")
    page.close()
