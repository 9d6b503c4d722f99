"""Three applications from their first line to the decision, as a caseworker does them who works in Arabic.

A loan that is granted in part and can be appealed, a recognition that is granted, a pension for which more is asked.
None leaves before the person has authorised it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from console_on_page import Console, check_on_small_phone
from phone_on_page import PhoneOnPage
from playwright.sync_api import expect

from bot import applications
from foundation import clock
from foundation.language import Message, _, say
from referrals.application_kinds import kind_of
from referrals.application_rules import ApplicationState, Outcome

LANGUAGE = "ar"
NOT_AUTHORISED = _("The person has not authorised us to give their details to this institution.")
COVERS = "Her name, her work and the quixotic loom."
PLAN = {
    "what": "Sewing uniforms",
    "where": "Ariana",
    "currency": "TND",
    "own": "500",
    "cost_name_1": "A machine",
    "cost_1": "2500",
    "loan": "2000",
    "rate": "8",
    "months": "12",
    "grace": "2",
    **{f"income_{month}": "900" for month in range(2, 13)},
    **{f"costs_{month}": "300" for month in range(1, 13)},
}


@dataclass(frozen=True)
class Applying:
    """What is written into one application, besides the authorisation."""

    kind: str
    institution: str
    fields: Mapping[str, str]
    documents: tuple[str, ...]
    periods: tuple[Mapping[str, str], ...] = ()
    country: str = "TN"

    @property
    def name(self) -> Message:
        return kind_of(self.kind).name


LOAN = Applying(
    "business_funding",
    "Village bank",
    {"form": "loan", "use": "A machine and cloth", "amount": "2000", "currency": "TND"},
    ("identity", "quotes"),
)
RECOGNITION = Applying(
    "skills_recognition",
    "Chamber of trades",
    {"qualification": "Sewing, ten years", "how": "work", "occupation": "75", "wanted_for": "work"},
    ("identity", "employer_letter"),
)
PENSION = Applying(
    "portability",
    "Social insurance",
    {"request": "totalisation", "branch": "old_age"},
    ("identity", "witness"),
    ({"starts_on": "2015-03-01", "ends_on": "2019-08-31", "employer": "Sartoria Bellini", "place": "Prato"},),
    "IT",
)


def day(ahead: int = 0) -> date:
    return clock.today() + timedelta(days=ahead)


def play(worker: Console, phone: PhoneOnPage) -> None:
    read_in_arabic(worker)
    plan_and_coaching(worker)
    for applying in (LOAN, RECOGNITION, PENSION):
        prepare(worker, applying)
        submit(worker, applying)
    sent = applications.STATE_WORDS[ApplicationState.SUBMITTED]
    asked_again = applications.DUE_WORDS[ApplicationState.SUBMITTED]
    reads(phone, *((each, sent, asked_again, day(kind_of(each.kind).answer_days)) for each in ALL))
    happens(worker, PENSION, {"what": "more_asked", "note": "A stamped form", "due_on": day(20).isoformat()})
    happens(worker, LOAN, {"what": "decided", "outcome": "partly", "note": "Half of it", "due_on": day(15).isoformat()})
    happens(worker, RECOGNITION, {"what": "decided", "outcome": "granted"}, outcome=Outcome.GRANTED)
    wanted, decided = ApplicationState.MORE_ASKED, ApplicationState.DECIDED
    reads(
        phone,
        (PENSION, applications.STATE_WORDS[wanted], applications.DUE_WORDS[wanted], day(20)),
        (LOAN, applications.OUTCOME_WORDS[Outcome.PARTLY], applications.DUE_WORDS[decided], day(15)),
        (RECOGNITION, applications.OUTCOME_WORDS[Outcome.GRANTED], None, None),
    )
    happens(worker, PENSION, {"what": "submitted"})
    happens(worker, PENSION, {"what": "decided", "outcome": "granted"}, outcome=Outcome.GRANTED)
    happens(worker, LOAN, {"what": "closed", "note": "She takes it"})
    check_on_small_phone(worker.page)
    worker.open("/applications")
    check_on_small_phone(worker.page)
    finished = applications.STATE_WORDS[ApplicationState.CLOSED]
    granted = applications.OUTCOME_WORDS[Outcome.GRANTED]
    reads(phone, (PENSION, granted, None, None), (LOAN, finished, None, None))


ALL = (LOAN, RECOGNITION, PENSION)


def read_in_arabic(worker: Console) -> None:
    choice = worker.page.locator("form[action='/language']")
    choice.locator("select").select_option(LANGUAGE)
    with worker.page.expect_navigation():
        choice.locator("button").click()
    expect(worker.page.locator("html")).to_have_attribute("dir", "rtl")


def plan_and_coaching(worker: Console) -> None:
    worker.open("/business-plan")
    check_on_small_phone(worker.page)
    worker.send("/business-plan", PLAN)
    expect(worker.page.locator("main form[action$='/business-plan']")).to_be_attached()
    worker.sees(PLAN["what"])
    check_on_small_phone(worker.page)
    visit = {"held_on": day().isoformat(), "agreed": "Books kept", "next_on": day(7).isoformat()}
    worker.send("/coaching-visits", visit)
    worker.sees("Books kept")


def prepare(worker: Console, applying: Applying) -> None:
    """Everything but the authorisation."""
    worker.open("/applications")
    begun = {"kind": applying.kind, "institution": applying.institution, "country": applying.country}
    worker.send("/applications", begun)
    expect(worker.page.locator("main input[name=institution]")).to_have_value(applying.institution)
    check_on_small_phone(worker.page)
    worker.send(f"/applications/{worker.page.url.rpartition('/')[2].partition('#')[0]}", applying.fields)
    is_carried_out(worker)
    for code in applying.documents:
        worker.page.locator(f"main details:has(input[name=code][value={code}]) summary").click()
        noted = worker.page.locator(f"main form[action$='/documents']:has(input[name=code][value={code}])")
        noted.locator("select[name=standing]").select_option("have")
        with worker.page.expect_navigation():
            noted.locator("button").click()
    for period in applying.periods:
        worker.send("/periods", period)
        worker.sees(period["employer"])


def submit(worker: Console, applying: Applying) -> None:
    """Refused without her authorisation, with the reason in words; sent with it, and the answer is waited for."""
    submitted = {"what": "submitted", "on_day": day().isoformat(), "reference": f"No. {len(applying.kind)}"}
    worker.send("/entries", submitted)
    worker.is_refused(say(LANGUAGE, NOT_AUTHORISED))
    expect(worker.page.locator("main form[action$='/entries'] input[name=reference]")).to_have_value(
        submitted["reference"]
    )
    worker.send("/authorisation", {"on_day": day().isoformat(), "how": "spoken", "covers": COVERS})
    worker.sees(COVERS)
    worker.send("/entries", submitted)
    is_carried_out(worker)
    worker.sees(submitted["reference"])
    check_on_small_phone(worker.page)


def happens(worker: Console, applying: Applying, entry: Mapping[str, str], *, outcome: Outcome | None = None) -> None:
    worker.open("/applications")
    worker.page.locator("main a[href*='/applications/']", has_text=say(LANGUAGE, applying.name)).first.click()
    worker.sees(applying.institution)
    worker.send("/entries", {"on_day": day().isoformat(), **entry})
    is_carried_out(worker)
    if outcome is not None:
        worker.sees(say(LANGUAGE, kind_of(applying.kind).outcomes[outcome]))


def is_carried_out(worker: Console) -> None:
    expect(worker.page.locator("main [role=alert]")).to_have_count(0)


def reads(phone: PhoneOnPage, *expected: tuple[Applying, Message, Message | None, date | None]) -> None:
    """Where each stands, and what comes next by which day, in her language; never from which institution."""
    phone.write("/case")
    phone.tap(applications.APPLICATIONS)
    for applying, state, due, on_day in expected:
        line = say(phone.language, _("• {what}: {state}"), what=applying.name, state=state)
        phone.sees(line if due is None else f"{line} {say(phone.language, due, day=on_day)}")
        expect(phone.section.locator(".log")).not_to_contain_text(applying.institution)
