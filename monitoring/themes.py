"""What monitors read together: which cells of which published tables stand on one page, as data.

A theme holds no number. Every line names cells of the fixed catalogue of tables, and its share, if it has one, is made
as those of indicators are. So a page of a theme can tell nothing that the files of the release do not tell.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from cases.fact_rules import ChildCheck, MonitorCheck, ReturnCheck, Weighed
from foundation.language import Message, _, _p
from monitoring import axes
from monitoring.axes import Axis
from monitoring.indicators import Selection, place_of
from monitoring.ledger import TOTAL, Cell
from monitoring.tables import BY_NAME, NUMBER, axis_of, code_name

EVERYTHING = {TOTAL: _p("choice", "All together")}
_YES_NO_SHARE = _("Yes, of all for whom it arises and is known")
REACHED_SHARE = _("Answered, of all who were to be asked")


@dataclass(frozen=True, slots=True)
class Column:
    code: str
    name: Message


@dataclass(frozen=True, slots=True)
class Line:
    """One row: a cell for each column of its block, all of one table."""

    code: str
    name: Message
    table: str
    at: tuple[Cell, ...]
    share: Selection | None = None
    reached: Selection | None = None
    """For outcomes: of all who were to be asked, how many answered."""


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that are read together, with the same columns."""

    name: str
    title: Message
    head: Message
    """Of the column that names the lines."""
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    notes: tuple[Message, ...] = ()
    share: Message | None = None
    """What the shares of the lines are, where they have any."""

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.table for line in self.lines))

    @property
    def has_reached(self) -> bool:
        return any(line.reached for line in self.lines)


@dataclass(frozen=True, slots=True)
class Places:
    """A table by area, for one code of its other dimension at a time: a block, and a map beside it."""

    table: str
    by: str
    title: Message

    @property
    def choices(self) -> Mapping[str, Message]:
        """What may be chosen, everything together first."""
        return {**EVERYTHING, **axis_of(BY_NAME[self.table], self.by).codes}

    def block(self, chosen: str) -> Block:
        """Raises KeyError for a code that may not be chosen."""
        name = self.choices[chosen]
        lines = _lines(self.table, axes.AREA.name, (chosen,), self.by)
        return Block("areas", self.title, axes.AREA.label, (Column(chosen, name),), lines)


@dataclass(frozen=True, slots=True)
class Theme:
    id: str
    title: Message
    purpose: Message
    notes: tuple[Message, ...]
    """How it is to be read, and how not."""
    blocks: tuple[Block, ...]
    trend: tuple[Line, ...]
    """Cells that are told from release to release, one each."""
    indicators: tuple[str, ...]
    places: Places | None = None

    @property
    def tables(self) -> tuple[str, ...]:
        """All tables that the page rests on."""
        of_places = (self.places.table,) if self.places else ()
        return tuple(dict.fromkeys([name for block in self.blocks for name in block.tables] + list(of_places)))


def _at(table: str, **fixed: str) -> Cell:
    return tuple(fixed.get(axis.name, TOTAL) for axis in BY_NAME[table].axes)


def _columns(axis: Axis, codes: Sequence[str]) -> tuple[Column, ...]:
    return tuple(Column(code, code_name(axis, code)) for code in codes)


def _total(table: str, name: Message) -> Line:
    return Line(table, name, table, (_at(table),))


def _answers(tables: Sequence[str]) -> tuple[Line, ...]:
    """One line for each table, whose first dimension holds the answers."""
    return tuple(_answer(table) for table in tables)


def _answer(table: str) -> Line:
    axis = BY_NAME[table].axes[0]
    selection = Selection(table=table, axis=axis.name, numerator=("yes",), denominator=("yes", "no"))
    cells = tuple(place_of(selection, code) for code in (TOTAL, *axis.codes))
    return Line(table, axis.label, table, cells, selection)


def _checks(name: str, title: Message, tables: Sequence[str], *notes: Message) -> Block:
    """What was looked at for each, a line a table."""
    columns = (Column(TOTAL, code_name(axes.COMPANY, TOTAL)), *_columns(_TOLD, tuple(axes.TOLD_NAMES)))
    return Block(name, title, _("What is looked at"), columns, _answers(tables), notes, _YES_NO_SHARE)


_TOLD = axes.CHILD_CHECKS[ChildCheck.BEST_INTERESTS]
"""Any dimension with the four answers."""


def _lines(table: str, down: str, across: Sequence[str], along: str = "") -> tuple[Line, ...]:
    """A line for each code of one dimension and in total; the columns are codes of another, or the number alone."""
    axis = axis_of(BY_NAME[table], down)
    return tuple(
        Line(
            code,
            code_name(axis, code),
            table,
            tuple(_at(table, **{down: code, **({along: other} if along else {})}) for other in across),
        )
        for code in (TOTAL, *axis.codes)
    )


def _kinds(name: str, table: str, down: str, along: str = "", title: Message | None = None) -> Block:
    """A table by one of its dimensions, or by two. `title`: where it has more than these."""
    spec = BY_NAME[table]
    columns = _columns(axis_of(spec, along), _codes(table, along)) if along else (Column(TOTAL, NUMBER),)
    lines = _lines(table, down, [each.code for each in columns], along)
    return Block(name, title or spec.title, axis_of(spec, down).label, columns, lines, (spec.note,))


def _codes(table: str, axis: str) -> tuple[str, ...]:
    return (TOTAL, *axis_of(BY_NAME[table], axis).codes)


_STATES = tuple(axis_of(BY_NAME["follow_up"], "reached").codes)
_WAVES = tuple(axes.WAVE.codes)


def _reached(wave: str) -> Selection:
    return Selection(table="follow_up", axis="reached", fixed={"wave": wave}, numerator=("done",), denominator=_STATES)


def _waves(name: str, table: str, along: str, codes: Sequence[str], *, shared: bool) -> Block:
    """Answers by wave, each with the share that was reached. Who was not reached is never counted as a no."""
    spec = BY_NAME[table]
    axis = axis_of(spec, along)
    yes_no = {"numerator": ("yes",), "denominator": ("yes", "no")}
    lines = tuple(
        Line(
            wave,
            axes.WAVE.codes[wave],
            table,
            tuple(_at(table, wave=wave, **{along: code}) for code in codes),
            Selection(table=table, axis=along, fixed={"wave": wave}, **yes_no) if shared else None,
            _reached(wave),
        )
        for wave in _WAVES
    )
    share = _YES_NO_SHARE if shared else None
    return Block(name, spec.title, axes.WAVE.label, _columns(axis, codes), lines, (spec.note,), share)


def _bands(weighed: Weighed, title: Message) -> Block:
    """Bands of one kind of weights alone: those of others are not comparable."""
    codes = tuple(code for code in axes.SCORE.codes if code.startswith(f"{weighed}_"))
    block = _waves(f"score_{weighed}", "follow_up_score", axes.SCORE.name, codes, shared=False)
    return Block(block.name, title, block.head, block.columns, block.lines, block.notes)


def _asked() -> Block:
    spec = BY_NAME["follow_up"]
    codes = _codes("follow_up", "reached")
    lines = tuple(
        Line(
            wave, axes.WAVE.codes[wave], "follow_up",
            tuple(_at("follow_up", wave=wave, reached=code) for code in codes), _reached(wave),
        )
        for wave in _WAVES
    )  # fmt: skip
    columns = _columns(axis_of(spec, "reached"), codes)
    return Block("asked", _("Who was reached"), axes.WAVE.label, columns, lines, (spec.note,), REACHED_SHARE)


def _measured() -> tuple[Block, ...]:
    codes = (TOTAL, *axes.TOLD_NAMES)
    return tuple(
        _waves(axis.name, f"follow_up_{axis.name}", axis.name, codes, shared=True) for axis in axes.ANSWERS.values()
    )


_MONITORED_PHASES = (
    MonitorCheck.BEFORE,
    MonitorCheck.DEPARTURE,
    MonitorCheck.JOURNEY,
    MonitorCheck.HANDOVER,
    MonitorCheck.AFTER,
)


@cache
def themes() -> tuple[Theme, ...]:
    return (_safeguards(), _reintegration(), _referral_loop(), _communities(), _skills())


def find_theme(theme_id: str) -> Theme | None:
    return next((each for each in themes() if each.id == theme_id), None)


def _safeguards() -> Theme:
    return Theme(
        "safeguards",
        _("Safeguards of returns and of children"),
        _("What was in place for each return that departed and each child, and what monitors saw (GCM, 21(a) to (g))."),
        (
            _("What is not recorded is never a yes. Only what stood in the file on the day of departure counts."),
            _("A flag is not a finding against anyone: it says that someone looked."),
        ),
        (
            _checks(
                "children",
                _("Children who were returned: what the gate asks for"),
                [f"children_{check}" for check in ChildCheck],
                BY_NAME["children_best_interests"].note,
            ),
            _kinds("guardians", "guardians", "guardian", "company"),
            _kinds("overrides", "overrides", "rule"),
            _checks(
                "returns",
                _("Returns that departed: what was in place, remedies among it"),
                [f"returns_{check}" for check in ReturnCheck],
                BY_NAME["returns_assessment"].note,
            ),
            _kinds("flags", "flags", "flag"),
            _kinds("withdrawals", "withdrawals", "withdrawal", title=_("Consents to return that were taken back")),
            _checks(
                "phases",
                _("Monitored returns, by phase"),
                [f"monitored_{check}" for check in _MONITORED_PHASES],
                BY_NAME["monitored_before"].note,
            ),
            _checks(
                "seen",
                _("Monitored returns: what monitors found"),
                [f"monitored_{check}" for check in MonitorCheck if check not in _MONITORED_PHASES],
                BY_NAME["monitored_before"].note,
            ),
        ),
        (
            _total("returns", _("Returns that departed")),
            _total("children_best_interests", _("Children returned")),
            _total("monitored_before", _("Records of monitored returns")),
        ),
        (
            "21a-O1", "21e-P1", "21e-P2", "21e-P3", "21e-P4", "21e-P5", "21e-O1", "21e-X1", "21f-P1", "21f-P2",
            "21f-P4",
            "21g-P1", "21g-P2", "21g-P3", "21g-P4", "21g-P5", "21g-X1",
        ),
    )  # fmt: skip


def _reintegration() -> Theme:
    return Theme(
        "reintegration",
        _("Reintegration outcomes, by wave"),
        _("How people say that they fare, some months after they came back, beside the share that was reached."),
        (
            _("Missing is never zero: who was not reached, or does not know, is counted neither as a yes nor as a no."),
            _("Someone who has left again has not failed, and no figure here counts it so."),
            _("Scores with different weights are never put together. Read them within a country and a wave."),
        ),
        (
            _asked(),
            *_measured(),
            _bands(Weighed.INTERIM, _("Support someone may need: interim weights, which are not official")),
            _bands(Weighed.OWN, _("Support someone may need: weights of the deployment")),
        ),
        tuple(
            Line(wave, axes.WAVE.codes[wave], "follow_up", (_at("follow_up", wave=wave),))
            for wave in _WAVES
        ),
        ("21c-O1", "21g-O1", "21h-O1", "21h-O5", "21h-O6", "21h-O6b", "21i-O1"),
    )  # fmt: skip


def _referral_loop() -> Theme:
    return Theme(
        "referrals",
        _("The referral loop, by kind"),
        _("Whether referrals end in a service, by the partner's word and by the person's own (GCM, 21(h))."),
        (_("A referral that is not closed yet is no failure of anyone. No partner is named or ranked."),),
        (
            _kinds("kinds", "referrals", "service", "outcome"),
            _kinds("words", "referral_words", "outcome", "word"),
            _kinds("waits", "referral_waits", "days", title=_("Referrals, by the days until the first service")),
        ),
        (_total("referrals", _("Referrals made")),),
        ("21h-P2", "21h-X1", "21h-P3"),
    )


def _communities() -> Theme:
    return Theme(
        "communities",
        _("Needs of communities, by area"),
        _("Where people who returned need what, for the planning of communities of return (GCM, 21(i))."),
        (
            _("One person can have several needs. Sensitive needs are shown for all areas together only."),
            _("These are numbers and not rates: where more people return, more needs are counted. No area is ranked."),
        ),
        (_kinds("kinds", "needs", "need", title=_("Needs, by kind")),),
        (_total("needs", _("Needs raised")),),
        ("21i-X1",),
        Places("needs", "need", _("Needs, by area")),
    )


def _skills() -> Theme:
    return Theme(
        "skills",
        _("Skills brought back, by occupation and area"),
        _("What people who returned can do, for planning labour markets and training (GCM, 21(h) and (i))."),
        (
            _("A person counts once in each major group, in the quarter in which the case was opened."),
            _("These are numbers and not rates. No area is ranked."),
        ),
        (_kinds("kinds", "skills", "occupation", title=_("Skills, by occupation")),),
        (_total("skills", _("Skills brought back")),),
        ("21i-X2", "21h-O3"),
        Places("skills", "occupation", _("Skills, by area")),
    )
