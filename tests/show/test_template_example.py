"""The worked example of docs/how-to/template.md: its steps make the report that they promise."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from nbformat.v4 import new_code_cell

import cxlab as cx
from cxlab.__main__ import main

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "how-to" / "template.md"


@pytest.fixture(scope="module")
def steps() -> str:
    """The page."""
    return PAGE.read_text(encoding="utf-8")


def sections_of(page: str) -> list[str]:
    return re.findall(r'<h2 id="(\w+)"', page)


def test_the_steps_of_the_page_make_the_report_that_they_promise(steps, tmp_path):
    """Protects the consultant who follows them: a cell deleted, one moved, one added, then the very
    command.
    """
    (path,) = re.findall(r"`cp (templates/\S+) our_report.ipynb`", steps)
    notebook = json.loads((ROOT / path).read_text(encoding="utf-8"))
    deleted, moved, above, below = re.findall(r"(?:cell with|one with) `(page\.[^…]+)…\)`", steps)
    cells = notebook["cells"]

    def place(start: str) -> int:
        (found,) = (at for at, one in enumerate(cells) if start in "".join(one["source"]))
        return found

    del cells[place(deleted)]
    held = cells.pop(place(moved))
    cells.insert(place(above), held)
    added = new_code_cell(re.search(r"```python\n(.*?)```", steps, re.S)[1].strip())
    cells.insert(place(below) + 1, added)
    (tmp_path / "our_report.ipynb").write_text(json.dumps(notebook), encoding="utf-8")

    (command,) = re.findall(r"`cxlab (report data/\S+ --out reports --template \S+)`", steps)
    cx.write_study(cx.simulate_study(150, seed=1), tmp_path / "study")
    study, out, template = (str(tmp_path / one) for one in ("study", "out", "our_report.ipynb"))
    given = {"data/quadrante": study, "reports": out, "our_report.ipynb": template}
    words = [given.get(word, word) for word in command.split()]
    assert main(words) == 0
    for language, title in {"en": "Which moments", "pt-BR": "Quais momentos"}.items():
        page = (tmp_path / "out" / "study" / f"report.{language}.html").read_text("utf-8")
        found = sections_of(page)
        assert "voices" not in found and title in page and "<figure>" in page.split(title)[1]
        assert found.index("segments") < found.index("metrics")
        assert found.index("moments") == found.index("drivers") + 1
