"""The face is short, typed and tells where what moved has gone; its rooms are short too."""

import ast
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import cxlab as cx
from cxlab.moved import ROOMS, new_line

PACKAGE = Path(cx.__file__).parent
SCRIPT = """
import cxlab as cx

study: cx.Study = cx.read_study("data/aurora")
gaps = cx.gap_scores(study, by="region", conf_level=0.9)
fit = cx.fit_loyalty(study, "recommend")
shares = cx.importance(fit, n_boot=200, seed=1)
words: list[str] = cx.say(shares, language="pt-BR")
cx.plot(shares, kind="ranks", figsize=(6.0, 4.0)).save("ranks.svg")
cx.table(gaps).to_excel("gaps.xlsx")
page = cx.Page(study, ["en"], seed=1, n_boot=100)
shown = page(cx.gap_scores)
print(shown.reason, bool(shown), page.section("gaps", shown.say()))
print(cx.drivers.lmg(fit, n_boot=0), cx.gap.gap_points, cx.describe.item_rest)
"""


def stub_names(stub: Path) -> list[str]:
    """The names that a stub binds."""
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    lines = [one for one in tree.body if isinstance(one, ast.ImportFrom)]
    return [name.asname or name.name for line in lines for name in line.names]


def test_the_face_is_the_list_in_its_stub_and_holds_60_names_at_most():
    names = [*stub_names(PACKAGE / "__init__.pyi"), "__version__"]
    assert sorted(cx.__all__) == sorted(names) and len(names) <= 60
    for name in names:
        assert getattr(cx, name) is not None
    assert (PACKAGE / "py.typed").is_file()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_holds_20_names_at_most_all_documented(room):
    module = getattr(cx, room)
    assert 0 < len(module.__all__) <= 20
    for name in module.__all__:
        assert getattr(module, name).__doc__, name
    shared = set(module.__all__) & set(cx.__all__)
    for name in shared:
        assert getattr(module, name) is getattr(cx, name)


def test_every_public_estimator_is_on_the_face_or_in_a_room():
    public = {name for room in ROOMS for name in getattr(cx, room).__all__} | set(cx.__all__)
    marked = set()
    members = {"tidy", "glance", "dropped"}  # of a fit
    for file in (PACKAGE / "models").rglob("*.py"):
        for one in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(one, ast.FunctionDef) and any(
                ast.unparse(mark).startswith("estimator(") for mark in one.decorator_list
            ):
                marked.add(one.name)
    assert len(marked) > 30 and marked - members <= public


def test_a_name_that_moved_works_and_says_its_room():
    with pytest.warns(DeprecationWarning, match=r"cx\.item_rest is cx\.describe\.item_rest now"):
        assert cx.item_rest is cx.describe.item_rest
    with pytest.warns(DeprecationWarning, match=r"cx\.explore_drivers is cx\.explore\.drivers now"):
        assert cx.explore_drivers is cx.explore.drivers
    assert len(cx.explore.__all__) <= 20


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("attempt", r"page\(cx.gap_scores\)"),
        ("suppress_together", r"page = cx\.Page\(study"),
        ("prose", r"page\.section\("),
        ("say_gaps", r"cx\.say\(result, language=language\)"),
        ("plot_gaps", r"cx\.plot\(result\)"),
    ],
)
def test_a_name_that_is_gone_says_its_new_line(name, line):
    with pytest.raises(AttributeError, match=rf"'cxlab' has no attribute '{name}': .*{line}"):
        getattr(cx, name)
    assert new_line(name) is not None and new_line("nps") is None


def test_mypy_reads_a_users_script(tmp_path):
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")

    def checked(script: str) -> subprocess.CompletedProcess:
        options = ["--ignore-missing-imports", "--follow-imports=silent", "--no-error-summary"]
        return subprocess.run(
            [
                sys.executable,
                "-m",
                "mypy",
                *options,
                "--cache-dir",
                str(tmp_path / "cache"),
                script,
            ],
            cwd=tmp_path,
            env={"PYTHONPATH": str(PACKAGE.parent), "MYPYPATH": str(PACKAGE.parent)},
            capture_output=True,
            text=True,
        )

    good = checked("script.py")
    assert good.returncode == 0, good.stdout + good.stderr
    wrong = SCRIPT.replace("seed=1, n_boot=100", "sed=1").replace('language="pt-BR"', "language=3")
    (tmp_path / "wrong.py").write_text(wrong, encoding="utf-8")
    bad = checked("wrong.py").stdout
    assert '"sed" for "Page"' in bad and '"language" to "say"' in bad


def test_text_of_a_result_holds_what_a_reader_looks_for_first():
    with pd.option_context("display.width", 80):
        shown = repr(cx.nps(cx.simulate_study(200, seed=1)))
    head = shown.splitlines()[0].split()
    assert head[:5] == ["outcome", "metric", "estimate", "conf_low", "conf_high"] and "n" in head
