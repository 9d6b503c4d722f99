"""One family's return, played at the pages from the first message to the closing of the case.

A woman with her husband and a nephew who is not her own child. Whoever plays it looks at each page in their own way:
the test with axe, `pictures` with a camera.
"""

import re
from collections.abc import Callable, Mapping
from datetime import timedelta

from console_on_page import Console, find_case, sign_in
from phone_on_page import PhoneOnPage
from playwright.sync_api import Browser, Page, expect
from running_demo import Demo

from bot import menu
from cases.person_words import CASE_CLOSED
from cases.record_fields import FieldKind
from cases.record_kinds import SPEC_OF, RecordKind
from foundation import clock

K = RecordKind
Look = Callable[[Page, str], None]
"""Is shown a page, and the name of what it shows."""

WOMAN, HUSBAND, NEPHEW = "Ndey Quixley", "Alieu Quixley", "Musa Quixley"
ARRIVAL: dict[str, object] = {
    "called": WOMAN,
    "birth_year": "1988",
    "sex": "female",
    "country_return": "GM",
    "area": "gm_basse",
    "country_from": "LY",
    "back_already": "no",
    "company": ["partner", "other_family"],
    "children_not_own": "yes",
}
FIRST_NEEDS: dict[str, object] = {"place_tonight": "yes", "health": "none", "fear": "yes"}
WORDS = "Written down with the family at the office."

AGE_AND_COMPANY: Mapping[RecordKind, dict[str, str]] = {
    K.AGE: {"age": "child", "basis": "document"},
    K.COMPANY: {"company": "separated"},
}
ASSESSMENT: Mapping[RecordKind, dict[str, str]] = {
    K.BIA: {"finding": "bid_needed", "heard": "alone"},
    K.VIEWS: {"understood": "yes"},
}
CARE: Mapping[RecordKind, dict[str, str]] = {
    K.TRACING: {"consent": "yes", "state": "verified"},
    K.CAREGIVER: {"agrees": "yes", "able": "yes", "home_study": "yes", "identity": "yes"},
    K.SHARING: {"guardian": "yes", "child": "yes"},
    K.HANDOVER_PACK: {"secure": "yes"},
}
PAPERS_OF_CHILD: Mapping[RecordKind, dict[str, str]] = {
    K.MEDICAL: {"fit": "yes", "medicine": "not_needed"},
    K.TRAVEL_DOCUMENT: {"type": "laissez_passer", "state": "issued"},
    K.CIVIL_DOCUMENTS: {"birth": "yes", "school": "yes", "health": "yes"},
    K.PREPARATION: {"child_friendly": "yes", "psychological": "yes"},
    K.CHILD_PLAN: dict.fromkeys(("school", "health", "language", "psychosocial", "livelihood"), "yes"),
    K.FAMILY_CONTACT: {"contact": "kept"},
}
REPORT = {
    "sources": "Musa, his aunt, his grandmother by phone, his teacher. Papers seen: birth certificate, school report.",
    "views": "He wants to live with his grandmother and go on with school. At fifteen this weighs much.",
    "family": "His aunt cared for him for a year. His grandmother raised him before that.",
    "safety": "No risk found in Basse. In Tripoli he was held once.",
    "development": "Speaks Mandinka and English. Two years without school.",
    "return_for": "Family who agree and are able, school near the house.",
    "return_against": "The household is poor; the plan must cover the school fees.",
    "stay_for": "His aunt's friends know him.",
    "stay_against": "No school, no papers, danger of detention.",
    "third_country_for": "Nobody has offered a place.",
    "third_country_against": "He knows nobody elsewhere.",
    "reunification_elsewhere_for": "An uncle lives in Dakar.",
    "reunification_elsewhere_against": "The uncle was traced and cannot take him.",
}
PASSPORT = {"type": "passport", "state": "issued"}
TOLD = dict.fromkeys(
    ("options", "country", "support", "no_support", "consequences", "withdrawal", "data", "language"), "yes"
)


class ReturnPlay:
    """Everyone who takes part, each signed in once; the chapters are called in their order."""

    def __init__(self, browser: Browser, demo: Demo, phone: PhoneOnPage, look: Look) -> None:
        self.browser, self.demo, self.phone, self.look = browser, demo, phone, look
        self.number = ""
        self.people: dict[str, str] = {}
        self.consoles: dict[str, Console] = {}

    def at(self, name: str) -> Console:
        """The console of someone, by what stands before the @ of their address."""
        if name not in self.consoles:
            page = sign_in(self.browser, self.demo, f"{name}@example.org")
            self.consoles[name] = Console(page, self.number)
        return self.consoles[name]

    def play(self) -> None:
        self.tell()
        self.take_up()
        self.hold()
        self.assess()
        self.determine()
        self.arrange()
        self.clear()
        self.travel()
        self.plan()
        self.follow_up()
        self.close()

    # The chapters.

    def tell(self) -> None:
        """She writes to the bot, and says that she is afraid to go back."""
        self.phone.begin()
        self.phone.fill_in("arrival", ARRIVAL)
        self.phone.tap(menu.GO_ON)
        self.phone.answer_first("needs", FIRST_NEEDS)
        self.phone.sees("We have stopped the questions")

    def take_up(self) -> None:
        """A caseworker takes the case, and writes down who belongs to it."""
        caseworker = self.at("caseworker.gm")
        self.look(caseworker.page, "today")
        self.number = caseworker.number = find_case(caseworker.page, WOMAN)
        caseworker.sees("Fear of return", "Only the officer responsible for this kind of flag can settle it.")
        self.look(caseworker.page, "case")
        caseworker.form("/owner").locator("select").select_option(label="Lamin Ceesay")
        caseworker.send("/owner")
        caseworker.send("/phase", {"phase": "assessment"})
        caseworker.page.get_by_role("link", name="Safeguards: people, rules and evidence").click()
        for called, relation, age in ((HUSBAND, "spouse", "adult"), (NEPHEW, "other_relative", "child")):
            caseworker.send("/people", {"called": called, "relation": relation, "age": age})
        for called in (WOMAN, HUSBAND, NEPHEW):
            section = caseworker.page.locator("section[id^=person-]", has_text=called)
            self.people[called] = (section.get_attribute("id") or "").removeprefix("person-")

    def hold(self) -> None:
        """Fear of return holds it, also once it is confirmed, until the protection officer finds it solved."""
        caseworker, officer = self.at("caseworker.gm"), self.at("protection")
        begin = {"return_type": "assisted_obliged"}
        caseworker.open("/return")
        caseworker.send("/return", begin)
        caseworker.is_refused("P01")

        self.look(officer.page, "today-protection")
        officer.page.get_by_role("link", name=WOMAN).first.click()
        self.settle(officer, "Fear of return", "confirmed", "She owes money to a neighbour. We look for another town.")
        caseworker.send("/return", begin)
        caseworker.is_refused("P01")

        self.record(officer, WOMAN, K.CLAIM, {"state": "none"})
        self.settle(officer, "Fear of return", "", "The debt is paid; she says that she is no longer afraid.")
        caseworker.send("/return", begin)
        caseworker.sees("Next: Best interests assessed")
        self.look(caseworker.page, "return")

    def assess(self) -> None:
        """Nothing is assessed yet: the page names what is missing, and offers no way past it."""
        caseworker, officer = self.at("caseworker.gm"), self.at("child")
        self.is_stopped(caseworker, "C01", "C02", "C04", "C07", "C08")
        officer.number = self.number
        officer.open()
        self.settle(officer, "Possible unaccompanied child", "confirmed", "Musa is her late sister's son.")
        self.record_all(officer, NEPHEW, AGE_AND_COMPANY)
        self.record_all(officer, NEPHEW, ASSESSMENT)
        caseworker.fill_in("return_risk")
        self.record(caseworker, NEPHEW, K.RISK, {"danger": "no"})
        self.record(caseworker, WOMAN, K.RISK, {"danger": "no"})
        caseworker.open("/return")
        caseworker.send("/step")
        caseworker.sees("Next: Best interests determined")

    def determine(self) -> None:
        """A guardian is appointed; a panel of three weighs every option and decides; the child is told."""
        caseworker, officer = self.at("caseworker.gm"), self.at("child")
        self.is_stopped(caseworker, "C03", "C05", "C10")
        self.record(officer, NEPHEW, K.GUARDIAN, {"reachable": "yes", "representative": "appointed"})
        self.record(officer, NEPHEW, K.FAMILY_UNITY, {"separation": "none"})
        officer.open("/best-interests")
        self.look(officer.page, "best-interests")
        officer.send("/best-interests", {"trigger": "durable_solution"})
        officer.sees("Still missing:")
        officer.send("/report", REPORT)
        for member, body in (
            ("Ridha Gharbi", "child_protection"),
            ("Leila Hamdi", "social_services"),
            ("Saikou Jatta", "un_or_ngo"),
        ):
            officer.form("/members").locator("[name=member]").select_option(label=member)
            officer.send("/members", {"body": body})
        self.look(officer.page, "determination")
        for name in ("panel", "panel.2", "panel.3"):
            self.opine(name)
        last = self.at("panel.3")
        last.send("/decision", {"reasons": "Two of three hold that his grandmother's home is best for him."})
        officer.page.reload()
        officer.sees("Decision of the panel")
        officer.send("/informed", {"understood": "yes"})
        officer.sees("The child was told on")
        caseworker.open("/return")
        caseworker.send("/step")
        caseworker.sees("Next: Arrangements confirmed")

    def opine(self, name: str) -> None:
        """A member declares, reads, and gives an opinion; those of others stay hidden until then."""
        member = self.at(name)
        member.page.goto("/panel")
        member.page.locator(f"main li:has-text('{self.number}') a").first.click()
        expect(member.page.locator("form[action$='/opinion']")).to_have_count(0)
        member.send("/declaration", {}, button="")
        expect(member.page.locator("form[action$='/decision']")).to_have_count(0)
        if name == "panel.3":
            self.look(member.page, "panel")
        opinion = "stay" if name == "panel" else "return"
        member.send("/opinion", {"opinion": opinion, "note": "I read the report and heard the officer."})

    def arrange(self) -> None:
        """Family is traced with the child's own consent, a caregiver assessed, reception confirmed, escorts found."""
        caseworker, officer = self.at("caseworker.gm"), self.at("child")
        self.is_stopped(caseworker, "C09", "C11", "C12", "C20")
        self.record_all(officer, NEPHEW, CARE)
        self.record(caseworker, NEPHEW, K.RECEPTION, {"place": "family"})
        legs = (("Tripoli", "Banjul", "specialised_official", "Awa Sanneh"), ("Banjul", "Basse", "", ""))
        for leg in legs:
            self.add_leg(caseworker, *leg)
        self.is_stopped(caseworker, "C11")
        caseworker.page.get_by_role("button", name=re.compile("Take off.*Banjul")).click()
        self.add_leg(caseworker, "Banjul", "Basse", "specialised_official", "Awa Sanneh")
        caseworker.send("/step")
        caseworker.sees("Next: Travel cleared")

    def add_leg(self, console: Console, start: str, end: str, role: str, escort: str) -> None:
        console.open("/return")
        on_date = clock.today().isoformat()
        values = {"start": start, "end": end, "on_date": on_date, "escort_role": role, "escort": escort}
        console.send("/legs", {**values, "mode": "land" if start == "Banjul" else "air_scheduled"})

    def clear(self) -> None:
        """Papers, information, consent; an appeal stops the supervisor at the last moment, until it is lost."""
        caseworker, supervisor = self.at("caseworker.gm"), self.at("supervisor")
        supervisor.number = self.number
        self.is_stopped(caseworker, "C13", "C14", "C15", "D01", "R01", "R03", "V01", "V03")
        self.record_all(caseworker, NEPHEW, PAPERS_OF_CHILD)
        for called in (WOMAN, HUSBAND):
            self.record(caseworker, called, K.TRAVEL_DOCUMENT, PASSPORT)
        four_days_ago = (clock.today() - timedelta(days=4)).isoformat()
        self.record(caseworker, WOMAN, K.ADVICE, {"understood": "yes", "legal_help": "yes"})
        self.record(caseworker, WOMAN, K.REMEDIES, {"state": "exhausted"})
        self.record(caseworker, WOMAN, K.INFORMATION, {"made_on": four_days_ago, **TOLD})
        self.record(caseworker, WOMAN, K.FREE_CHOICE, dict.fromkeys(("alone", "no_pressure", "able"), "yes"))
        self.record(caseworker, WOMAN, K.CONSULAR, {"wanted": "no", "safe": "yes", "contacted": "no"})
        caseworker.open("/return")
        caseworker.send("/consent", {"text": WORDS, "evidence": WORDS}, button="The person agrees")
        caseworker.sees("A supervisor who did not prepare the return clears the travel.")

        supervisor.open("/return")
        appeal = {"suspensive": "yes", "decided_on": ""}
        self.record(caseworker, WOMAN, K.APPEAL, {**appeal, "outcome": "pending"})
        supervisor.send("/step")
        supervisor.is_refused("R02")
        self.is_stopped(caseworker, "C13", "R02")
        caseworker.open("/safeguards")
        self.look(caseworker.page, "safeguards")
        self.open_record(caseworker, WOMAN, K.APPEAL)
        self.look(caseworker.page, "record")
        caseworker.form("/appeal").locator("[name=replaces]").select_option(index=1)
        self.write(caseworker, K.APPEAL, {**appeal, "outcome": "lost", "decided_on": clock.today().isoformat()})
        supervisor.open("/return")
        supervisor.send("/step")
        supervisor.sees("Next: Departed")

    def travel(self) -> None:
        """On the way, step by step; without a signature for the child the return is not complete."""
        caseworker, today = self.at("caseworker.gm"), clock.today().isoformat()
        caseworker.open("/return")
        caseworker.send("/departure", {"day": today})
        caseworker.sees("Next: Arrived")
        caseworker.send("/arrival", {"day": today})
        self.is_stopped(caseworker, "C22")
        self.record(caseworker, NEPHEW, K.HANDOVER, {"signed_by": "caregiver"})
        caseworker.open("/return")
        caseworker.send("/completion")
        caseworker.sees("Return completed")
        self.look(caseworker.page, "return-completed")

    def plan(self) -> None:
        """Written in her words, read back to her, and approved by somebody else."""
        caseworker, supervisor = self.at("caseworker.gm"), self.at("supervisor")
        caseworker.open("/plan")
        caseworker.send("/begin")
        in_a_month = (clock.today() + timedelta(days=30)).isoformat()
        goals = "I want to sew and sell cloth in Basse."
        caseworker.send("/plan", {"goals": goals, "risks": "The rent of the shop.", "review_on": in_a_month})
        caseworker.page.get_by_role("link", name="Add an activity").click()
        what = "Two sewing machines and the rent of three months"
        caseworker.send("/activities", {"kind": "startup_grant", "what": what, "due_on": in_a_month})
        caseworker.send("/submit")
        caseworker.is_refused("Read the plan back to the person")
        caseworker.send("/agreement", {"language": "en", "agreed_on": clock.today().isoformat()})
        caseworker.send("/submit")
        expect(caseworker.page.locator("form[action$='/approve']")).to_have_count(0)
        caseworker.sees("A supervisor who has not worked on it approves it.")
        supervisor.open("/plan")
        supervisor.send("/approve")
        caseworker.open("/plan")
        caseworker.send("/activate")
        self.look(caseworker.page, "plan")

    def follow_up(self) -> None:
        """The child is visited; she is asked by phone how she is."""
        caseworker, officer = self.at("caseworker.gm"), self.at("child")
        self.record(officer, NEPHEW, K.VISIT, {"alone": "yes", "safe": "yes"})
        officer.open()
        officer.page.get_by_role("button", name=re.compile("Done.*isit")).first.click()
        caseworker.open()
        caseworker.sees("Follow-up")
        caseworker.send("/refused")

    def close(self) -> None:
        """Asked for by the caseworker, decided by the supervisor; she is told how to come back."""
        caseworker, supervisor = self.at("caseworker.gm"), self.at("supervisor")
        caseworker.open("/closing")
        wish = {"reason": "assistance_period_ended", "note": WORDS, "no_survey": "too_early"}
        caseworker.send("/closing", wish)
        caseworker.is_refused("Tasks or flags are open.")
        self.look(caseworker.page, "closing")
        caseworker.send("/closing", {**wish, "handed_over": "The child-protection office in Basse visits Musa."})
        expect(caseworker.page.locator("form[action$='/decision']")).to_have_count(0)
        supervisor.open("/closing")
        supervisor.send("/decision", {}, button="Approve: close the case")
        supervisor.sees("This case was closed on")
        self.phone.sees(CASE_CLOSED)

    # What several chapters do.

    def is_stopped(self, console: Console, *rules: str) -> None:
        """The page of the return names the rules that stop the next step, and has no button for it."""
        console.open("/return")
        console.sees("These rules stop it:", *rules)
        for end in ("/step", "/departure", "/completion"):
            expect(console.page.locator(f"form[action$='{end}']")).to_have_count(0)

    def settle(self, console: Console, flag: str, outcome: str, note: str) -> None:
        """On the case page. Without an outcome: one that was confirmed is solved."""
        console.number = self.number
        console.open()
        card = console.page.locator("li[id^=flag-]", has_text=flag)
        action = (card.locator("form").get_attribute("action") or "").rpartition("/")[2]
        console.send(action, {"note": note, **({"outcome": outcome} if outcome else {})})

    def record_all(self, console: Console, about: str, records: Mapping[RecordKind, dict[str, str]]) -> None:
        for kind, values in records.items():
            self.record(console, about, kind, values)

    def record(self, console: Console, about: str, kind: RecordKind, values: Mapping[str, str]) -> None:
        self.open_record(console, about, kind)
        self.write(console, kind, values)

    def open_record(self, console: Console, about: str, kind: RecordKind) -> None:
        console.number = self.number
        console.open(f"/people/{self.people[about]}/records/{kind}")

    def write(self, console: Console, kind: RecordKind, values: Mapping[str, str]) -> None:
        """A record with these values; days and words that it needs besides are filled in."""
        samples = {FieldKind.DAY: clock.today().isoformat(), FieldKind.WORDS: WORDS}
        needed = {
            each.name: samples[each.kind] for each in SPEC_OF[kind].fields if each.required and each.kind in samples
        }
        console.send(f"/{kind}", {**needed, **values})
        expect(console.page).to_have_url(re.compile("/safeguards#person-"))
