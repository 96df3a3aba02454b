"""View -> frame, pure: what stands where on a screen of any size, and what gives way when it is small.

`regions` hands out the rows; here each region is filled.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rich.cells import cell_len

from routines.phrases import Phrases
from skill.terminal.actions import key_labels
from skill.terminal.charset import UTF8, Charset
from skill.terminal.digits import font_for
from skill.terminal.frame import (
    BLANK,
    Frame,
    Line,
    Role,
    Span,
    apart,
    centred,
    fit,
    indented,
    width_of,
    wrapped,
)
from skill.terminal.regions import Region, Rows, Wants, hand_out
from skill.terminal.view import Labels, View, ViewState, labels

_NARROW = 60
_NOTICE_ROWS = 2
_KEY_ROWS = 2
_CAPTION_COLUMNS = 76  #: longer lines are hard to read, on however wide a screen
_SHORTEST_BAR = 6

_STATE_ROLES = {
    ViewState.WORKING: Role.ACTIVE,
    ViewState.PAUSED: Role.HELD,
    ViewState.STOPPED: Role.HELD,
    ViewState.WAITING: Role.HELD,
}


#: Without a number the caption takes this whole part of the screen.
_MIDDLE = (Region.BIG, Region.BIG_LABEL, Region.AIR_2, Region.CAPTION)


def draw(view: View, width: int, height: int, phrases: Phrases, charset: Charset = UTF8) -> Frame:
    """Return the screen for a view: `height` lines of at most `width` columns. Works for any size."""
    page = _Page(view, labels(view, phrases), phrases, charset, width)
    rows = hand_out(height, page.wants())
    lines = [line for region in Region for line in page.region(region, rows)]
    lines = [indented(fit(line, page.inner, charset.cut), page.margin) for line in lines]
    lines += [BLANK] * (height - len(lines))
    return Frame(width, height, tuple(lines))


@dataclass(frozen=True, slots=True)
class _Page:
    view: View
    labels: Labels
    phrases: Phrases
    charset: Charset
    width: int

    @property
    def margin(self) -> int:
        if self.width < _NARROW // 2:
            return 0
        return 1 if self.width < _NARROW else 2

    @property
    def inner(self) -> int:
        return max(0, self.width - 2 * self.margin)

    @property
    def role(self) -> Role:
        return _STATE_ROLES.get(self.view.state, Role.CALM)

    def wants(self) -> Wants:
        return Wants(
            caption=len(self.caption_lines()) if self.view.big else 1,
            notice=len(self.notice_lines()),
            keys=len(self.keys(_KEY_ROWS)),
            settings=int(bool(self.labels.settings)),
        )

    def region(self, region: Region, rows: Rows) -> tuple[Line, ...]:
        count = rows[region]
        if not self.view.big and region in _MIDDLE:
            if region is not Region.CAPTION:
                return ()
            count = sum(rows[part] for part in _MIDDLE)
        lines = _CONTENTS[region](self, rows, count)[:count] if count and region in _CONTENTS else ()
        return (*lines, *[BLANK] * (count - len(lines)))

    def text(self, text: str) -> str:
        return self.charset.text(text)

    def dotted(self, texts: tuple[str, ...]) -> str:
        return f" {self.charset.dot} ".join(self.text(text) for text in texts)

    def header(self) -> Line:
        title = (Span(self.text(self.view.title or self.view.routine), Role.TITLE),)
        for right in (self.labels.exercise, self.labels.exercise_short):
            number = (Span(self.text(right)),) if right else BLANK
            if width_of(title) + width_of(number) + 2 <= self.inner:
                return apart(title, number, self.inner)
        return title

    def right_edge(self, text: str) -> Line:
        return indented((Span(text),), self.inner - cell_len(text))

    def middle(self, text: str, role: Role = Role.PLAIN) -> Line:
        return centred((Span(self.text(text), role),), self.inner)

    def set_bar(self) -> tuple[Line, ...]:
        view = self.view
        return self.bar(self.labels.this_set, view.block_ms, view.block_total_ms, self.labels.set_time)

    def session_bar(self) -> tuple[Line, ...]:
        view = self.view
        return self.bar(self.labels.session, view.elapsed_ms, view.total_ms, self.labels.session_time)

    def state(self) -> Line:
        # What stands still has marks beside its word: to be seen from across the room, without colour.
        mark = self.charset.done * 3 if self.role is Role.HELD else ""
        words = " ".join(part for part in (mark, self.text(self.labels.state), mark) if part)
        return centred((Span(words, self.role),), self.inner)

    def where(self, *, state_too: bool) -> Line:
        where = Span(self.dotted(self.labels.where), Role.WHERE)
        if not state_too:
            return centred((where,), self.inner)
        state = Span(self.text(self.labels.state), self.role)
        return centred((state, Span(f" {self.charset.dot} "), where) if where.text else (state,), self.inner)

    def big(self, count: int) -> tuple[Line, ...]:
        text = self.text(self.view.big)
        font = font_for(text, self.inner, count)
        drawn = font.rows(text, self.charset.block) if font else (text,)
        above = (count - len(drawn)) // 2
        return (*[BLANK] * above, *(centred((Span(row, self.role),), self.inner) for row in drawn))

    def caption_lines(self) -> tuple[str, ...]:
        return wrapped(self.text(self.view.caption), min(self.inner, _CAPTION_COLUMNS))

    def caption(self, count: int) -> tuple[Line, ...]:
        lines = self.caption_lines()
        label = self.text(self.view.big_label)
        if not self.view.big and label and len(lines) + 2 <= count:
            lines = (label, "", *lines)
        if len(lines) > count:
            lines = (*lines[: count - 1], " ".join(lines[count - 1 :]))
        above = 0 if self.view.big else (count - len(lines)) // 2
        drawn = (fit((Span(line, Role.CAPTION),), self.inner, self.charset.cut) for line in lines)
        return (*[BLANK] * above, *(centred(line, self.inner) for line in drawn))

    def notice_lines(self) -> tuple[str, ...]:
        lines = wrapped(self.text(self.labels.notice), self.inner)
        return lines if len(lines) <= _NOTICE_ROWS else (lines[0], " ".join(lines[1:]))

    def bar(self, name: str, done: int, total: int, time: str) -> tuple[Line, ...]:
        if total <= 0:
            return ()
        before, after = self.text(name), self.text(time)
        longest = max(cell_len(self.text(text)) for text in (self.labels.this_set, self.labels.session))
        before += " " * (longest - cell_len(before) + 2)
        times = (self.labels.set_time, self.labels.session_time)
        room_for_time = max(cell_len(self.text(text)) for text in times)
        after = "  " + " " * (room_for_time - cell_len(after)) + after  # both bars end in one place
        if self.inner - cell_len(before) - cell_len(after) < _SHORTEST_BAR:
            before = ""
        room = self.inner - cell_len(before) - cell_len(after)
        if room < _SHORTEST_BAR:
            return (fit((Span(after.strip()),), self.inner, self.charset.cut),)
        filled = room * max(0, min(done, total)) // total
        return (
            (
                Span(before),
                Span(self.charset.done * filled, Role.DONE),
                Span(self.charset.left * (room - filled), Role.LEFT),
                Span(after),
            ),
        )

    def keys(self, count: int) -> tuple[Line, ...]:
        if self.view.hint:
            return tuple((Span(line, Role.KEY),) for line in wrapped(self.text(self.view.hint), self.inner))
        gap = Span("   " if self.width >= _NARROW else "  ")
        lines: list[Line] = [BLANK]
        for key, label in key_labels(self.view.state, self.phrases):
            item = (Span(self.text(key), Role.KEY), Span(" " + self.text(label)))
            longer = (*lines[-1], gap, *item) if lines[-1] else item
            if width_of(longer) <= self.inner:
                lines[-1] = longer
            elif len(lines) < count and lines[-1]:
                lines.append(item)
        return tuple(lines)


#: How each region is filled; those that are not here stay empty.
_CONTENTS: dict[Region, Callable[[_Page, Rows, int], tuple[Line, ...]]] = {
    Region.HEADER: lambda page, _rows, _count: (page.header(),),
    Region.SETTINGS: lambda page, _rows, _count: (page.right_edge(page.dotted(page.labels.settings)),),
    Region.RULE: lambda page, _rows, _count: ((Span(page.charset.rule * page.inner, Role.FAINT),),),
    Region.WHERE: lambda page, rows, _count: (page.where(state_too=not rows[Region.STATE]),),
    Region.STATE: lambda page, _rows, _count: (page.state(),),
    Region.BIG: lambda page, _rows, count: page.big(count),
    Region.BIG_LABEL: lambda page, _rows, _count: (page.middle(page.view.big_label),),
    Region.CAPTION: lambda page, _rows, count: page.caption(count),
    Region.SET_BAR: lambda page, _rows, _count: page.set_bar(),
    Region.SESSION_BAR: lambda page, _rows, _count: page.session_bar(),
    Region.NEXT: lambda page, _rows, _count: ((Span(page.text(page.labels.next)),),),
    Region.NOTICE: lambda page, _rows, _count: tuple((Span(t, Role.NOTICE),) for t in page.notice_lines()),
    Region.KEYS: lambda page, _rows, count: page.keys(count),
}
