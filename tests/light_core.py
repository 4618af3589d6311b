"""Run by an interpreter that has cxlab and what `pip install cxlab` brings, and nothing else: what
works there, and what is said of the rest. Prints one JSON object (tests/test_light_core.py).
"""

import contextlib
import io
import json
import sys
from pathlib import Path

import pandas as pd

import cxlab as cx
from cxlab.__main__ import main
from cxlab.extras import EXTRAS

# What a notebook of statistics does.
study = cx.read_study("sample:aurora")
gaps = cx.gap_scores(study)
fit = cx.fit_loyalty(study)
shares = cx.importance(fit, n_boot=50)
words = cx.say(shares, language="pt-BR")
cx.plot(shares).save("shares.svg")
cx.plot(gaps).save("gaps.png")
cx.table(gaps).to_excel("gaps.xlsx")
cx.table(gaps).to_latex("gaps.tex")
page = cx.Page(study, ["en", "pt-BR"], seed=1, n_boot=50)
shown = page(cx.gap_scores)
shown_page = page.section("gaps", shown.say(), shown.plot(), shown.table())._repr_mimebundle_()
cx.write_study(cx.simulate_study(60, seed=1, design="learn"), "made")


def command(*words: str) -> dict:
    """The exit code of a command, and what it said."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    return {"code": code, "out": out.getvalue(), "err": err.getvalue()}


def refusal(call) -> str:
    """What is said of a call that needs an extra; an ImportError and one of ours."""
    try:
        call()
    except (cx.CxlabError, ImportError) as error:
        return str(error)
    return ""


def of_file(name: str, start: bytes) -> list[str]:
    """What the check says, in two languages, of answers in a file of another program."""
    folder = Path(name)
    folder.mkdir()
    (folder / name).write_bytes(start + bytes(600))
    (folder / "study.yml").write_text(f"schema: 1\nclient: A\nresponses: {{file: {name}}}\n")
    return [command("check", name, "--language", one)["out"] for one in ("en", "pt-BR")]


def with_a_note() -> None:
    cx.write_study(cx.simulate_study(60, seed=1, design="learn"), "noted")
    Path("noted/notes").mkdir()
    Path("noted/notes/gaps.en.md").write_text("Mind *this*.")
    noted = cx.Page(cx.read_study("noted"), ["en"], seed=1, n_boot=20)
    noted.section("gaps", noted(cx.gap_scores).say())._repr_mimebundle_()


frame = pd.DataFrame({"why": ["muito boa a loja"] * 40, "plan": ["a", "b"] * 20, "q": 5})
told = {
    "check": command("check", "sample:aurora"),
    "draft": command("draft", "sample:aurora/responses.csv", "--out", "drafted"),
    "report": command("report", "sample:aurora", "--out", "reports"),
    "lab": command("lab"),
    "sav": of_file("answers.sav", b"$FL2"),
    "xls": of_file("answers.xls", bytes.fromhex("d0cf11e0a1b11ae1")),
    "events": command("check", "sample:jatoba", "--language", "pt-BR"),
    "render_studies": refusal(lambda: cx.render_studies(["sample:aurora"], "reports")),
    "explore": refusal(lambda: cx.explore),
    "explore_codebook": refusal(lambda: cx.exports.explore_codebook),
    "paths": refusal(lambda: cx.events.paths(cx.read_study("sample:jatoba"))),
    "keyness": refusal(lambda: cx.comments.keyness(cx.read_study("sample:quadrante"), "why")),
    "from_dask": refusal(lambda: cx.drivers.Moments.from_dask(frame, ["q"])),
    "to_markdown": refusal(lambda: cx.table(gaps).to_markdown()),
    "note": refusal(with_a_note),
}
told["words"], told["html"] = (
    [str(one) for one in words],
    sorted(shown_page[0] if isinstance(shown_page, tuple) else shown_page),
)
told["loaded"] = sorted(
    {name.partition(".")[0] for name in sys.modules}
    & {module for _, modules in EXTRAS.values() for module in modules}
)
print(json.dumps(told))
