"""The forms in use: built-in ones compiled from this package's files, every version kept for whoever began it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor
from cases.models import FormMedia, PublishedSheet, Submission
from cases.rules import SubmissionState
from foundation import audit, clock
from foundation.errors import Conflict, Invalid, NotFound
from foundation.language import _
from foundation.media import AUDIO, IMAGES, clean, sniff
from questionnaire.sheet import Sheet
from questionnaire.xlsform import read_form

FORMS = Path(__file__).resolve().parent / "forms"
ARRIVAL = "arrival"
NEEDS = "needs"
ORDER = (ARRIVAL, NEEDS)
"""The forms a person is asked to fill in, first to last."""

MOST_MEDIA = 25 * 1024 * 1024
"""Bytes of all pictures and recordings of one form together."""
_CODE = re.compile(r"[A-Za-z0-9_.:+-]{1,64}")
_known: dict[tuple[str, str], Sheet] = {}


@dataclass(frozen=True, slots=True)
class CleanedMedia:
    """A picture or recording of a form, without what a device wrote into it."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class PublishedForm:
    """A form in its newest version."""

    sheet: Sheet
    published_at: datetime


@cache
def built_in_sheets() -> dict[str, Sheet]:
    sheets = [read_form(path.read_bytes(), ".md", built_in=True) for path in sorted(FORMS.rglob("*.md"))]
    return {sheet.id: sheet for sheet in sheets}


def clean_media(name: str, content: bytes) -> CleanedMedia:
    """A picture or recording, fit to be sent to phones. Raises Invalid for anything else; takes its time."""
    if sniff(content) not in IMAGES | AUDIO:
        raise Invalid(
            _("A form can show JPEG, PNG and WebP pictures and play OGG, MP3 and M4A recordings; this file is neither.")
        )
    cleaned, media_type = clean(content)
    return CleanedMedia(name, media_type, cleaned)


async def publish(
    session: AsyncSession, sheet: Sheet, media: Mapping[str, CleanedMedia] | None = None, *, actor: Actor = SYSTEM
) -> bool:
    """Keep this version of a form, and its files, for good. False if exactly this version was published before.

    Raises Invalid while files are missing or too large, and for an id of the program's own forms, which everyone is
    asked in every language; Conflict if the version was published with other content.
    """
    if not sheet.built_in and sheet.id in built_in_sheets():
        raise Invalid(
            _("The id {id} belongs to a form of the program. Give yours another id in its settings sheet."), id=sheet.id
        )
    files = media or {}
    _check_files(sheet, files)
    if not (_CODE.fullmatch(sheet.id) and _CODE.fullmatch(sheet.version)):
        raise Invalid(
            _("The form's id and version may have letters, digits and . _ - + : only, at most 64. Change the settings.")
        )
    published = await session.get(PublishedSheet, (sheet.id, sheet.version))
    if published is not None:
        await _refuse_other_content(session, published, sheet, files)
        return False
    session.add(
        PublishedSheet(
            sheet_id=sheet.id, version=sheet.version, content=json.loads(sheet.to_json()), published_at=clock.now()
        )
    )
    await session.flush()
    session.add_all(
        FormMedia(
            sheet_id=sheet.id,
            version=sheet.version,
            name=each.name,
            media_type=each.media_type,
            content=each.content,
            channel_file_id=None,
        )
        for each in files.values()
    )
    audit.record(session, actor.id, "form.published", actor.id, form=sheet.id, version=sheet.version, files=len(files))
    return True


def _check_files(sheet: Sheet, files: Mapping[str, CleanedMedia]) -> None:
    missing = [name for name in sheet.media() if name not in files]
    if missing:
        raise Invalid(_("The form names files that were not given: {names}."), names=", ".join(missing))
    if sum(len(each.content) for each in files.values()) > MOST_MEDIA:
        raise Invalid(
            _("The form's pictures and recordings are larger than {limit} megabytes together. Make them smaller."),
            limit=MOST_MEDIA // 1024**2,
        )


async def _refuse_other_content(
    session: AsyncSession, published: PublishedSheet, sheet: Sheet, files: Mapping[str, CleanedMedia]
) -> None:
    stored = await session.execute(
        select(FormMedia.name, FormMedia.content).where(
            FormMedia.sheet_id == sheet.id, FormMedia.version == sheet.version
        )
    )
    same_files = {row.name: row.content for row in stored} == {name: each.content for name, each in files.items()}
    if Sheet.from_json(json.dumps(published.content)) != sheet or not same_files:
        raise Conflict(
            _(
                "Version {version} of this form was published before with other content, and may be in use. "
                "Give the changed form a new version in its settings sheet, and publish it again."
            ),
            version=sheet.version,
        )


async def publish_built_in(session: AsyncSession) -> None:
    """The program's own forms. A version that is there already stays as it is."""
    for sheet in built_in_sheets().values():
        if await session.get(PublishedSheet, (sheet.id, sheet.version)) is None:
            await publish(session, sheet)


async def sheet_of(session: AsyncSession, sheet_id: str, version: str) -> Sheet:
    """A published form. Versions never change, so one read in the life of the process is enough."""
    if (sheet_id, version) not in _known:
        stored = await session.get(PublishedSheet, (sheet_id, version))
        if stored is None:
            raise NotFound(_("This form is not available."))
        _known[sheet_id, version] = Sheet.from_json(json.dumps(stored.content))
    return _known[sheet_id, version]


async def newest(session: AsyncSession, sheet_id: str) -> Sheet:
    """The version that a new submission starts on: the last one published."""
    version = await session.scalar(
        select(PublishedSheet.version)
        .where(PublishedSheet.sheet_id == sheet_id)
        .order_by(PublishedSheet.published_at.desc(), PublishedSheet.version.desc())
        .limit(1)
    )
    return await sheet_of(session, sheet_id, version or "")


async def form_media(session: AsyncSession, sheet: Sheet, name: str) -> FormMedia:
    """Raises NotFound for a file that the form does not have."""
    found = await session.get(FormMedia, (sheet.id, sheet.version, name))
    if found is None:
        raise NotFound(_("This file is not there any more."))
    return found


async def published_forms(session: AsyncSession) -> list[PublishedForm]:
    """Every form in its newest version, in the order of ids."""
    latest = {row.sheet_id: row for row in await session.execute(_PUBLISHED)}
    return [
        PublishedForm(await sheet_of(session, sheet_id, row.version), row.published_at)
        for sheet_id, row in sorted(latest.items())
    ]


_PUBLISHED = select(PublishedSheet.sheet_id, PublishedSheet.version, PublishedSheet.published_at).order_by(
    PublishedSheet.published_at, PublishedSheet.version
)


async def form_uses(session: AsyncSession) -> dict[tuple[str, SubmissionState], int]:
    """How many submissions there are of each form and state, in any version. Reads them all: not for a page."""
    counted = await session.execute(
        select(Submission.sheet_id, Submission.state, func.count().label("number")).group_by(
            Submission.sheet_id, Submission.state
        )
    )
    return {(row.sheet_id, row.state): row.number for row in counted}
