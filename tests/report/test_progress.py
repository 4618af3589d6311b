"""Progress: a bar where someone watches, lines where they are asked for, silence elsewhere."""

from __future__ import annotations

import io
import sys

from cxlab.report import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def watched(stream: io.StringIO, monkeypatch) -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    with progress.told(True, 3) as tell:
        for number in range(1, 4):
            tell(f"[{number}/3] done")
        tell("a word on the side")
    return stream.getvalue()


def test_a_bar_in_a_terminal_with_the_time_left(monkeypatch):
    """Protects the one who waits: how many are done, and the lines of those that are."""
    said = watched(Terminal(), monkeypatch)
    assert "3/3" in said and "[2/3] done" in said and "a word on the side" in said and "report" in said


def test_silence_elsewhere(monkeypatch, capsys):
    """Protects a log from a thousand pictures of a bar."""
    assert watched(io.StringIO(), monkeypatch) == "" and capsys.readouterr() == ("", "")


def test_lines_and_nothing():
    """Protects who asks for lines, or for none."""
    lines: list[str] = []
    with progress.told(lines.append, 1) as tell:
        tell("[1/1] done")
    assert lines == ["[1/1] done"]
    with progress.told(None, 1) as tell:
        tell("[1/1] done")
