"""The columns of an export, one after the other: what each seems to be, how its answers are
distributed, and a person's word on it, saved as study.yml.
"""

from collections.abc import Sequence
from html import escape
from pathlib import Path

import ipywidgets

from cxlab.errors import CxlabError
from cxlab.show.words.wording import Wording, explain

_WHY = ("not_used", "no_answer", "not_asked")
_WIDTH = {"width": "34em", "max_width": "100%"}


def explore_codebook(
    export: Path | str | Sequence[Path | str], out: Path | str = "study", *, language: str = "en"
) -> ipywidgets.Widget:
    """Look through an export: each column with its guess and its answers; confirm or correct its
    role, its scale and its codes for no rating, and save study.yml.

    Parameters
    ----------
    export : path or str, or a list of them
        As in `draft_study`.
    out : path or str
        Folder of the study; nothing in it is overwritten.
    language : str
        A language of reports, such as "pt-BR".

    Returns
    -------
    ipywidgets.Widget
        Led with Tab and the arrow keys.

    Examples
    --------
    >>> import tempfile
    >>> import cxlab as cx
    >>> folder = cx.write_study(cx.simulate_study(60, seed=1), tempfile.mkdtemp())
    >>> explorer = cx.exports.explore_codebook(folder / "responses.csv", tempfile.mkdtemp())
    >>> type(explorer).__module__.split(".")[0]
    'ipywidgets'
    """
    import cxlab  # an explorer stands where a notebook does, in front of the face

    return _Codebook(cxlab.exports, export, out, Wording(language)).box


class _Codebook:
    """The draft as it stands, and the controls that change it."""

    def __init__(self, room, export, out, _: Wording) -> None:
        self.room, self._, self.draft = room, _, room.guess_export(export)
        names = [guess.column for guess in self.draft.guesses]
        style = {"style": {"description_width": "9em"}, "layout": _WIDTH}
        shown = [(f"{i}. {name[:80]}", name) for i, name in enumerate(names, 1)]
        self.column = ipywidgets.Dropdown(description=_("Column"), options=shown, **style)
        roles = [(role or _("Not used"), role) for role in room.ROLES]
        self.role = ipywidgets.Dropdown(description=_("Seems to be"), options=roles, **style)
        self.low = ipywidgets.FloatText(description=_("Lowest rating"), **style)
        self.high = ipywidgets.FloatText(description=_("Highest rating"), **style)
        self.reverse = ipywidgets.Checkbox(description=_("The lowest is the best"), **style)
        self.codes = {why: ipywidgets.Text(description=_.word(why), **style) for why in _WHY}
        self.right = ipywidgets.Button(description=_("Confirm"))
        self.folder = ipywidgets.Text(description=_("Folder"), value=str(out), **style)
        self.save = ipywidgets.Button(description=_("Save"))
        self.answers, self.said = ipywidgets.HTML(layout=_WIDTH), ipywidgets.HTML()
        self.column.observe(lambda _change: self.load(), names="value")
        self.right.on_click(lambda _button: self.decide())
        self.save.on_click(lambda _button: self.write())
        scale = [self.low, self.high, self.reverse, *self.codes.values()]
        head, foot = [self.column, self.answers, self.role], [self.right, self.folder, self.save]
        self.box = ipywidgets.VBox([*head, *scale, *foot, self.said])
        self.load()

    def load(self) -> None:
        """Show the column that is chosen."""
        guess = next(one for one in self.draft.guesses if one.column == self.column.value)
        kind = guess.value.get("kind") or guess.value.get("role") if "scale" in guess.value else ""
        role = f"{guess.key}, {kind}" if kind else guess.key
        self.role.value = role if role in self.room.ROLES else ""
        if scale := guess.value.get("scale"):
            self.low.value, self.high.value = scale.low, scale.high
            self.reverse.value = scale.reverse
        for why, field in self.codes.items():
            held = scale.missing.items() if scale else ()
            field.value = "; ".join(code for code, reason in held if reason == why)
        self.answers.value = self.room.column_page(
            self.draft, guess.column, language=self._.language
        )

    def decide(self) -> None:
        """Take what the controls say for a person's word, and go on to the next column."""
        codes = {
            code.strip(): why
            for why, field in self.codes.items()
            for code in field.value.split(";")
            if code.strip()
        }
        scale = {"low": self.low.value, "high": self.high.value, "reverse": self.reverse.value}
        name = self.column.value
        self.draft = self.room.decide(self.draft, name, self.role.value, **scale, missing=codes)
        if self.column.index + 1 < len(self.column.options):
            self.column.index += 1
        else:
            self.load()

    def write(self) -> None:
        """Write the files; where that is refused, say why."""
        _ = self._
        try:
            folder = self.room.write_draft(self.draft, self.folder.value, language=_.language)
        except CxlabError as error:
            self.said.value = escape(explain(error, _))
        else:
            self.said.value = escape(_("Written to {folder}", folder=str(folder)))
