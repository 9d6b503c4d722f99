"""Finding a case: by a name in any common spelling and script, by the end of a number, by a phone; and what is left."""

import pytest
from case_scene import Scene, Told
from sqlalchemy import delete, func, select

from access.actor import PERSON, SYSTEM
from access.rules import Role
from cases.callbacks import cancel_call, draft_call, note_outcome, request_call
from cases.console_models import PersonPrint, PrintKind
from cases.erasure import erase_person
from cases.fingerprints import EDITION, fill_in_some
from cases.intake import ARRIVAL
from cases.models import Person
from cases.name_sounds import MOST_PARTS, parts_of, sounds_of
from cases.rules import CallChannel, CallOutcome, CallTime
from cases.searching import search_cases

SPELLINGS = (
    ("Mohammed", "Muhammad", "Mohamed", "Mohamad", "Mouhamed", "محمد", "مُحَمَّد", "መሐመድ", "মোহাম্মদ", "Мухаммад"),
    ("Ahmed", "Ahmad", "أحمد", "احمد", "አህመድ", "আহমেদ"),
    ("Fatima", "Fatimah", "Fathima", "Fatma", "فاطمة", "ፋጡማ", "ফাতেমা"),
    ("Hussein", "Hossain", "Husayn", "Hocine", "حسين", "ሁሴን", "হোসেন"),
    ("Yusuf", "Youssef", "Yosef", "Joseph", "يوسف", "ዮሴፍ"),
    ("Ibrahim", "Ebrahim", "Abraham", "إبراهيم", "ኢብራሂም", "ইব্রাহিম"),
    ("Abdullah", "Abdallah", "Abdoulaye", "Abd Allah", "عبدالله", "عبد الله"),
    ("Abd al-Rahman", "Abdul Rahman", "Abdurrahman", "Abderrahmane", "عبد الرحمن", "عبدالرحمن"),
    ("Osman", "Usman", "Uthman", "Othmane", "عثمان"),
    ("Khadija", "Khadidja", "Hadija", "خديجة", "খাদিজা"),
    ("Diallo", "Jallow", "Jalloh"),
    ("Ouattara", "Wattara"),
    ("Aisha", "Aïcha", "Ayesha", "عائشة", "আয়েশা"),
    ("Omar", "Umar", "Oumar", "عمر"),
    ("Al-Hassan", "Alhassan", "Hassan", "الحسن"),
    ("Chérif", "Sharif", "شريف"),
    ("Zeinab", "Zaynab", "زينب", "জয়নব"),
    ("Aziz", "عزيز", "আজিজ"),
    ("Maryam", "Mariam", "Meriem", "مريم", "ማርያም"),
)
STRANGERS = ("Mohammed", "Fatima", "Yusuf", "Omar", "Diallo", "Zeinab", "Chérif", "Gebre", "Ngozi")


async def found(scene: Scene, words: str, role: Role = Role.SUPERVISOR) -> list[str]:
    return [row.number for row in (await search_cases(scene.session, scene.staff[role], words)).rows]


async def prints(scene: Scene, told: Told) -> set[PrintKind]:
    return set(
        await scene.session.scalars(select(PersonPrint.kind).where(PersonPrint.person_id == told.key.subject_id))
    )


def heard(name: str) -> frozenset[str]:
    return frozenset(sound for part in parts_of(name) for sound in sounds_of(part))


@pytest.mark.parametrize("spellings", SPELLINGS, ids=lambda spellings: spellings[0])
def test_common_spellings_of_a_name_sound_alike_in_every_script(spellings: tuple[str, ...]) -> None:
    for spelling in spellings:
        assert heard(spelling) & heard(spellings[0]), spelling


def test_other_names_sound_otherwise_and_no_name_is_too_long_or_too_strange() -> None:
    for name in STRANGERS:
        assert not any(heard(name) & heard(other) for other in STRANGERS if other != name), name
    assert parts_of("  -- ' ") == []
    assert len(parts_of("a " * 50)) == MOST_PARTS
    assert len(heard("th" * 100)) < 20
    for name in ("李小龍", "Ægir", "გიორგი", "Nguyễn", "O'Neil", "12345", "😀"):
        assert all(heard(name)) or not parts_of(name)


@pytest.mark.parametrize(
    "words", ["fatou jallow", "FATOU  JALLOW", " Jallow Fatou ", "Diallo", "Fatu Jalloh", "فاتو", "fatou"]
)
async def test_a_case_is_found_by_its_name_or_a_word_of_it(scene: Scene, words: str) -> None:
    told = await scene.tell({"called": "Fatou Jallow"})
    await scene.tell({"called": "Amie Ceesay"})
    assert await found(scene, words) == [told.case.number]


async def test_the_nearest_name_stands_first_and_every_word_must_fit(scene: Scene) -> None:
    alike = await scene.tell({"called": "Mohamed Diallo"})
    longer = await scene.tell({"called": "Mohammed Lamin Jallow"})
    whole = await scene.tell({"called": "Mohammed Jallow"})
    await scene.tell({"called": "Mohammed Touray"})
    assert await found(scene, "Mohammed Jallow") == [each.case.number for each in (whole, longer, alike)]
    assert await found(scene, "Mohammed Ceesay") == []


async def test_a_case_is_found_by_its_number_or_the_end_of_it(scene: Scene) -> None:
    told = await scene.tell()
    number = told.case.number
    for words in (number, number.lower(), f"  {number} ", number[-4:], number[-4:].lower(), number[3:], number[-7:]):
        assert await found(scene, words) == [number], words
    wrong = "2" if number[5] != "2" else "3"
    for words in (number[:-1], number[-3:], "%", "_", "   ", f"{wrong}{number[6:]}"):
        assert number not in await found(scene, words), words


async def test_a_search_finds_nothing_beyond_what_the_reader_sees(scene: Scene) -> None:
    told = await scene.tell({"called": "Fatou Jallow"})
    told.case.team = "TN"
    worker = scene.add_staff(Role.CASEWORKER, scene.operator, "GM")
    await scene.session.flush()
    for words in (told.case.number, told.case.number[-4:], "Fatou Jallow", "Fatou"):
        assert (await search_cases(scene.session, worker, words)).rows == []


async def test_a_number_finds_a_person_while_their_call_is_waiting_and_no_longer(scene: Scene) -> None:
    told = await scene.tell({"called": "Fatou Jallow", "country_return": "GM"})
    for ending in ("cancelled", "made"):
        call_id = await draft_call(scene.session, told.case, told.key, "+2203012345", CallTime.ANY)
        await scene.session.flush()
        assert await found(scene, "+220 301 2345") == []
        await request_call(scene.session, told.case, call_id, CallChannel.CALL, actor=PERSON)
        await scene.session.flush()
        for words in ("+220 301 2345", "00220 3012345", "301 2345"):
            assert await found(scene, words) == [told.case.number], words
        if ending == "cancelled":
            await cancel_call(scene.session, told.case, actor=PERSON)
        else:
            worker = scene.staff[Role.CASEWORKER]
            await note_outcome(scene.session, told.case, call_id, CallOutcome.SPOKEN, actor=worker)
        await scene.session.flush()
        assert await found(scene, "+220 301 2345") == []
    assert PrintKind.PHONE not in await prints(scene, told)


async def test_a_corrected_name_is_the_only_one_that_finds(scene: Scene) -> None:
    told = await scene.tell({"called": "Fatou Jallow"})
    await scene.submit(told, ARRIVAL, {"called": "Binta Sowe"})
    assert await found(scene, "Fatou") == []
    assert await found(scene, "binta") == [told.case.number]


async def test_whoever_came_before_there_were_fingerprints_is_found_after_the_worker_has_passed(scene: Scene) -> None:
    told = await scene.tell({"called": "محمد"})
    other = await scene.tell({"called": "Amie"})
    await scene.session.execute(delete(PersonPrint).where(PersonPrint.person_id == told.key.subject_id))
    assert await found(scene, "Muhammad") == []
    assert await fill_in_some(scene.session) == 1
    await scene.session.flush()
    assert await found(scene, "Muhammad") == [told.case.number]
    assert await fill_in_some(scene.session) == 0
    editions = await scene.session.scalars(select(PersonPrint.edition).distinct())
    assert set(editions) == {EDITION}
    assert await found(scene, "Amie") == [other.case.number]


async def test_fingerprints_go_with_the_person(scene: Scene) -> None:
    told = await scene.tell({"called": "Fatou Jallow"})
    call_id = await draft_call(scene.session, told.case, told.key, "+2203012345", CallTime.ANY)
    await scene.session.flush()
    await request_call(scene.session, told.case, call_id, CallChannel.CALL, actor=PERSON)
    await scene.session.flush()
    assert await prints(scene, told) == {*PrintKind}
    await erase_person(scene.session, told.key.subject_id, actor=SYSTEM)
    assert await scene.session.scalar(select(func.count()).select_from(PersonPrint)) == 0
    assert await found(scene, "Fatou Jallow") == []
    assert await fill_in_some(scene.session) == 0
    assert await scene.session.scalar(select(Person.name_fingerprint)) is None
