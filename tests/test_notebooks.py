"""Rules that every notebook of the project keeps: a closed set of tags, short cells, no output kept
in git.
"""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted(
    path
    for folder in ("notebooks", "templates")
    for path in (ROOT / folder).rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
TAGS = {"parameters", "hide-input", "remove-cell", "exercise", "solution"}
MOST_LINES = 12
PARAMETERS = """\
study: str = "../data/aurora"
languages: list[str] = []
seed: int = 2026
n_boot: int = 2000
benchmark: str = \"\""""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(params=NOTEBOOKS, ids=name_of)
def notebook(request):
    node = nbformat.read(request.param, as_version=4)
    nbformat.validate(node)
    return node


def test_there_is_a_report_notebook():
    assert "templates/client_report.ipynb" in [name_of(path) for path in NOTEBOOKS]


def test_tags_are_of_the_closed_set(notebook):
    found = {tag for cell in notebook.cells for tag in cell.metadata.get("tags", [])}
    assert found <= TAGS


def test_no_cell_is_long(notebook):
    long = [
        cell.source.splitlines()[0]
        for cell in notebook.cells
        if cell.cell_type == "code" and len(cell.source.splitlines()) > MOST_LINES
    ]
    assert long == []


def test_outputs_are_stripped(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
    assert not {"widgets", "papermill"} & set(notebook.metadata)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_cell_ids_are_unique(path):
    """Of the file as it stands: nbformat mends a double id while reading, each time otherwise."""
    ids = [cell["id"] for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    assert len(ids) == len(set(ids))


def test_the_report_declares_its_parameters_and_keeps_its_notes_inside():
    report = nbformat.read(ROOT / "templates" / "client_report.ipynb", as_version=4)
    assert [
        cell.source for cell in report.cells if "parameters" in cell.metadata.get("tags", [])
    ] == [PARAMETERS]
    assert all(
        "remove-cell" in cell.metadata.get("tags", [])
        for cell in report.cells
        if cell.cell_type == "markdown"
    )
