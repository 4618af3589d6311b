"""A research notebook runs on another study than its own, by the parameters that papermill sets;
one that needs what a study did not ask says so where it reads the study.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import yaml
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

import cxlab as cx

RESEARCH = Path(__file__).resolve().parents[1] / "notebooks" / "research"
NOTEBOOKS = sorted(path.stem for path in RESEARCH.glob("*.ipynb"))
# What each is given in place of its own: studies and files by their design, choices by their name.
GIVEN: dict[str, dict[str, Any]] = {
    "actions": {"study_folder": "retail", "touchpoint": "app"},
    "constructs": {"study_folder": "insurance"},
    "from_an_export": {"export": "learn/responses.csv"},
    "gap_models": {"study_folder": "learn", "touchpoint": "delivery", "panel_folder": "panel"},
    "journey": {"study_folder": "learn", "tracker_folder": "retail", "by": "channel"},
    "loyalty_drivers": {"study_folder": "learn", "by": "channel"},
    "money": {"study_folder": "telecom", "margin": 0.2, "horizon": 6.0},
    "netnography": {"posts": 400},
    "paths": {"study_folder": "panel"},
    "segments": {"study_folder": "insurance", "most": 3},
    "voices": {"study_folder": "telecom", "coded_folder": "software", "topics": 2},
}
SIZES = {
    "learn": 150,
    "retail": 400,
    "panel": 300,
    "telecom": 300,
    "software": 60,
    "insurance": 300,
}
QUICK = {"n_boot": 50, "few_boot": 50, "tries": 2}
# Studies that lack most: nothing but a few ratings and one outcome; no stage, and more drivers than
# can be ranked; an NPS of 25 respondents alone, in Portuguese.
POOR = {"bare": 3, "long": 28, "alone": 0}
# What each needs and a study of NPS alone lacks: the key that its reason names.
NEEDS = {"constructs": "model:", "money": "money:", "paths": "events:"}
NEEDS |= {"segments": "classes:", "voices": "nenhum comentário"}
RATED = ("actions", "gap_models", "journey", "loyalty_drivers")
NEEDS |= dict.fromkeys(RATED, "ponto de contato")


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> Path:
    """Small studies of each design, as folders."""
    made = tmp_path_factory.mktemp("studies")
    for design, n in SIZES.items():
        cx.write_study(cx.simulate_study(n, seed=4, design=design), made / design)
    for name, k in POOR.items():
        write_poor(made / name, k)
    return made


def write_poor(folder: Path, k: int) -> None:
    """Two hundred answers on k experiences and one outcome, and nothing else; of none 25, in
    Portuguese.
    """
    rng = np.random.default_rng(5)
    ratings = rng.integers(1, 6, (200, 1)) + rng.integers(0, 3, (200, k))
    points = [f"t{i}" for i in range(k)]
    frame = pd.DataFrame(ratings, columns=points)
    frame["recommend"] = (ratings.sum(axis=1) / max(k, 1) + rng.normal(2, 0.7, 200)).round()
    folder.mkdir()
    frame["recommend"] = frame["recommend"].clip(0, 10)
    frame[: 200 if k else 25].to_csv(folder / "responses.csv", index=False)
    declared = {"schema": 1, "client": "Poor", "responses": {"file": "responses.csv"}}
    declared["scales"] = {"s": {"min": 1, "max": 7}} if k else {}
    declared["touchpoints"] = {name: {"experience": name, "scale": "s"} for name in points}
    declared["outcomes"] = {"recommend": {"kind": "nps", "column": "recommend"}}
    declared["report"] = {"languages": ["en" if k else "pt-BR"]}
    (folder / "study.yml").write_text(yaml.safe_dump(declared), "utf-8")


def cells(name: str, parameters: dict[str, Any]) -> list[str]:
    """The code of a notebook, with parameters as papermill sets them."""
    notebook = load_notebook_node(str(RESEARCH / f"{name}.ipynb"))
    told = next(c for c in notebook.cells if "parameters" in c.metadata.tags).source
    names = {line.partition(":")[0] for line in told.splitlines()}
    quick = {key: value for key, value in QUICK.items() if key in names}
    assert set(parameters) <= names, "only what the notebook declares"
    known = parameterize_notebook(notebook, {**quick, **parameters}).cells
    return [cell.source for cell in known if cell.cell_type == "code"]


def run(source: str, names: dict[str, Any], shown: list[str] | None = None) -> None:
    """A cell, whose last value is shown."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), names)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
        told = [repr(value), getattr(value, "_repr_html_", str)()]
        if shown is not None:
            told.append(str(getattr(value, "_repr_mimebundle_", dict)()))
            shown.append(" ".join(told))


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


@pytest.mark.parametrize("lacking", POOR)
@pytest.mark.parametrize("name", NEEDS)
def test_what_a_study_cannot_carry_is_said_in_its_place(name, lacking, folders, monkeypatch):
    """Protects him whose study has no stages, no splits, one outcome or too many touchpoints, or
    nothing of what the notebook is about: every cell gives its result or the reason, in the
    language of the study, and none of them another study's results.
    """
    monkeypatch.chdir(RESEARCH)
    read, shown, names = [], [], {"__name__": "__main__"}
    reading = cx.read_study
    monkeypatch.setattr(cx, "read_study", lambda folder: read.append(folder) or reading(folder))
    told = {"outcome": "recommend"} if name == "gap_models" else {}
    told |= {"touchpoint": "t1"} if name == "gap_models" and POOR[lacking] else {}
    for source in cells(name, placed({"study_folder": lacking, **told}, folders)):
        run(source, names, shown)
    plt.close("all")
    assert set(read) == {str(folders / lacking)}
    if lacking == "alone":
        assert NEEDS[name] in "".join(shown) and "Não apresentado" in "".join(shown)
        assert not any("Not shown" in one for one in shown)
