"""A form with every supported feature, filled in by chat: from the first question to what is stored."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from bot_records import only, person_key, rows, the_case
from form_scene import PAPER, PHOTO, VOICE, asked, give, put_before, stored
from journeys import STICKER
from phone import Phone, plain
from telegram_stub import Sent

from bot.attaching import LISTEN
from bot.menu import GO_ON, WRITE
from bot.models import Chat
from bot.pickers import ANOTHER_YEAR, EARLIER, LATER, UNKNOWN
from bot.place import Standing
from bot.reviewing import EDIT, MORE_ANSWERS, SEND
from bot.screens import BACK, KEEP, READ, REMOVE, SKIP, STOP
from cases.files import open_file
from cases.models import StoredFile, Submission
from cases.requests import begin_amendment
from cases.rules import SubmissionState
from cases.sheets import publish
from questionnaire.sheet import MOST_ROWS, Sheet
from questionnaire.xlsform import read_form
from tests.questionnaire.everything import ANSWERS, MOMENT, SCRIPT, everything, without_ids

SETTINGS = "| settings |\n|  | form_id | version | form_title |\n|  | {} | 1 | Trial |\n"
HEADER = "| survey |\n|  | type | name | label | required | default | chat::widget | bind::chat:sensitive |\n"


@pytest.fixture
def sheet() -> Sheet:
    return everything()


@pytest.fixture
def form() -> Callable[[str], Sheet]:
    form_id = f"trial_{uuid4().hex[:8]}"  # published versions are remembered by the process

    def compiled(rows: str) -> Sheet:
        return read_form((HEADER + rows + SETTINGS.format(form_id)).encode(), ".md")

    return compiled


async def fill_in(phone: Phone, sheet: Sheet, until: str | None = None) -> None:
    for key, value in SCRIPT:
        if key == until:
            return
        await give(phone, sheet, key, value)


def buttons(sent: Sent) -> list[str]:
    return [plain(label) for row in sent.buttons for label, _data in row]


def labels(phone: Phone) -> list[str]:
    return buttons(phone.network.sent[-1])


async def test_every_feature_is_walked_by_chat_to_submission(phone: Phone, sheet: Sheet) -> None:
    phone.fixed = MOMENT
    await put_before(phone, sheet)
    await fill_in(phone, sheet)
    assert (await only(phone.receiver.database, Chat)).place["standing"] == Standing.REVIEW
    await phone.tap(MORE_ANSWERS)
    assert "Answers 16 to" in phone.network.sent[-1].text
    assert "Child 2 · How old is Ous?" in phone.network.sent[-1].text
    await phone.tap(SEND)
    answers = await stored(phone, sheet)
    assert without_ids(answers) == dict(ANSWERS)
    database = phone.receiver.database
    assert (await only(database, Submission, Submission.sheet_id == sheet.id)).state is SubmissionState.SUBMITTED
    files = {str(each.id): each.media_type for each in await rows(database, StoredFile)}
    assert files == {each["file"]: each["type"] for each in answers.values() if isinstance(each, dict)}
    for sent in phone.network.sent:
        assert all(len(data.encode()) <= 64 and label for row in sent.buttons for label, data in row)


async def test_every_question_has_the_same_ways_out(phone: Phone, sheet: Sheet) -> None:
    phone.fixed = MOMENT
    await put_before(phone, sheet)
    for place, (key, value) in enumerate(SCRIPT[:30]):
        shown = labels(phone)
        assert {"💬 Talk to a person", "⏸ Stop for now"} <= set(shown)
        assert ("◀️ Back" in shown) == (place > 0)
        question = sheet.question(key)
        can_skip = "Skip ▶️" in shown or "I don't know ▶️" in shown
        assert can_skip == question.may_be_skipped
        assert f"Question {place + 1} of" in phone.network.sent[-1].text
        await give(phone, sheet, key, value)


async def test_a_picture_is_shown_and_a_recording_is_heard_in_the_persons_language(phone: Phone, sheet: Sheet) -> None:
    phone.language = "fr"
    await put_before(phone, sheet)
    picture, question = phone.network.sent[-2:]
    assert (picture.method, picture.file) == ("sendPhoto", b"welcome.png")
    assert question.text.endswith("votre foyer.")
    await phone.tap(LISTEN)
    assert (phone.network.sent[-1].method, phone.network.sent[-1].file) == ("sendVoice", b"welcome.fr.ogg")
    await phone.tap(READ)
    assert await asked(phone) == "called"


async def test_groups_and_rows_have_headings(phone: Phone, sheet: Sheet) -> None:
    phone.fixed = MOMENT
    await put_before(phone, sheet)
    await fill_in(phone, sheet, "birth_year")
    assert "▪️ About you" in phone.network.sent[-1].text
    await phone.write("1990")
    assert "▪️" not in phone.network.sent[-1].text
    await phone.tap(BACK)
    await phone.tap(KEEP)
    for key, value in SCRIPT[3:17]:
        await give(phone, sheet, key, value)
    assert "▪️ Child 1" in phone.network.sent[-1].text


async def test_a_sensitive_question_and_its_review_cannot_be_forwarded(
    phone: Phone, form: Callable[[str], Sheet]
) -> None:
    await put_before(phone, form("|  | text | a | A? | | | | yes |\n|  | text | b | B? | | | | |\n"))
    assert phone.network.sent[-1].protected
    await phone.write("x")
    assert not phone.network.sent[-1].protected
    await phone.write("y")
    assert phone.network.sent[-1].protected


async def test_a_date_is_chosen_by_year_month_and_day(phone: Phone, form: Callable[[str], Sheet]) -> None:
    phone.fixed = MOMENT
    sheet = form("|  | date | born | Born? | | | date-picker | |\n|  | date | due | Due? | yes | | | |\n")
    await put_before(phone, sheet)
    assert "2007" in labels(phone)
    assert "I don't know ▶️" in labels(phone)
    for _page in range(6):
        (page,) = await phone.tap(EARLIER)
        assert page.method == "editMessageText"
    assert "1900" in labels(phone)
    assert "⏪ Earlier years" not in labels(phone)
    for _page in range(4):
        await phone.tap(LATER)
    await phone.tap("1988")
    assert "Choose the month of 1988" in phone.network.sent[-1].text
    await phone.tap(ANOTHER_YEAR)
    await phone.tap(LATER, old=0)
    await phone.tap(EARLIER)
    await phone.tap(EARLIER)
    await phone.tap("1988")
    await phone.tap("February")
    assert "29" in labels(phone)
    assert "30" not in labels(phone)
    await phone.tap("29")
    assert (await stored(phone, sheet))["born"] == "1988-02-29"
    assert "I don't know ▶️" not in labels(phone)
    await phone.write("٣/٥/٢٠٢٦")
    assert await stored(phone, sheet) == {"born": "1988-02-29", "due": "2026-05-03"}


async def test_a_date_that_is_not_known_is_left_out(phone: Phone, form: Callable[[str], Sheet]) -> None:
    sheet = form("|  | date | born | Born? | | | | |\n|  | text | b | B? | | | | |\n")
    await put_before(phone, sheet)
    await phone.tap("2020")
    await phone.tap(UNKNOWN)
    assert await stored(phone, sheet) == {"born": None}


@pytest.mark.parametrize(("written", "number"), [("٧", 7), ("۷", 7), ("৭", 7), ("፯", 7), ("፲፱፻፺", 1990), ("߇", 7)])
async def test_digits_of_every_script_are_read(
    phone: Phone, form: Callable[[str], Sheet], written: str, number: int
) -> None:
    sheet = form("|  | integer | n | N? | | | | |\n")
    await put_before(phone, sheet)
    await phone.write(written)
    assert await stored(phone, sheet) == {"n": number}


async def test_small_numbers_are_tapped_and_a_suggestion_is_taken(phone: Phone, form: Callable[[str], Sheet]) -> None:
    sheet = form("|  | integer | n | N? | | | number-pad | |\n|  | integer | m | M? | | 12 + int(${n}) | | |\n")
    await put_before(phone, sheet)
    assert labels(phone)[:10] == [str(number) for number in range(10)]
    await phone.tap("4")
    assert labels(phone)[0] == "👉 16"
    assert (await stored(phone, sheet)) == {"n": 4}
    await phone.tap("16")
    assert (await stored(phone, sheet)) == {"n": 4, "m": 16}


async def test_rows_are_added_changed_and_dropped_from_the_review(phone: Phone, sheet: Sheet) -> None:
    phone.fixed = MOMENT
    await put_before(phone, sheet)
    await fill_in(phone, sheet)
    await _change(phone, "Household member 1 · What work do they do?")
    assert await asked(phone) == "members/1/member_work"
    await phone.tap(REMOVE)
    await _change(phone, "Does one more person live with you?")
    assert await asked(phone) == "members/2/+"
    assert "those after it go" in phone.network.sent[-1].text
    await phone.tap("No")
    answers = await stored(phone, sheet)
    assert [key for key in answers if key.startswith("members/2/")] == ["members/2/+"]
    assert "members/1/hours" not in answers
    assert (await only(phone.receiver.database, Chat)).place["standing"] == Standing.REVIEW
    await _change(phone, "Does one more person live with you?")
    await phone.tap("Yes")
    assert await asked(phone) == "members/2/member_name"


async def _change(phone: Phone, label: str) -> None:
    """From the review to the question with this label, through the pages of the list."""
    await phone.tap(EDIT)
    for _page in range(10):
        found = [each for each in labels(phone) if each.endswith(label)]
        if found:
            await phone.tap(found[-1])
            return
        await phone.tap("⋯ More choices")
    pytest.fail(f"{label} cannot be changed")


async def test_the_most_rows_are_told_in_words(phone: Phone) -> None:
    tables = (
        "| survey |\n|  | type | name | label | relevant | repeat_count |\n|  | integer | n | N? | | |\n"
        "|  | begin_repeat | debts | Debt | | ${n} |\n|  | text | a | A? | position(..) = 1 | |\n"
        "|  | end_repeat | | | | |\n"
    )
    sheet = read_form((tables + SETTINGS.format("many_rows")).encode(), ".md")
    await put_before(phone, sheet)
    await phone.write(str(MOST_ROWS + 10))
    await phone.write("x")
    assert f"at most {MOST_ROWS}" in phone.network.sent[-1].text
    await phone.tap(READ)
    await phone.tap(SEND)
    assert await stored(phone, sheet) == {"n": MOST_ROWS + 10, "debts/1/a": "x", f"debts/{MOST_ROWS + 1}/+": True}


async def test_a_row_more_is_asked_in_our_words(phone: Phone, form: Callable[[str], Sheet]) -> None:
    rows_of_form = (
        "|  | begin_repeat | r | Debt | | | | |\n|  | text | a | A? | | | | |\n|  | end_repeat | | | | | | |\n"
    )
    await put_before(phone, form(rows_of_form))
    assert "Debt: is there one to add?" in phone.network.sent[-1].text
    await phone.tap("Yes")
    assert "▪️ Debt 1" in phone.network.sent[-1].text
    await phone.write("x")
    assert "Debt: is there another one to add?" in phone.network.sent[-1].text


async def test_words_may_be_spoken_and_are_kept_as_a_file(phone: Phone, form: Callable[[str], Sheet]) -> None:
    sheet = form("|  | text | why | Why? | yes | | | |\n")
    await put_before(phone, sheet)
    await phone.send("voice", voice=VOICE)
    answer = (await stored(phone, sheet))["why"]
    database, key = phone.receiver.database, await person_key(phone.receiver.database)
    file = await only(database, StoredFile)
    assert answer == {"file": str(file.id), "type": "audio/ogg"}
    assert "🎤 a voice message" in phone.network.sent[-1].text
    async with database.reading() as session:
        opened = await open_file(session, await the_case(database), key, file.id)
    assert opened.content.startswith(b"OggS")


async def test_what_does_not_fit_a_question_is_told_and_not_kept(phone: Phone, form: Callable[[str], Sheet]) -> None:
    rows_of_form = "|  | text | a | A? | | | | |\n|  | image | b | B? | | | | |\n|  | geopoint | c | C? | yes | | | |\n"
    sheet = form(rows_of_form)
    await put_before(phone, sheet)
    for content, words in (
        ({"photo": PHOTO}, "write your answer in words, or say it"),
        ({"sticker": STICKER}, "write your answer in words"),
        ({"location": {"latitude": 1.0, "longitude": 2.0}}, "write your answer in words"),
        ({"document": PAPER | {"file_size": 90_000_000}}, "too large"),
    ):
        (told,) = await phone.send("something", **content)
        assert words in told.text
        assert await asked(phone) == "a"
    await phone.write("x")
    for content, words in (({"text": "a house"}, "send a picture"), ({"voice": VOICE}, "send a picture")):
        (told,) = await phone.send("something", **content)
        assert words in told.text
    await phone.tap(SKIP)
    (told,) = await phone.write("north of the river")
    assert "share a place from your phone" in told.text
    (told,) = await phone.write("95, 200")
    assert "latitude, from -90 to 90" in told.text
    await phone.write("١٣.٤٥، -١٦.٥٧")
    assert await stored(phone, sheet) == {"a": "x", "b": None, "c": "13.45 -16.57 0 0"}
    assert await rows(phone.receiver.database, StoredFile) == []


async def test_a_file_that_is_replaced_is_deleted(phone: Phone, form: Callable[[str], Sheet]) -> None:
    sheet = form("|  | file | a | A? | | | | |\n|  | text | b | B? | | | | |\n")
    await put_before(phone, sheet)
    await phone.send("photo", photo=PHOTO)
    first = (await stored(phone, sheet))["a"]["file"]
    await phone.tap(BACK)
    assert "📎 a file" not in phone.network.sent[-1].text
    assert "🖼 a picture" in phone.network.sent[-1].text
    await phone.send("document", document=PAPER)
    (kept,) = await rows(phone.receiver.database, StoredFile)
    assert str(kept.id) != first
    assert (await stored(phone, sheet))["a"] == {"file": str(kept.id), "type": "application/pdf"}
    await phone.tap(BACK)
    await phone.tap(REMOVE)
    assert await rows(phone.receiver.database, StoredFile) == []


async def test_a_form_goes_on_after_weeks_on_its_own_version(phone: Phone, form: Callable[[str], Sheet]) -> None:
    sheet = form("|  | text | a | A? | | | | |\n|  | text | b | B? | | | | |\n")
    await put_before(phone, sheet)
    await phone.write("x")
    await phone.tap(STOP)
    async with phone.receiver.database.transaction() as session:
        newer = form("|  | text | a | Quite another question? | | | | |\n").model_copy(update={"version": "2"})
        await publish(session, newer)
    phone.wait(weeks=5)
    await phone.write("/menu")
    await phone.tap(GO_ON)
    assert "B?" in phone.network.sent[-1].text
    await phone.tap(WRITE)
    await phone.write("/menu")
    await phone.tap(GO_ON)
    await phone.write("y")
    await phone.tap(SEND)
    assert await stored(phone, sheet) == {"a": "x", "b": "y"}


async def test_a_form_that_is_corrected_opens_at_its_review(phone: Phone, form: Callable[[str], Sheet]) -> None:
    sheet = form("|  | text | a | A? | | | | |\n|  | image | b | B? | | | | |\n")
    await put_before(phone, sheet)
    await phone.write("x")
    await phone.send("photo", photo=PHOTO)
    await phone.tap(SEND)
    await _reopen(phone, sheet)
    await phone.write("/menu")
    await phone.tap(GO_ON)
    assert "Please check your answers" in phone.network.sent[-1].text
    await _change(phone, "B?")
    await phone.tap(REMOVE)
    assert len(await rows(phone.receiver.database, StoredFile)) == 1, "what was sent before stays as it was sent"
    await phone.tap(SEND)
    sent = await rows(phone.receiver.database, Submission, Submission.amends.is_not(None))
    assert [each.state for each in sent] == [SubmissionState.SUBMITTED]


async def _reopen(phone: Phone, sheet: Sheet) -> None:
    database, key = phone.receiver.database, await person_key(phone.receiver.database)
    async with database.transaction() as session:
        chat = await session.get_one(Chat, key.subject_id)
        amendment = await begin_amendment(session, await the_case(database), key, sheet.id)
        await session.flush()
        chat.submission_id, chat.place = amendment.id, {"standing": "menu", "question": "a"}


async def test_or_other_is_asked_in_the_persons_own_language(phone: Phone, sheet: Sheet) -> None:
    phone.fixed = MOMENT
    await put_before(phone, sheet)
    await fill_in(phone, sheet, "transport_other")
    assert "Please say what it is." in phone.network.sent[-1].text
