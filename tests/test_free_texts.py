"""Every sealed column is known: what people write in words holds no number of a card or an account, or it says why."""

import ast
from pathlib import Path

import pytest

from foundation.database import Base
from foundation.errors import Invalid
from foundation.sealing import SealedColumn
from homeward.schema import metadata
from questionnaire.account_numbers import free_of_accounts

ROOT = Path(__file__).parent.parent
FLOORS = ("access", "bot", "cases", "documents", "foundation", "monitoring", "referrals", "web")
CHECKS = ("free_of_accounts(", "without_account_numbers(")
CARD, IBAN = "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00"
BY_ANOTHER_NAME = {"column": ("Plan.goals", "Plan.risks", "Plan.mitigations", "Plan.returned_note")}
"""Columns that a function is handed; see `cases.planning`."""
COPIED = frozenset(["PlanActivity.what", *BY_ANOTHER_NAME["column"]])
"""Also sealed anew from what was checked before, when a plan is revised."""
NOT_CHECKED = {
    "Submission.answers": "each answer in words is checked when it is given, see questionnaire.checking",
    "Submission.given": "as Submission.answers",
    "Person.called": "an answer of a form, checked there",
    "CaseMessage.body": "staff are refused in cases.messages, a person's words are masked in bot.writing",
    "Complaint.body": "words and ways to be reached are masked as the first thing in cases.complaints",
    "Referral.disclosed": "a copy of answers and of the note, which were checked",
    "Application.plan": "a copy of the business plan, which was checked",
    "StoredFile.content": "a file; its name is masked",
    "DirectoryDraft.content": "a file of the directory, which holds nothing about a person",
    "SavingsEntry.amount": "figures",
    "SurveyResult.scores": "figures",
    "RiskSetting.basis": "ids of rules",
    "CallBack.number": "a phone number, read as one",
    "AuthenticatorApp.secret": "made by the machine",
    "AuthenticatorApp.pending": "made by the machine",
    "SigningKey.private": "made by the machine",
    "ApiAnswer.answer": "an answer given to a program, with a key that is not kept",
    "Chat.address": "the number of a chat",
    "Chat.place": "where a chat stands; a draft is checked when it is sent",
    "DeadLetter.update": "what could not be read, as it came",
    "OutboxRow.body": "what is about to be said: every text in it was checked where it was written",
}


def sealed_columns() -> set[str]:
    return {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, SealedColumn)
    }


def names() -> dict[str, str]:
    """`Model.attribute` by `table.column`, as the code writes them."""
    return {
        f"{mapper.local_table.name}.{attribute.columns[0].name}": f"{mapper.class_.__name__}.{attribute.key}"  # type: ignore[attr-defined]
        for mapper in Base.registry.mappers
        for attribute in mapper.column_attrs
    }


def sealings() -> list[tuple[str, bool, str]]:
    """Each place where a column is sealed: the column, whether its words are checked there, and where that is."""
    found = []
    for path in sorted(path for floor in FLOORS for path in (ROOT / floor).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_sealing = (
                isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "seal"
            )
            if is_sealing and len(node.args) == len(("column", "row", "words")):
                column, words = ast.unparse(node.args[0]), ast.unparse(node.args[2])
                place = f"{path.relative_to(ROOT)}:{node.lineno}"
                is_checked = any(check in words for check in CHECKS)
                found += [(each, is_checked, place) for each in BY_ANOTHER_NAME.get(column, (column,))]
    return found


def test_every_sealed_column_is_checked_or_says_why_not() -> None:
    checked = {column for column, is_checked, _place in sealings() if is_checked}
    known = names()
    sealed_elsewhere = {column for column, _is_checked, _place in sealings()}  # inside a column of another kind
    assert checked | NOT_CHECKED.keys() == {known[each] for each in sealed_columns()} | sealed_elsewhere
    assert not checked & NOT_CHECKED.keys()


def test_a_checked_column_is_checked_wherever_it_is_written() -> None:
    forgotten = [
        (column, place)
        for column, is_checked, place in sealings()
        if not is_checked and column not in NOT_CHECKED and column not in COPIED
    ]
    assert forgotten == []


@pytest.mark.parametrize("number", [CARD, IBAN])
def test_a_number_is_found_however_deep_it_stands(number: str) -> None:
    for written in (number, {"note": f"pay to {number}"}, {"rows": [["stall", {"said": number}]]}):
        with pytest.raises(Invalid):
            free_of_accounts(written)
    kept = {"note": "phone 0044 20 7946 0018", "sum": 12, "nothing": None}
    assert free_of_accounts(kept) is kept
