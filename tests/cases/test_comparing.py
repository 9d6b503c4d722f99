"""What changed between two fillings: nothing lost, nothing made up, across versions by the question's name."""

from hypothesis import given
from hypothesis import strategies as st

from cases.comparing import Change, ChangeKind, Filling, changes
from questionnaire.sheet import Answer, Sheet
from questionnaire.xlsform import read_form

FORM = """\
| survey |
|        | type               | name   | label |
|        | note               | hello  | Hello |
|        | text               | called | Name? |
|        | integer            | age    | Age? |
|        | select_multiple ab | things | Things? |
|        | begin_repeat       | member | Member |
|        | text               | who    | Who? |
|        | end_repeat         |        | |
|        | text               | {last} | Last? |

| choices |
|         | list_name | name | label |
|         | ab        | a    | A |
|         | ab        | b    | B |

| settings |
|          | form_id | version |
|          | trial   | {version} |
"""


def form(version: str, last: str) -> Sheet:
    return read_form(FORM.replace("{version}", version).replace("{last}", last).encode(), ".md")


OLD, NEW = form("1", "lost"), form("2", "added")


def told(before: dict[str, Answer], after: dict[str, Answer]) -> list[tuple[str, str, Answer, Answer]]:
    return [
        (change.kind.value, change.key, change.before, change.after)
        for change in changes(Filling(OLD, before), Filling(NEW, after))
    ]


def test_each_question_is_new_changed_or_gone_in_the_order_of_the_newer_form() -> None:
    before = {"hello": True, "called": "Amie", "age": 30, "lost": "x", "member/1/+": "yes", "member/1/who": "Ali"}
    after = {"called": "Amie", "age": 31, "things": ["a"], "added": "y", "member/1/who": "Ali", "member/2/who": "Bo"}
    assert told({**before, "*draft": "z"}, {**after, "member/2/+": "yes", "member/3/+": "no"}) == [
        ("changed", "age", 30, 31),
        ("added", "things", None, ["a"]),
        ("added", "member/2/who", None, "Bo"),
        ("added", "added", None, "y"),
        ("removed", "lost", "x", None),
    ]


def test_a_skipped_question_is_as_good_as_one_that_was_not_asked() -> None:
    assert told({"called": None}, {}) == told({}, {"called": None}) == []
    assert told({"called": None}, {"called": "Amie"}) == [("added", "called", None, "Amie")]
    assert told({"called": "Amie"}, {"called": None}) == [("removed", "called", "Amie", None)]


def test_the_order_of_what_was_chosen_means_nothing() -> None:
    assert told({"things": ["a", "b"]}, {"things": ["b", "a"]}) == []
    assert told({"things": ["a", "b"]}, {"things": ["a"]}) == [("changed", "things", ["a", "b"], ["a"])]


ANSWERS: st.SearchStrategy[dict[str, Answer]] = st.fixed_dictionaries(
    {},
    optional={
        "called": st.sampled_from(["Amie", "Ali", None]),
        "age": st.one_of(st.none(), st.integers(0, 99)),
        "things": st.sampled_from([["a"], ["a", "b"], None]),
        "member/1/who": st.sampled_from(["Ali", None]),
        "member/2/who": st.sampled_from(["Bo", "Ali"]),
        "added": st.just("y"),
        "lost": st.just("x"),
    },
)


@given(ANSWERS, ANSWERS)
def test_the_changes_lead_from_the_one_to_the_other_and_back(one: dict[str, Answer], other: dict[str, Answer]) -> None:
    before, after = Filling(NEW, one), Filling(NEW, other)
    there, back = changes(before, after), changes(after, before)
    assert changes(before, before) == []
    assert _applied(one, there) == _given(other)
    assert {(each.key, each.before, each.after) for each in map(_plain, back)} == {
        (each.key, each.after, each.before) for each in map(_plain, there)
    }
    kinds = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}
    assert {(each.key, each.kind) for each in back} == {(each.key, kinds.get(each.kind, each.kind)) for each in there}


def _plain(change: Change) -> Change:
    def text(answer: Answer) -> Answer:
        return " ".join(map(str, answer)) if isinstance(answer, list) else answer

    return Change(change.kind, change.key, change.question, change.sheet, text(change.before), text(change.after))


def _given(answers: dict[str, Answer]) -> dict[str, Answer]:
    return {key: answer for key, answer in answers.items() if answer is not None and key != "lost"}


def _applied(answers: dict[str, Answer], found: list[Change]) -> dict[str, Answer]:
    known = _given(answers)
    for change in found:
        known.pop(change.key, None)
        if change.after is not None:
            known[change.key] = change.after
    return known
