"""A research notebook runs on another study than its own, by the parameters that papermill sets;
one that needs what a study did not ask says so where it reads the study.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

import cxlab as cx

RESEARCH = Path(__file__).resolve().parents[1] / "notebooks" / "research"
NOTEBOOKS = sorted(path.stem for path in RESEARCH.glob("*.ipynb"))
# What each is given in place of its own: studies and files by their design, choices by their name.
GIVEN: dict[str, dict[str, Any]] = {
    "actions": {"study_folder": "retail", "touchpoint": "app"},
    "from_an_export": {"export": "learn/responses.csv"},
    "gap_models": {"study_folder": "learn", "touchpoint": "delivery", "panel_folder": "panel"},
    "journey": {"study_folder": "learn", "tracker_folder": "retail", "by": "channel"},
    "loyalty_drivers": {"study_folder": "learn", "by": "channel"},
    "money": {"study_folder": "telecom", "margin": 0.2, "horizon": 6.0},
    "netnography": {"posts": 400},
    "paths": {"study_folder": "panel"},
    "voices": {"study_folder": "telecom", "coded_folder": "software", "topics": 2},
}
SIZES = {"learn": 150, "retail": 400, "panel": 300, "telecom": 300, "software": 60}
# What they need, and a study of the design "learn" did not ask.
NEEDS = {"actions": "wave", "money": "stay", "paths": "events", "voices": "comments"}
QUICK = {"n_boot": 50, "tries": 2}


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> Path:
    """Small studies of each design, as folders."""
    made = tmp_path_factory.mktemp("studies")
    for design, n in SIZES.items():
        cx.write_study(cx.simulate_study(n, seed=4, design=design), made / design)
    return made


def cells(name: str, parameters: dict[str, Any]) -> list[str]:
    """The code of a notebook, with parameters as papermill sets them."""
    notebook = load_notebook_node(str(RESEARCH / f"{name}.ipynb"))
    told = next(c for c in notebook.cells if "parameters" in c.metadata.tags).source
    names = {line.partition(":")[0] for line in told.splitlines()}
    quick = {key: value for key, value in QUICK.items() if key in names}
    assert set(parameters) <= names, "only what the notebook declares"
    known = parameterize_notebook(notebook, {**quick, **parameters}).cells
    return [cell.source for cell in known if cell.cell_type == "code"]


def run(source: str, names: dict[str, Any]) -> None:
    """A cell, whose last value is shown."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
        repr(value)
        getattr(value, "_repr_html_", str)()


def placed(parameters: dict[str, Any], folders: Path) -> dict[str, Any]:
    """Parameters that name a study or a file of one, as paths."""
    return {
        key: str(folders / value) if key.endswith("_folder") or key == "export" else value
        for key, value in parameters.items()
    }


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_it_runs_on_another_study(name, folders, monkeypatch):
    """Protects the researcher who runs it by papermill on his own."""
    monkeypatch.chdir(RESEARCH)
    names: dict[str, Any] = {"__name__": "__main__"}
    for source in cells(name, placed(GIVEN[name], folders)):
        run(source, names)
    plt.close("all")


@pytest.mark.parametrize(("name", "lacks"), NEEDS.items())
def test_it_says_at_once_what_the_study_did_not_ask(name, lacks, folders, monkeypatch):
    """Protects him from a traceback half-way: the cells that read the study say what it lacks."""
    monkeypatch.chdir(RESEARCH)
    sources, names = cells(name, placed({"study_folder": "learn"}, folders)), {}
    reading = next(i for i, source in enumerate(sources) if "read_study(study_folder)" in source)
    with pytest.raises(cx.ModelError, match=lacks):
        for source in sources[: reading + 2]:
            run(source, names)
