"""Applications to institutions: prepared, authorised, submitted, pursued to the end; nothing leaves without a yes."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from referral_scene import Scene
from sqlalchemy import delete, func, select

from access.actor import PERSON
from access.rules import GRANTS, Permission, Role
from cases.consent import consents_of
from cases.files import OpenedFile, drop_outlived, store_file
from cases.models import StoredFile
from cases.rules import ConsentKind, ConsentState, FileKind, FlagKind
from cases.safeguarding import raise_flag
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import Conflict, Invalid, NotAllowed, NotFound
from referrals.application_file import applications_of, open_application
from referrals.application_kinds import kind_of, kinds, read_fields
from referrals.application_models import (
    Application,
    ApplicationDocument,
    ApplicationEntry,
    BusinessPlan,
    CoachingVisit,
    WorkPeriod,
)
from referrals.application_rules import (
    APPLICATION_STEPS,
    LEADS_TO,
    OPEN_APPLICATIONS,
    ApplicationState,
    Entry,
    Given,
    Outcome,
    Standing,
)
from referrals.application_steps import write_entry
from referrals.application_waiting import applications_due
from referrals.applying import Terms, authorise, end_authorisation, note_document, open_new, rewrite
from referrals.erasure import erase_person
from referrals.pursuing import Happened, record, withdraw
from referrals.referring import withdraw_all

TERMS = Terms(
    "National Accreditation Authority",
    "GM",
    details={"qualification": "Mason, six years in Tripoli", "how": "work", "occupation": "71"},
)


async def begun(scene: Scene, **changes: Any) -> Application:
    terms = replace(TERMS, **changes)
    return await open_new(scene.session, scene.case, "skills_recognition", terms, actor=scene.caseworker)


async def agreed(scene: Scene, application: Application) -> None:
    await authorise(
        scene.session,
        scene.case,
        application.id,
        on_day=clock.today(),
        how=Given.SIGNED,
        covers="Name, passport copy, the employer's letter",
        actor=scene.caseworker,
    )


async def ready(scene: Scene) -> Application:
    application = await begun(scene)
    await agreed(scene, application)
    await have(scene, application, "identity", "employer_letter")
    return application


async def have(scene: Scene, application: Application, *codes: str) -> None:
    for code in codes:
        await note_document(scene.session, scene.case, application.id, code, Standing.HAVE, actor=scene.caseworker)


async def happens(scene: Scene, application: Application, what: Entry, **more: Any) -> Application:
    happened = Happened(what, more.pop("on_day", clock.today()), **more)
    return await record(scene.session, scene.case, application.id, happened, actor=scene.caseworker)


async def submitted(scene: Scene) -> Application:
    return await happens(scene, await ready(scene), Entry.SUBMITTED)


async def test_an_application_is_sealed_and_its_documents_and_beginning_stand_with_it(scene: Scene) -> None:
    application = await begun(scene)
    view = await open_application(scene.session, scene.case, application.id)
    assert (view.institution, dict(view.details)) == (TERMS.institution, dict(TERMS.details))
    assert {each.document.code for each in view.documents} == {each.code for each in view.kind.documents}
    assert all(each.row.standing is Standing.MISSING for each in view.documents)
    assert [(each.row.what, each.by) for each in view.entries] == [(Entry.OPENED, "caseworker")]
    row = (await scene.session.execute(select(Application.institution, Application.details))).one()
    assert b"Accreditation" not in row.institution.box
    assert b"Tripoli" not in row.details.box
    events = await scene.session.scalars(select(AuditEntry).where(AuditEntry.event.like("application.%")))
    assert [each.facts for each in events] == [{"application": str(application.id), "kind": "skills_recognition"}]


async def test_what_keeps_it_from_being_submitted_is_said_and_stops_it(scene: Scene) -> None:
    application = await begun(scene, details={})
    lacking = (await open_application(scene.session, scene.case, application.id)).unready
    assert len(lacking) == 5  # two answers, the authorisation, a proof of identity, one piece of evidence
    with pytest.raises(Conflict):
        await happens(scene, application, Entry.SUBMITTED)
    await rewrite(scene.session, scene.case, application.id, TERMS, actor=scene.caseworker)
    await have(scene, application, "identity", "skills_test")
    with pytest.raises(Conflict, match="has not authorised"):
        await happens(scene, application, Entry.SUBMITTED)
    await agreed(scene, application)
    assert not (await open_application(scene.session, scene.case, application.id)).unready
    await happens(scene, application, Entry.SUBMITTED)
    assert application.state is ApplicationState.SUBMITTED
    assert application.due_on == clock.today() + timedelta(days=120)


async def test_a_document_that_cannot_be_had_is_explained_and_does_not_stop_it(scene: Scene) -> None:
    application = await begun(scene)
    verb = (scene.session, scene.case, application.id)
    await agreed(scene, application)
    await have(scene, application, "portfolio")
    with pytest.raises(Invalid):
        await note_document(*verb, "identity", Standing.NOT_AVAILABLE, actor=scene.caseworker)
    account = "his account DE89370400440532013000"
    with pytest.raises(Invalid):
        await note_document(*verb, "identity", Standing.NOT_AVAILABLE, note=account, actor=scene.caseworker)
    note = "Lost at sea; two neighbours confirm who he is"
    await note_document(*verb, "identity", Standing.NOT_AVAILABLE, note=note, actor=scene.caseworker)
    view = await open_application(*verb)
    assert [each.note for each in view.documents if each.note] == [note]
    assert not view.unready
    with pytest.raises(NotFound):
        await note_document(*verb, "no_such", Standing.HAVE, actor=scene.caseworker)


async def test_a_file_that_is_evidence_outlives_the_time_of_messages_and_no_other_cases_file_is_taken(
    scene: Scene,
) -> None:
    application = await begun(scene)
    file = OpenedFile(FileKind.IMAGE, "image/png", "diploma.png", b"x")
    kept = store_file(scene.session, scene.case, scene.key, file, delete_at=clock.now() - timedelta(days=1))
    await scene.session.flush()
    verb = (scene.session, scene.case, application.id, "certificate", Standing.HAVE)
    with pytest.raises(Invalid):
        await note_document(*verb, file_id=uuid4(), actor=scene.caseworker)
    await note_document(*verb, file_id=kept.id, actor=scene.caseworker)
    await scene.session.flush()
    await drop_outlived(scene.session, kept.id)
    assert await scene.session.scalar(select(func.count()).select_from(StoredFile)) == 1
    await scene.session.execute(delete(StoredFile))
    assert await scene.session.scalar(select(func.count()).select_from(ApplicationDocument)) > 1
    linked = select(ApplicationDocument.file_id).where(ApplicationDocument.code == "certificate")
    assert await scene.session.scalar(linked) is None


async def test_it_is_pursued_through_more_a_refusal_and_an_appeal_to_its_end(scene: Scene) -> None:
    application = await submitted(scene)
    today = clock.today()
    with pytest.raises(Invalid):
        await happens(scene, application, Entry.MORE_ASKED, note="A translation")
    await happens(scene, application, Entry.MORE_ASKED, note="A translation", due_on=today + timedelta(days=10))
    assert application.due_on == today + timedelta(days=10)
    with pytest.raises(Conflict):
        await happens(scene, application, Entry.REMINDED)
    await happens(scene, application, Entry.SUBMITTED, reference="B-17")
    await happens(scene, application, Entry.REMINDED)
    assert (application.state, application.due_on) == (ApplicationState.SUBMITTED, today + timedelta(days=30))
    with pytest.raises(Invalid):
        await happens(scene, application, Entry.DECIDED)
    with pytest.raises(Invalid):
        await happens(scene, application, Entry.DECIDED, outcome=Outcome.PARTLY)
    until = today + timedelta(days=28)
    await happens(scene, application, Entry.DECIDED, outcome=Outcome.REFUSED, due_on=until)
    assert (application.outcome, application.decided_on, application.due_on) == (Outcome.REFUSED, today, until)
    await happens(scene, application, Entry.APPEALED)
    await happens(scene, application, Entry.DECIDED, outcome=Outcome.PARTLY, note="The theory part is missing")
    await happens(scene, application, Entry.CLOSED)
    assert (application.state, application.due_on, application.outcome) == (
        ApplicationState.CLOSED,
        None,
        Outcome.PARTLY,
    )
    with pytest.raises(Conflict):
        await happens(scene, application, Entry.WITHDRAWN)
    view = await open_application(scene.session, scene.case, application.id)
    assert view.reference == "B-17"
    assert [each.row.what for each in view.entries][2:] == [
        Entry.SUBMITTED,
        Entry.MORE_ASKED,
        Entry.SUBMITTED,
        Entry.REMINDED,
        Entry.DECIDED,
        Entry.APPEALED,
        Entry.DECIDED,
        Entry.CLOSED,
    ]
    told = [text for text in await scene.said() if "news" in text]
    assert len(told) == 6
    assert not any("Accreditation" in text or "refused" in text for text in await scene.said())


async def test_days_that_cannot_be_are_refused(scene: Scene) -> None:
    application = await ready(scene)
    tomorrow, yesterday = clock.today() + timedelta(days=1), clock.today() - timedelta(days=1)
    with pytest.raises(Invalid):
        await happens(scene, application, Entry.SUBMITTED, on_day=tomorrow)
    with pytest.raises(Invalid):  # before the person authorised it
        await happens(scene, application, Entry.SUBMITTED, on_day=yesterday)
    with pytest.raises(Invalid):
        await happens(scene, application, Entry.SUBMITTED, due_on=yesterday)
    with pytest.raises(Invalid):
        await happens(scene, application, Entry.SUBMITTED, outcome=Outcome.GRANTED)
    with pytest.raises(Invalid):
        await happens(scene, application, Entry.AUTHORISED)
    with pytest.raises(Invalid):
        await happens(scene, application, Entry.CLOSED)
    assert application.state is ApplicationState.PREPARING
    await happens(scene, application, Entry.SUBMITTED)
    with pytest.raises(Invalid):
        await happens(scene, application, Entry.DECIDED, outcome=Outcome.GRANTED, on_day=yesterday)


async def test_an_authorisation_taken_back_stops_what_would_be_sent_next(scene: Scene) -> None:
    application = await submitted(scene)
    await happens(scene, application, Entry.DECIDED, outcome=Outcome.REFUSED)
    verb = (scene.session, scene.case, application.id)
    await end_authorisation(*verb, on_day=clock.today(), actor=scene.caseworker)
    with pytest.raises(Conflict):
        await end_authorisation(*verb, on_day=clock.today(), actor=scene.caseworker)
    with pytest.raises(Conflict, match="has not authorised"):
        await happens(scene, application, Entry.APPEALED)
    assert (await open_application(*verb)).authorisation == ""
    await agreed(scene, application)
    await happens(scene, application, Entry.APPEALED)


async def test_another_institution_is_another_authorisation(scene: Scene) -> None:
    application = await ready(scene)
    same = replace(TERMS, reference="12")
    await rewrite(scene.session, scene.case, application.id, same, actor=scene.caseworker)
    assert application.authorised_on is not None
    other = replace(TERMS, institution="The Ministry of Labour")
    await rewrite(scene.session, scene.case, application.id, other, actor=scene.caseworker)
    assert application.authorised_on is None
    with pytest.raises(Conflict):
        await happens(scene, application, Entry.SUBMITTED)


async def test_what_was_submitted_is_not_written_anew(scene: Scene) -> None:
    application = await submitted(scene)
    with pytest.raises(Conflict):
        await rewrite(scene.session, scene.case, application.id, TERMS, actor=scene.caseworker)


async def test_a_child_does_not_authorise_alone(scene: Scene) -> None:
    await raise_flag(scene.session, scene.case, FlagKind.CHILD, "staff.seen", actor=scene.officer)
    application = await begun(scene)
    with pytest.raises(NotAllowed):
        await agreed(scene, application)
    as_officer = replace(scene, caseworker=scene.officer)
    with pytest.raises(Invalid):
        await agreed(as_officer, application)
    await authorise(
        scene.session,
        scene.case,
        application.id,
        on_day=clock.today(),
        how=Given.SPOKEN,
        covers="The school report",
        guardian_evidence="His mother, by phone; her card was seen before",
        actor=scene.officer,
    )
    view = await open_application(scene.session, scene.case, application.id)
    assert (view.authorisation, "His mother" in view.guardian_evidence) == ("The school report", True)
    assert application.authorised_by == scene.officer.id


async def test_the_person_takes_it_back_at_any_time_and_whoever_has_the_case_sees_it(scene: Scene) -> None:
    application = await submitted(scene)
    with pytest.raises(NotFound):
        await withdraw(scene.session, uuid4(), application.id)
    await withdraw(scene.session, scene.person_id, application.id)
    assert (application.state, application.authorised_on) == (ApplicationState.WITHDRAWN, None)
    assert scene.case.attention_at is not None
    last = (await open_application(scene.session, scene.case, application.id)).entries[-1]
    assert (last.row.what, last.row.by) == (Entry.WITHDRAWN, None)
    with pytest.raises(Conflict):
        await withdraw(scene.session, scene.person_id, application.id)


async def test_without_consent_to_data_everything_stops(scene: Scene) -> None:
    application, other = await submitted(scene), await begun(scene)
    given = next(each for each in await consents_of(scene.session, scene.person_id) if each.kind is ConsentKind.DATA)
    given.state = ConsentState.WITHDRAWN
    await scene.session.flush()
    with pytest.raises(NotAllowed):
        await begun(scene)
    with pytest.raises(NotAllowed):
        await happens(scene, application, Entry.REMINDED)
    await withdraw_all(scene.session, scene.person_id)
    assert {application.state, other.state} == {ApplicationState.WITHDRAWN}


async def test_erasure_leaves_nothing_of_it(scene: Scene) -> None:
    await submitted(scene)
    await erase_person(scene.session, scene.person_id, actor=PERSON)
    for table in (Application, ApplicationDocument, ApplicationEntry, WorkPeriod, BusinessPlan, CoachingVisit):
        assert await scene.session.scalar(select(func.count()).select_from(table)) == 0


async def test_today_tells_of_a_day_that_is_near_or_over(scene: Scene) -> None:
    application = await ready(scene)
    assert await applications_due(scene.session, scene.caseworker) == []
    await happens(scene, application, Entry.SUBMITTED)
    with clock.moved_to(clock.now() + timedelta(days=119)):
        assert await applications_due(scene.session, scene.caseworker) == []
    with clock.moved_to(clock.now() + timedelta(days=121)):
        [line] = await applications_due(scene.session, scene.caseworker)
    assert line.address == f"/cases/{scene.case.number}/applications/{application.id}"
    await happens(scene, application, Entry.MORE_ASKED, note="A translation", due_on=clock.today() + timedelta(days=9))
    assert await applications_due(scene.session, scene.caseworker) == []
    with clock.moved_to(clock.now() + timedelta(days=3)):
        assert len(await applications_due(scene.session, scene.caseworker)) == 1
        assert await applications_due(scene.session, scene.partner) == []


async def test_only_who_works_on_cases_may(scene: Scene) -> None:
    with pytest.raises(NotAllowed):
        await open_new(scene.session, scene.case, "skills_recognition", TERMS, actor=scene.partner)
    may = {role for role in Role if Permission.APPLICATION_WRITE in GRANTS[role]}
    assert may == {role for role in Role if Permission.CASE_READ in GRANTS[role]}
    assert Role.MONITOR not in may


@pytest.mark.parametrize(
    "changes",
    [
        {"institution": "  "},
        {"institution": "x" * 201},
        {"country": "Mars"},
        {"country": "XX"},
        {"country": ""},
        {"details": {"how": "by magic"}},
        {"details": {"acquired_from": "2026-02-30"}},
        {"details": {"occupation": "0000"}},
        {"details": {"level": "x" * 5000}},
        {"details": {"no_such": "x"}},
    ],
)
async def test_what_cannot_be_is_refused_and_nothing_is_kept(scene: Scene, changes: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await begun(scene, **changes)
    assert await applications_of(scene.session, scene.case.id) == []
    with pytest.raises(Invalid):
        await open_new(scene.session, scene.case, "a_visa", TERMS, actor=scene.caseworker)


def test_every_kind_is_whole() -> None:
    assert len(kinds()) == 5
    for kind in kinds().values():
        assert set(kind.outcomes) == set(Outcome)
        assert len({each.code for each in kind.documents}) == len(kind.documents)
        assert all(len(each.code) <= 40 for each in kind.documents)
        names = [each.name for each in kind.fields]
        assert len(set(names)) == len(names)
        assert kind.steps
        assert kind.answer_days > 0


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=5), st.sampled_from(sorted(kinds())))
def test_fields_are_read_or_refused_and_never_crash(given_fields: dict[str, str], code: str) -> None:
    try:
        read = read_fields(kind_of(code), given_fields)
    except Invalid:
        return
    assert all(read.values())


def test_every_way_ends_and_nothing_leads_out_of_an_end() -> None:
    assert {state for state in ApplicationState if not APPLICATION_STEPS[state]} == {
        ApplicationState.CLOSED,
        ApplicationState.WITHDRAWN,
    }
    assert all(ApplicationState.WITHDRAWN in APPLICATION_STEPS[state] for state in OPEN_APPLICATIONS)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(walk=st.lists(st.sampled_from(sorted(LEADS_TO)), max_size=8))
async def test_the_setter_keeps_to_the_steps(scene: Scene, walk: list[Entry]) -> None:
    application = await ready(scene)
    application.submitted_on, application.decided_on, application.outcome = (
        clock.today(),
        clock.today(),
        Outcome.REFUSED,
    )
    for what in walk:
        before = application.state
        allowed = LEADS_TO[what] in APPLICATION_STEPS[before]
        try:
            await write_entry(
                scene.session, application, what, on_day=clock.today(), key=scene.key, actor=scene.caseworker
            )
        except Conflict:
            assert not allowed
            assert application.state is before
        else:
            assert allowed
            assert application.state is LEADS_TO[what]
