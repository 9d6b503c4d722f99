"""What a person does from the first word to the last answer, with the mistakes people make; in any language."""

from phone import Phone

from bot.agreeing import ADULT, TAKE_BACK, TAKE_BACK_YES
from bot.deciding import ITEM_NO, ITEM_YES, READ_AND_ANSWER, WANTS, WRITE_DOWN
from bot.menu import BEGIN, CASE, CONSENTS, GO_ON, HELP, MENU, MORE, SERVICES, WRITE
from bot.screens import BACK, DONE, EDIT, KEEP, MORE_CHOICES, REMOVE, SEND, SKIP, STOP
from bot.services import WHOLE_COUNTRY
from cases.consent import YES
from cases.return_asking import READ_IT
from foundation.language import Message, autonym

PHOTO = [{"file_id": "p1", "file_unique_id": "p1", "width": 90, "height": 90}]
STICKER = {
    "file_id": "s1",
    "file_unique_id": "s1",
    "type": "regular",
    "width": 512,
    "height": 512,
    "is_animated": False,
    "is_video": False,
}


async def agree(phone: Phone) -> None:
    """From /start to the first question."""
    await phone.write("/start")
    await phone.tap(autonym(phone.language))
    await phone.tap(BEGIN)
    await phone.tap(ADULT)
    await phone.tap(YES)


async def meet(phone: Phone) -> None:
    """The first words, and the notice before anything is kept."""
    await phone.write("/start")
    await phone.write("hello?")
    await phone.tap(autonym(phone.language))
    await phone.tap(HELP)
    await phone.tap(SERVICES)
    await phone.tap(Message("Tunisia"))
    await phone.tap(WHOLE_COUNTRY)
    await phone.tap(MORE_CHOICES)
    await phone.tap(Message("Health"))
    await phone.tap(MENU)
    await phone.tap(BEGIN)
    await phone.write("I am 30")
    await phone.tap(ADULT)
    await phone.write("My name is Amie")
    await phone.tap(YES)


async def arrive(phone: Phone) -> None:
    """The arrival form, answered with every kind of slip."""
    await _name_and_year(phone)
    await phone.tap(Message("Woman or girl"), times=2)
    await phone.tap(Message("Tunisia"))
    await phone.tap(BACK)
    await phone.tap(KEEP)
    await phone.tap(BACK)
    await phone.tap(Message("The Gambia"))
    await phone.tap(MORE_CHOICES)
    await phone.tap(MORE_CHOICES)
    await phone.tap(MORE_CHOICES)
    await phone.tap(Message("Basse"))
    await phone.write("3")
    await phone.write("/wobble")
    await phone.tap(STOP)
    await phone.tap(GO_ON)
    await phone.tap(Message("Yes"))
    await _company(phone)
    await phone.tap(SKIP)
    await _review(phone)


async def _name_and_year(phone: Phone) -> None:
    await phone.send("sticker", sticker=STICKER)
    await phone.write("a" * 10_000, shown="(10,000 letters)")
    await phone.write("Amie")
    await phone.send("photo", photo=PHOTO)
    await phone.write("1890")
    await phone.write("in the spring")
    phone.wait(minutes=1)
    await phone.tap(SKIP, old=5)
    message = phone.written("1900")
    phone.transcript.append("person: 1900")
    await phone.receive(message)
    await phone.edit(message["message"]["message_id"], "1990")


async def _company(phone: Phone) -> None:
    await phone.tap(Message("I am alone"))
    await phone.tap(Message("Friends"))
    await phone.tap(DONE)
    await phone.tap(Message("I am alone"))
    await phone.tap(Message("My own children"))
    await phone.tap(DONE)
    await phone.write("25")
    await phone.write("٢")


async def _review(phone: Phone) -> None:
    await phone.write("ok")
    await phone.tap(EDIT)
    await phone.tap(MORE_CHOICES)
    await phone.tap(BACK)
    await phone.tap(EDIT)
    name = phone.network.sent[-1].buttons[0][0][0]
    await phone.tap(name)
    await phone.write("Amie B.")
    await phone.tap(SEND)


async def tell_needs(phone: Phone) -> None:
    """The second form: a message in between, an answer taken back, a danger told."""
    await phone.tap(GO_ON)
    await phone.tap(WRITE)
    await phone.write("Is it safe to answer?")
    await phone.tap(GO_ON)
    await phone.tap(Message("Yes, but it is not safe"))
    await phone.tap(Message("Yes, it can wait a little"))
    await phone.tap(Message("Yes"))
    await phone.tap(GO_ON)
    await phone.tap(BACK)
    await phone.tap(REMOVE)
    await phone.tap(Message("I prefer not to say"))
    await phone.tap(Message("Passport"))
    await phone.tap(Message("School papers"))
    await phone.tap(DONE)
    await phone.tap(Message("No"))
    await phone.tap(Message("Yes, but not enough"))
    await phone.write("1, 3")
    await phone.write("Sewing. I had a shop.\n\nI also cook.")
    await phone.write("Baking")
    await phone.tap(Message("Yes"))
    await phone.tap(Message("A smuggler"))
    await phone.tap(Message("Yes"))
    await phone.write("Nothing else, thank you.")
    await phone.tap(SEND)


async def look_around(phone: Phone) -> None:
    """What stands in the menu once everything is sent."""
    await phone.tap(MENU)
    await phone.tap(CASE)
    await phone.tap(MENU)
    await phone.tap(CONSENTS)
    await phone.tap(MENU)
    await phone.tap(MORE)


async def to_company(phone: Phone) -> None:
    """To the question of the arrival form that has several answers."""
    await agree(phone)
    for _question in range(4):
        await phone.tap(SKIP)
    await phone.tap(Message("Tunisia"))
    for _question in range(3):
        await phone.tap(SKIP)


async def fill_in_both(phone: Phone) -> None:
    """Both forms to the end, with as few words as possible: an adult woman back in Tunisia who needs a job."""
    await agree(phone)
    await phone.write("Amie")
    await phone.write("1990")
    await phone.tap(Message("Woman or girl"))
    await phone.tap(Message("Tunisia"))
    for _question in range(5):
        await phone.tap(SKIP)
    await phone.tap(SEND)
    await phone.tap(GO_ON)
    for _question in range(6):
        await phone.tap(SKIP)
    await phone.tap(Message("No"))
    await phone.tap(Message("Find a job"))
    await phone.tap(DONE)
    for _question in range(4):
        await phone.tap(SKIP)
    await phone.tap(SEND)


async def decide_about_return(phone: Phone) -> None:
    """From the neutral line to an agreement that is taken back: with words, a wrong step, and a look elsewhere."""
    await phone.tap(READ_IT)
    await phone.tap(ITEM_YES)
    await phone.write("I do not know")
    await phone.tap(ITEM_YES)
    await phone.tap(ITEM_NO)
    await phone.write("/consents")
    await phone.tap(READ_AND_ANSWER)
    await phone.tap(BACK)
    for _item in range(9):
        await phone.tap(ITEM_YES)
    await phone.tap(WANTS)
    await phone.tap(WRITE_DOWN)
    await phone.write("/consents")
    await phone.tap(TAKE_BACK)
    await phone.tap(TAKE_BACK_YES)
