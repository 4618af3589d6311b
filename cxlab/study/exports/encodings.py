"""Bytes of a text file as letters.

A byte-order mark and valid UTF-8 prove an encoding; nothing proves cp1252 against Mac Roman, where
every byte is a letter in both. So these are scored by what their letters make of the words, and the
word that decided is shown.
"""

import codecs
import re
import unicodedata

from cxlab.errors import Fault, StudyError, said

_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
# A letter that Portuguese, Spanish, French and German write with a sign, in a word of letters.
_USUAL = set("áàâãäçéèêëíîïñóòôõöúùûüßœ")
_WORD = re.compile(r"[^\W\d_]*[^\x00-\x7f][^\W\d_]*")
# UTF-8 read byte by byte: Ã or Â before a sign that no word has there.
_BROKEN = re.compile("[ÃÂ][\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€[\x80-\xbf™œ“”¦]")
# A letter above ASCII as UTF-7 writes it.
_SEVEN = re.compile(r"\+A[A-P][A-Za-z0-9+/]-|\+A[A-P][A-Za-z0-9+/]{3,}-")
# Letters of Asian code pages are pairs of bytes, the first of which is none of ASCII; those of
# Europe stand alone among others.
_HIGH, _PAIR = re.compile(rb"[\x80-\xff]"), re.compile(rb"[\x81-\xfe][\x80-\xfe]")
MOST_SIGNS, PAIRED = 20, 0.8
SHORT_LIST = ("cp1252", "mac_roman", "latin-1")


def decoded(data: bytes, name: str, declared: str | None) -> tuple[str, str, list[Fault]]:
    """The text of a file, its encoding, and what is to be said of it.

    Raises StudyError where the declared encoding is none, or not that of the bytes.
    """
    told = next((one for mark, one in _MARKS.items() if data.startswith(mark)), None)
    if told is None and declared is None and data[1:2] == b"\0":
        told = "utf-16-le"  # which some tools write without its mark
    if declared is not None:
        return _as_declared(data, name, declared, told)
    try:
        encoding = told or "utf-8"
        text = data.decode(encoding)
        return text, encoding, _read_twice(text, name)
    except UnicodeDecodeError as error:
        if told:
            fix = "export the answers again"
            raise StudyError(_not(told, name, error, fix)) from None
    encoding, word = _likeliest(data)
    high = len(_HIGH.findall(data))
    if high >= MOST_SIGNS and len(_PAIR.findall(data)) * 2 > PAIRED * high:
        problem = "its letters could not be told: their bytes come in pairs, as in Asian code pages"
        fix = "declare `encoding:`, such as cp949, shift_jis, gb18030 or big5 (draft: --encoding)"
        return data.decode(encoding), encoding, [Fault(problem, name, fix=fix, severity="warning")]
    problem = said(
        "the bytes are not UTF-8; read as {encoding}, because of {word!r}",
        encoding=encoding,
        word=word,
    )
    fix = said("declare `encoding: {encoding}` under responses if that is right", encoding=encoding)
    return data.decode(encoding), encoding, [Fault(problem, name, fix=fix, severity="warning")]


def _as_declared(
    data: bytes, name: str, declared: str, told: str | None
) -> tuple[str, str, list[Fault]]:
    is_utf8 = declared.lower().replace("_", "-") in ("utf-8", "utf8")
    try:
        encoding = "utf-8-sig" if is_utf8 else codecs.lookup(declared).name
        text = data.decode(encoding)
    except LookupError:
        fix = "use utf-8, cp1252, latin-1, cp949 …"
        raise StudyError(Fault("no such encoding", name, value=declared, fix=fix)) from None
    except UnicodeError as error:
        other = told or _likeliest(data)[0]
        fix = said(
            "declare `encoding:` under responses, for example {other}, or leave it out", other=other
        )
        raise StudyError(_not(declared, name, error, fix)) from None
    broken = _BROKEN.search(text)
    if not is_utf8 and broken and not told:
        try:
            whole = _word_at(data.decode("utf-8"), broken.start())
        except UnicodeDecodeError:
            return text, encoding, []
        problem = said(
            "the bytes are UTF-8; as {declared} they read {word!r}",
            declared=declared,
            word=_word_at(text, broken.start()),
        )
        fix = "declare `encoding: utf-8` under responses, or leave it out"
        raise StudyError(Fault(problem, name, value=whole, fix=fix))
    return text, encoding, []


def _read_twice(text: str, name: str) -> list[Fault]:
    """A warning of letters that another program had read by the wrong encoding before."""
    broken = _BROKEN.search(text) if "Ã" in text or "Â" in text or "â" in text else None
    if broken is None:
        seven = _SEVEN.search(text) if text.isascii() and "+" in text else None
        return [_garbled(text, seven, "utf-7", name)] if seven else []
    try:
        broken[0].encode("cp1252").decode("utf-8")
    except UnicodeError:
        if not all("\x80" <= sign < "\u0100" for sign in broken[0]):
            return []
    return [_garbled(text, broken, "UTF-8", name)]


def _garbled(text: str, found: re.Match, encoding: str, name: str) -> Fault:
    problem = said("letters were lost: {encoding} was read as another encoding", encoding=encoding)
    fix = "export the answers again, or save them as UTF-8"
    row, word = text.count("\n", 0, found.start()) + 1, _word_at(text, found.start())
    return Fault(problem, name, rows=(row,), value=word, fix=fix, severity="warning")


def _not(encoding: str, name: str, error: UnicodeError, fix: str) -> Fault:
    start = getattr(error, "start", 0)
    row = getattr(error, "object", b"")[:start].count(b"\n") + 1
    return Fault(
        said("the bytes are not {encoding}", encoding=encoding), name, rows=(row,), fix=fix
    )


def _word_at(text: str, place: int) -> str:
    found = [word for word in re.finditer(r"\S+", text[max(0, place - 40) : place + 40])]
    middle = min(place, 40)
    inside = [word[0] for word in found if word.start() <= middle < word.end()]
    return inside[0][:40] if inside else text[place : place + 20]


def _likeliest(data: bytes) -> tuple[str, str]:
    """The likeliest encoding of bytes that are no UTF-8, and the word that decided."""
    scored = []
    for order, encoding in enumerate(SHORT_LIST):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        words = _WORD.findall(text)
        points = [(_points(word), word) for word in words]
        best = max(points, default=(0, ""))[1]
        scored.append((-sum(point for point, _ in points), order, encoding, best))
    _, _, encoding, word = min(scored)
    return encoding, word[:40]


def _points(word: str) -> int:
    """How much a word speaks for the encoding that it was read by."""
    points = 0
    for before, letter in zip(" " + word, word, strict=False):
        if letter.isascii():
            continue
        if letter.lower() in _USUAL:
            # A capital amid small letters is no word's.
            points += -2 if letter.isupper() and before.islower() else 2
        else:
            points -= 1 if unicodedata.category(letter).startswith("P") else 3
    return points
