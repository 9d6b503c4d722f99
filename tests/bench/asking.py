"""`bench asking`: what the questionnaire itself costs at each question of a form of sixty.

A step is what a turn does with one answer: settle the answers that are stored, find the question that stands, check
and record the answer, and find the next question. Nothing is carried over from step to step but the answers. Reading
what was sent (a date in any of twelve languages) is measured beside it.

Baseline: the same walk, to the same answers, where each step reads the compiled form from its JSON and evaluates all of
it twice, before and after the answer, with every expression compiled anew. That is what a program does that keeps the
form in the database and no compiled copy; it is this project's own code without what it remembers.
"""

from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from questionnaire.engine import Given, next_question, record, settle
from questionnaire.expressions import compile_expression
from questionnaire.reading import Chosen, Understood, read
from questionnaire.settling import settle_all
from questionnaire.sheet import Answer, Kind, Sheet
from questionnaire.xlsform import read_form

AIM = 50.0
"""Microseconds of the median step."""
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
BLOCKS = 10
_HEADER = "|  | type | name | label | required | relevant | constraint | choice_filter | calculation |"
_BLOCK = """\
|  | begin_group | g{n} | Part {n} | | {condition} | | | |
|  | select_one yn | a{n} | Is it so? | yes | | | | |
|  | integer | b{n} | How many? | | ${{a{n}}} = 'yes' | . >= 0 and . <= 99 | | |
|  | calculate | c{n} | | | | | | if(${{b{n}}} > 3, 'many', 'few') |
|  | select_one place | d{n} | Where, of ${{b{n}}}? | | ${{c{n}}} != '' | | zone = ${{zone}} | |
|  | select_multiple work | e{n} | What work? | | | count-selected(.) <= 3 | | |
|  | text | f{n} | Tell us more. | | selected(${{e{n}}}, 'farm') | string-length(.) <= 200 | | |
|  | date | h{n} | Since when? | | | . <= today() | | |
|  | end_group | | | | | | | |"""
_CHOICES = """\
| choices |
|  | list_name | name | label | zone |
|  | yn | yes | Yes | |
|  | yn | no | No | |
|  | zone | north | North | |
|  | zone | south | South | |
|  | work | farm | Farming | |
|  | work | trade | Trade | |
|  | work | none | None | |
""" + "\n".join(f"|  | place | p{n} | Place {n} | {'north' if n % 2 else 'south'} |" for n in range(8))
_SETTINGS = "| settings |\n|  | form_id | version |\n|  | bench | 1 |"

Sent = str | Chosen
_SENT: dict[Kind, Sent] = {
    Kind.INTEGER: "7", Kind.TEXT: "We grow rice and vegetables.", Kind.DATE: "3 May 2021",
    Kind.SELECT_MULTIPLE: Chosen(("farm", "trade")),
}  # fmt: skip
_CHOSEN: dict[str, Sent] = {"zone": Chosen(("north",)), "a": Chosen(("yes",)), "d": Chosen(("p3",))}


def sixty_questions() -> Sheet:
    """Sixty questions asked of this person, ten calculations, groups with conditions, filters over eight choices."""
    conditions = ["", *(f"${{a{n}}} = 'yes'" for n in range(BLOCKS - 1))]
    blocks = [_BLOCK.format(n=n, condition=conditions[n]) for n in range(BLOCKS)]
    first = "|  | select_one zone | zone | Which part? | yes | | | | |"
    return read_form("\n".join(["| survey |", _HEADER, first, *blocks, _CHOICES, _SETTINGS]).encode(), ".md")


async def run(*, short: bool) -> dict[str, Any]:
    """Median and 95th percentile in microseconds; `missed` names the aim if it was not met."""
    sheet = sixty_questions()
    walk(sheet)  # compiles what is compiled once in the life of a process
    walks = [walk(sheet) for _walk in range(5 if short else 40)]
    ours = [seconds for each in walks for seconds in each[0]]
    reading = [seconds for each in walks for seconds in each[2]]
    naive = [seconds for _walk in range(1 if short else 3) for seconds in walk_naively(sheet)[0]]
    if walk(sheet)[1] != walk_naively(sheet)[1]:
        raise AssertionError("the two walks came to different answers")
    figures = {"ours": ours, "compiled and evaluated anew": naive, "reading what was sent": reading}
    medians = {name: median(seconds) * 1e6 for name, seconds in figures.items()}
    aim = f"at most {AIM:g} µs a question step, median"
    result = {
        "questions asked": len(walk(sheet)[0]),
        "median microseconds": {name: round(value, 1) for name, value in medians.items()},
        "95th percentile microseconds": {name: round(_high(seconds), 1) for name, seconds in figures.items()},
        "times faster": round(medians["compiled and evaluated anew"] / medians["ours"], 1),
        "missed": [] if medians["ours"] <= AIM else [aim],
    }
    _show(result)
    return result


def walk(sheet: Sheet) -> tuple[list[float], dict[str, Answer], list[float]]:
    """Seconds of every step from the first question to the review, the answers, and seconds of each reading."""
    answers: dict[str, Answer] = {}
    seconds: list[float] = []
    reading: list[float] = []
    question = next_question(sheet, answers, Given(NOW))
    while question is not None:
        sent = _sent(question.name, question.kind)
        begun = perf_counter()
        given = Given(NOW)
        asked = sheet.question(question.name) if question.name in settle(sheet, answers, given).asked else None
        settled = perf_counter()
        understood = read(sheet, asked or question, sent, answers, given)
        if not isinstance(understood, Understood):
            raise TypeError(question.name)
        was_read = perf_counter()
        answers = record(sheet, answers, question.name, understood.value, given)
        question = next_question(sheet, answers, given)
        seconds.append(perf_counter() - was_read + settled - begun)
        reading.append(was_read - settled)
    return seconds, answers, reading


def walk_naively(sheet: Sheet) -> tuple[list[float], dict[str, Answer]]:
    source = sheet.to_json()
    answers: dict[str, Answer] = {}
    seconds: list[float] = []
    question = next_question(sheet, answers, Given(NOW))
    while question is not None:
        sent = _sent(question.name, question.kind)
        begun = perf_counter()
        compile_expression.cache_clear()
        fresh, given = Sheet.from_json(source), Given(NOW)
        understood = read(fresh, fresh.question(question.name), sent, answers, given)
        if not isinstance(understood, Understood):
            raise TypeError(question.name)
        compile_expression.cache_clear()
        fresh = Sheet.from_json(source)
        state = settle_all(fresh, {**answers, question.name: understood.value}, given)
        answers = dict(state.answers)
        question = next((fresh.question(key) for key in state.relevant if key not in answers), None)
        seconds.append(perf_counter() - begun)
    return seconds, answers


def _sent(name: str, kind: Kind) -> Sent:
    return _CHOSEN.get(name) or _CHOSEN.get(name[0]) or _SENT[kind]


def _high(seconds: list[float]) -> float:
    return sorted(seconds)[len(seconds) * 95 // 100] * 1e6


def _show(result: dict[str, Any]) -> None:
    console, table = Console(), Table("", "median µs", "95th µs", title="Cost of a question step")
    for name, value in result["median microseconds"].items():
        table.add_row(name, f"{value:,.1f}", f"{result['95th percentile microseconds'][name]:,.1f}")
    console.print(table)
    console.print(f"{result['questions asked']:8}  questions asked")
    console.print(f"{result['times faster']:8}  times faster")
    for aim in result["missed"]:
        console.print(f"MISSED  {aim}")
