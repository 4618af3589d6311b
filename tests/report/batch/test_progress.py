"""Progress: a bar where someone watches, lines where they are asked for, silence elsewhere."""

from __future__ import annotations

import html
import io
import re
import sys
import time

import nbclient
import nbformat

from cxlab.report.batch import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def watched(stream: io.StringIO, monkeypatch) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with progress.line_writer(True, 3) as tell:
        for number in range(1, 4):
            time.sleep(0.15)  # a bar is drawn ten times a second at most
            tell(f"[{number}/3] done")
        tell("a word on the side")
    return stream.getvalue()


def test_a_bar_in_a_terminal_with_the_time_left(monkeypatch):
    """Protects the one who waits: how many are done, and the lines of those that are."""
    said = watched(Terminal(), monkeypatch)
    assert re.search(r"2/3 \[\d\d:\d\d<\d\d:\d\d,", said), "passed, and left"
    assert (
        "3/3" in said and "[2/3] done" in said and "a word on the side" in said and "report" in said
    )


def test_a_bar_in_a_notebook_with_the_time_left():
    """Protects who works in a notebook: a bar of its own there, the time left in it, and the lines
    of what is done, with no terminal about.
    """
    source = (
        "import time\nfrom cxlab.report.batch import progress\n"
        "with progress.line_writer(True, 2) as tell:\n"
        "    tell('[1/2] alfa')\n    time.sleep(0.15)\n    tell('[2/2] beta')"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nbclient.NotebookClient(notebook, kernel_name="python3", timeout=60).execute()
    bars, lines = notebook.cells[0].outputs
    assert (
        "0/2" in bars.data["text/plain"] and "application/vnd.jupyter.widget-view+json" in bars.data
    )
    assert lines.text == "[1/2] alfa\n[2/2] beta\n"
    held = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
    words = [
        html.unescape(one["state"]["value"]).replace("\u2007", " ")
        for one in held
        if one["model_name"] == "HTMLModel"
    ]
    assert any(re.search(r"2/2 \[\d\d:\d\d<\d\d:\d\d,", word) for word in words), words


def test_silence_elsewhere(monkeypatch, capsys):
    """Protects a log from a thousand pictures of a bar."""
    assert watched(io.StringIO(), monkeypatch) == "" and capsys.readouterr() == ("", "")


def test_lines_and_nothing():
    """Protects who asks for lines, or for none."""
    lines: list[str] = []
    with progress.line_writer(lines.append, 1) as tell:
        tell("[1/1] done")
    assert lines == ["[1/1] done"]
    with progress.line_writer(None, 1) as tell:
        tell("[1/1] done")
