"""One example complaint, without a name, that waits to be read."""

from sqlalchemy.ext.asyncio import AsyncSession

from cases.complaints import receive_complaint
from cases.rules import ComplaintAbout


async def add_complaint(session: AsyncSession) -> None:
    await receive_complaint(
        session,
        "I came to the office in Brikama three times and the door was shut. The paper on the door says 9 o'clock. "
        "I paid the bus each time. Please say which day someone is there.",
        about=ComplaintAbout.SERVICE,
        language="en",
        country="GM",
    )
