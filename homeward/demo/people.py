"""Example people: invented, plausible, the same at every start. Answers are chosen by weight, question by question."""

from dataclasses import dataclass
from random import Random

from foundation import clock
from questionnaire import engine
from questionnaire.engine import Given
from questionnaire.reading import Chosen, Understood, read
from questionnaire.sheet import Answer, Kind, Question, Sheet

NAMES: dict[str, tuple[str, ...]] = {
    "TN": (
        *("Amine", "Yassine", "Mehdi", "Karim", "Walid", "Bilel", "Seif", "Hamza", "Nizar", "Sami"),
        *("Amal", "Ines", "Rim", "Sarra", "Wafa", "Asma", "Nour", "Dorra", "Hanen", "Olfa"),
    ),
    "GM": (
        *("Ebrima", "Modou", "Alieu", "Buba", "Kebba", "Musa", "Omar", "Sulayman", "Yankuba", "Demba"),
        *("Fatou", "Binta", "Isatou", "Jainaba", "Kaddy", "Mariama", "Nyima", "Penda", "Sainabou", "Tida"),
    ),
}
SKILLS = ("welding", "tailoring", "farming", "cooking in a restaurant", "building houses", "driving", "hairdressing")
TOPICS = ("electrical work", "computers", "French", "tiling", "phone repair")

WEIGHTS: dict[str, dict[str, int]] = {
    "sex": {"female": 38, "male": 62, "other": 0, "unsaid": 0},
    "age_band": {"15_17": 10, "18_24": 40, "25_39": 35, "40_59": 15, "under_15": 0, "60_plus": 0, "unsure": 2},
    "back_already": {"yes": 70, "no": 30},
    "company": {"alone": 60, "partner": 12, "own_children": 14, "other_family": 10, "friends": 4},
    "children_not_own": {"no": 95, "yes": 3, "unsure": 2},
    "place_tonight": {"yes": 88, "no": 6, "unsafe": 6},
    "health": {"none": 70, "some": 25, "urgent": 5},
    "fear": {"no": 88, "yes": 8, "unsaid": 4},
    "forced_work": {"no": 93, "yes": 4, "unsaid": 3},
    "documents": {"none": 45, "passport": 12, "id_card": 25, "birth_certificate": 10, "school_papers": 8},
    "family": {"no": 80, "yes": 20},
    "income": {"yes": 10, "some": 30, "no": 60},
    "work_wanted": {"job": 45, "own_business": 30, "training": 20, "none": 5},
    "debts": {"no": 50, "yes": 40, "unsaid": 10},
    "debt_to": {"bank": 10, "family": 60, "employer": 15, "smuggler": 7, "recruiter": 3, "other": 5},
    "talk": {"no": 70, "yes": 30},
    "area": {
        "tn_greater_tunis": 50,
        "tn_centre_east": 25,
        "tn_north_west": 12,
        "tn_south_east": 8,
        "gm_brikama": 45,
        "gm_kanifing": 30,
        "gm_basse": 15,
        "gm_kerewan": 6,
    },
}
SELDOM = 1
"""Weight of an answer that is not listed."""


@dataclass(frozen=True, slots=True)
class Example:
    """One person: where they return to, how they are called, what their phone speaks."""

    country: str
    called: str
    language: str
    birth_year: int | None


def invent(chance: Random) -> Example:
    country = chance.choices(["TN", "GM"], [55, 45])[0]
    language = chance.choices(["ar", "fr"], [70, 30])[0] if country == "TN" else "en"
    age = min(max(int(chance.gauss(29, 9)), 14), 72)
    year = clock.today().year - age
    return Example(country, chance.choice(NAMES[country]), language, year if chance.random() > 0.08 else None)  # noqa: PLR2004


def fill_in(sheet: Sheet, example: Example, chance: Random, known: dict[str, str]) -> dict[str, Answer]:
    """Answers as the person would give them, each through the same reading and checks as in the chat."""
    given = Given(clock.now(), known, example.language)
    answers: dict[str, Answer] = {}
    while question := engine.next_question(sheet, answers, given):
        own = _own_answer(example, chance)
        chosen = question.name not in own
        value = _chosen_answer(sheet, question, chance, answers, given) if chosen else own[question.name]
        answers = engine.record(sheet, answers, question.name, value, given)
    return answers


def _own_answer(example: Example, chance: Random) -> dict[str, Answer]:
    return {
        "called": example.called,
        "birth_year": example.birth_year,
        "country_return": example.country,
        "skills": chance.choice(SKILLS),
        "training_topic": chance.choice(TOPICS),
        "anything_else": None,
        "children_count": chance.randint(1, 4),
    }


def _chosen_answer(
    sheet: Sheet, question: Question, chance: Random, answers: dict[str, Answer], given: Given
) -> Answer:
    if question.kind is Kind.NOTE:
        return True
    offered = [choice.code for choice in engine.choices_for(sheet, question, answers, given)]
    listed = WEIGHTS.get(question.name, {})
    code = chance.choices(offered, [listed.get(each, SELDOM) for each in offered])[0]
    understood = read(sheet, question, Chosen((code,)), answers, given)
    return understood.value if isinstance(understood, Understood) else None
