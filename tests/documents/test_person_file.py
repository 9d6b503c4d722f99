"""The copy of one's own file holds everything that is kept of this person, and nothing of anyone else."""

import asyncio
import json
from datetime import timedelta

import pytest
from documents_scene import House, Someone
from pdf_reader import text_of
from pydantic import ValidationError

from cases.rules import ConsentKind, ConsentState
from documents.gathering import gather_file
from documents.openings import openings_of
from documents.person_file import PersonFile
from documents.printing import print_file
from foundation import audit, clock
from foundation.language import say
from foundation.sealing import SealedColumn
from homeward.schema import metadata
from referrals.rules import SHARED_FIELD_NAMES, SharedField

IN_THE_COPY = {
    "service_offer.note",
    "person.called",
    "submission.answers",
    "case_message.body",
    "stored_file.name",
    "call_back.number",
    "call_back.safe_words",
    "survey_result.scores",
    "referral.disclosed",
    "referral.note",
    "application.institution",
    "application.reference",
    "application.details",
    "application.authorisation",
    "application.plan",
    "application_document.note",
    "application_entry.note",
    "work_period.content",
    "business_plan.content",
    "coaching_visit.agreed",
    "savings_goal.terms",
    "savings_entry.amount",
}
LEFT_OUT = {
    "chat.address": "the number of their own chat, which Telegram knows",
    "submission.given": "copied from answers that are in it",
    "stored_file.content": "the person sent the file, or got it, in the chat",
    "flag.note": "the staff's own assessment; it may name others",
    "risk_setting.basis": "as above",
    "risk_setting.reason": "as above",
    "case_note.body": "what staff wrote for themselves or for named roles; it may name others",
    "closing.note": "between colleagues; that the case was closed, the person was told",
    "closing.handed_over": "between colleagues",
    "closing.decision_note": "between colleagues",
    "closing.reopening_note": "between colleagues",
    "case_transfer.note": "to the organisation that takes over; that it may is in the consents",
    "referral_word.reason": "how a supervisor found out; it may name others. What was found is in the copy",
    "directory_draft.content": "a file of the directory of services; of no person",
    "service_upkeep.words": "what a provider says of its own service; of no person",
    "consent.guardian_evidence": "about the guardian, and how it was checked",
    "complaint.body": "has a key of its own: the copy is sealed with the case's",
    "complaint.answer": "as above",
    "plan.goals": "the plan is given printed, and talked through, when it is agreed",
    "plan.risks": "as above",
    "plan.mitigations": "as above",
    "plan_activity.what": "as above",
    "plan_activity.provider": "as above",
    "plan.returned_note": "between colleagues",
    "plan_activity.reason": "between colleagues",
    "case_person.details": "names others of the family, who may not know",
    "case_record.words": "the officers' findings; they may name others, and a child must not meet them on a phone",
    "best_interests.report": "as above: a child is told of it by a person, in a form they understand",
    "best_interests.reasons": "as above",
    "panel_member.note": "what each member of the panel thought",
    "gate_override.reason": "between colleagues; that a rule was set aside stands in the history",
    "return_leg.words": "names whoever accompanies",
    "application.guardian_evidence": "about the guardian, and how it was checked",
    "break_glass.reason": "that the file was opened, by which role and when, is in the copy",
    "api_answer.answer": "what a program was told, for a day; sealed with its token, which is not kept",
    "authenticator_app.secret": "of a member of staff",
    "authenticator_app.pending": "as above",
    "signing_key.private": "of the house, for its releases; of no person",
    "dead_letter.update": "an update that had no effect",
    "outbox.body": "on its way to the person",
}


async def copy_of(someone: Someone) -> PersonFile:
    return await gather_file(
        someone.session, await someone.person(), someone.case, someone.key, "Example Return Service"
    )


def test_every_sealed_column_is_in_the_copy_or_left_out_for_a_reason() -> None:
    sealed = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, SealedColumn)
    }
    assert sealed == IN_THE_COPY | set(LEFT_OUT)


async def test_the_copy_holds_everything_of_the_person_and_nothing_of_another(house: House) -> None:
    amie, other = await house.meet("amie"), await house.meet("other")
    text = (await copy_of(amie)).model_dump_json()
    for canary in amie.canaries():
        assert canary in text, canary
    for secret in (*other.canaries(), other.case.number, str(other.case.id), str(other.person_id)):
        assert secret not in text, secret
    for word in ("Mariama", "DISTRESS", "distress"):
        assert word not in text


async def test_what_a_person_reads_on_paper_holds_it_too(house: House) -> None:
    amie, other = await house.meet("amie"), await house.meet("other")
    # Kerning cuts words into pieces of a run: what is compared is the letters in their order.
    text = text_of(await asyncio.to_thread(print_file, await copy_of(amie)))
    for canary in set(amie.canaries()) - {"score-amie"}:
        assert canary in text, canary
    assert amie.case.number in text
    assert not any(canary in text for canary in other.canaries())


async def test_the_json_can_be_read_by_its_schema_and_by_no_looser_one(house: House) -> None:
    told = (await copy_of(await house.meet("amie"))).model_dump_json()
    again = PersonFile.model_validate_json(told)
    assert again.model_dump_json() == told
    assert set(PersonFile.model_json_schema()["required"]) == set(json.loads(told))
    for spoilt in ({"more": 1}, {"format": "another"}, {"phase": "unknown"}):
        with pytest.raises(ValidationError):
            PersonFile.model_validate({**json.loads(told), **spoilt})


async def test_answers_are_told_in_words_beside_what_is_stored(house: House) -> None:
    amie = await house.meet("amie", language="ar")
    file = await copy_of(amie)
    arrival = {each.key: each for each in file.forms[0].answers}
    assert (arrival["sex"].value, arrival["sex"].answer != "female") == ("female", True)
    assert any("\u0600" <= letter <= "\u06ff" for letter in arrival["sex"].question)
    assert file.forms[0].worked_out["maybe_child"] == "no"


async def test_shares_say_to_whom_what_and_whether_it_was_opened(house: House) -> None:
    (share,) = (await copy_of(await house.meet("amie"))).shared
    assert share.recipient == "Sousse Job Centre"
    told = [SharedField.CALLED, SharedField.SKILLS, SharedField.NOTE]
    assert share.covers == [say("en", SHARED_FIELD_NAMES[field]) for field in told]
    assert share.opened_at is not None


async def test_a_consent_says_what_it_covers_and_what_became_of_it(house: House) -> None:
    data, share = (await copy_of(await house.meet("amie"))).consents
    assert (data.kind, data.state, data.recipient) == (ConsentKind.DATA, ConsentState.GIVEN, None)
    assert (share.kind, share.recipient, len(share.covers)) == (ConsentKind.SERVICES, "Sousse Job Centre", 3)


async def test_who_opened_the_file_is_told_by_role_and_day_newest_first(house: House) -> None:
    amie = await house.meet("amie")
    for days, times in ((1, 2), (3, 1)):
        with clock.moved_to(clock.now() + timedelta(days=days)):
            for _time in range(times):
                audit.record(house.session, house.caseworker.id, "case.viewed", amie.case.id, role="supervisor")
            # What is no opening does not count.
            audit.record(house.session, house.caseworker.id, "case.moved", amie.case.id, phase="planning")
    await house.session.flush()
    days_told = await openings_of(house.session, amie.case)
    assert [day.day for day in days_told] == sorted((day.day for day in days_told), reverse=True)
    assert [list(day.roles) for day in days_told] == [
        [("supervisor", 1)],
        [("supervisor", 2)],
        [("caseworker", 1), ("partner", 1)],
    ]
