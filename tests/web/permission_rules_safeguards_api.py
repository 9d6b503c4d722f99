"""Who gets through to what of the API about safeguards, returns, plans and services. In the order they are tried."""

from determination_scene import REPORT
from permission_rules import (
    ADMINISTRATOR,
    ANSWERERS,
    CASEWORK,
    CHILD_PROTECTION,
    DIRECTORY_READERS,
    MONITOR,
    OFFICER,
    PANEL,
    PARTNER,
    READERS,
    RECOMMENDATION_READERS,
    RECOMMENDERS,
    REGISTRARS,
    SUPERVISOR,
    Rule,
    sends,
)
from recommendation_scene import MINE

from access.rules import Role

API = "/api/v1"
CASE = f"{API}/cases/{{number}}"
RECORDS = f"{CASE}/people/{{person_id}}/records/{{kind}}"
DETERMINATION = f"{CASE}/best-interests/{{determination_id}}"
PANEL_PAGE = f"{API}/panel/{{determination_id}}"
ACTIVITY = f"{CASE}/plan/activities/{{activity_id}}"
PROGRAMME = f"{API}/programmes/{{code}}"
ORGANISATION = f"{API}/organisations/{{organisation_id}}"
LISTED = f"{API}/directory/services"
REFERRAL = f"{API}/partner/{{referral_id}}"
COMPLAINT = f"{API}/complaints/{{complaint}}"
ON_DESK = f"{API}/recommendation-desk/{{recommendation_id}}"
LEAD = frozenset([Role.CHILD_PROTECTION_LEAD])
LOOM = {"kind": "cash", "what": "A loom", "due_on": "2027-01-01", "responsible_id": "{colleague}"}
EURO = {"amount": "5", "currency": "EUR"}

SAFEGUARDS_API_RULES: dict[str, Rule] = {
    f"GET {CASE}/people": Rule(CASEWORK),
    f"POST {CASE}/people": sends(CASEWORK, 201, relation="child", age="child", called="Awa"),
    f"PUT {CASE}/people/{{person_id}}/travels": sends(CASEWORK, travels=True),
    f"GET {API}/record-kinds": Rule(CASEWORK),
    f"GET {RECORDS}": Rule(CASEWORK),
    f"POST {RECORDS}": sends(CASEWORK, 201, made_on="2026-01-01", values={"danger": "no", "reasons": "We looked."}),
    f"POST {CASE}/concerns": sends(CASEWORK, 201, kind="torture"),
    f"GET {CASE}/gates": Rule(CASEWORK),
    f"POST {CASE}/overrides": sends(LEAD, 201, rule="C03", about_id="{person_id}", reason="Her aunt."),
    f"POST {CASE}/overrides/{{override_id}}/confirm": sends(SUPERVISOR),
    f"DELETE {CASE}/people/{{person_id}}": sends(CASEWORK),
    f"GET {CASE}/return": Rule(CASEWORK),
    f"POST {CASE}/return": sends(CASEWORK, 409, return_type="unknown"),
    f"POST {CASE}/return/step": sends(CASEWORK, 409, step="assessed"),
    f"POST {CASE}/return/departure": sends(CASEWORK, 409, day="2026-01-01"),
    f"POST {CASE}/return/arrival": sends(CASEWORK, 409, day="2026-01-01"),
    f"POST {CASE}/return/completion": sends(CASEWORK, 409),
    f"POST {CASE}/return/legs": sends(CASEWORK, 201, mode="land", on_date="2026-01-01", start="Tunis", end="Dakar"),
    f"DELETE {CASE}/return/legs/{{leg_id}}": sends(CASEWORK),
    f"POST {CASE}/return/consent": sends(CASEWORK, 201, agrees=True, text="I want to.", evidence="Signed."),
    f"POST {CASE}/return/consent/withdrawal": sends(CASEWORK),
    f"POST {CASE}/return/halt": sends(CASEWORK, reason="other"),
    f"GET {CASE}/best-interests": Rule(CASEWORK),
    f"POST {CASE}/best-interests": sends(CHILD_PROTECTION, 201, about_id="{about}", trigger="durable_solution"),
    f"GET {DETERMINATION}": Rule(CASEWORK),
    f"PUT {DETERMINATION}/report": sends(CHILD_PROTECTION, 204, **REPORT),
    f"POST {DETERMINATION}/members": sends(CHILD_PROTECTION, 201, staff_id="{spare}", body="justice"),
    f"DELETE {DETERMINATION}/members/{{member_id}}": sends(CHILD_PROTECTION),
    f"POST {DETERMINATION}/informed": sends(CHILD_PROTECTION, 409, on_day="2026-01-01", understood=True),
    f"GET {API}/panel": Rule(PANEL),
    f"GET {PANEL_PAGE}": Rule(PANEL),
    f"POST {PANEL_PAGE}/declaration": sends(PANEL, has_conflict=False),
    f"POST {PANEL_PAGE}/opinion": sends(PANEL, opinion="stay", note="The school."),
    f"POST {PANEL_PAGE}/decision": sends(PANEL, 409, reasons="All weighed."),
    f"GET {CASE}/plan": Rule(CASEWORK),
    f"GET {CASE}/plan/versions/{{version}}": Rule(CASEWORK),
    f"GET {CASE}/plan/choices": Rule(CASEWORK),
    f"POST {CASE}/plan/begin": sends(CASEWORK, 409),
    f"PUT {CASE}/plan": sends(CASEWORK, goals="A shop.", review_on="2027-01-01"),
    f"POST {CASE}/plan/activities": sends(CASEWORK, 201, **LOOM),
    f"PUT {ACTIVITY}": sends(CASEWORK, **LOOM),
    f"POST {ACTIVITY}/progress": sends(CASEWORK, 409, status="ongoing"),
    f"DELETE {ACTIVITY}": sends(CASEWORK),
    f"POST {CASE}/plan/agreement": sends(CASEWORK, language="mnk", agreed_on="2026-01-01"),
    f"POST {CASE}/plan/submit": sends(CASEWORK),
    f"POST {CASE}/plan/discard": sends(CASEWORK, 409),
    f"POST {CASE}/plan/approve": sends(SUPERVISOR, 409, seen=1),
    f"POST {CASE}/plan/return": sends(SUPERVISOR, reason="Who pays?"),
    f"POST {CASE}/plan/activate": sends(CASEWORK, 409),
    f"POST {CASE}/plan/complete": sends(CASEWORK, 409),
    f"POST {CASE}/plan/revise": sends(CASEWORK, 409),
    f"GET {API}/plan-work/activities": Rule(CASEWORK),
    f"GET {API}/plan-work/plans": Rule(CASEWORK),
    f"GET {API}/programmes": Rule(REGISTRARS | MONITOR),
    f"GET {API}/programme-organisations": Rule(REGISTRARS),
    f"POST {API}/programmes": sends(REGISTRARS, 422, code="ANOTHER", name="Another"),
    f"GET {PROGRAMME}": Rule(REGISTRARS | MONITOR),
    f"GET {PROGRAMME}/versions/{{version}}": Rule(REGISTRARS | MONITOR),
    f"PUT {PROGRAMME}": sends(REGISTRARS, seen=1, name="A start", organisation_id="{organisation}"),
    f"POST {PROGRAMME}/lines": sends(REGISTRARS, 201, code="TOOLS", name="Tools", money=EURO),
    f"PUT {PROGRAMME}/lines/{{line_id}}/amount": sends(REGISTRARS, amount="6"),
    f"GET {CASE}/referrals": Rule(CASEWORK),
    f"POST {CASE}/referrals/options": sends(CASEWORK, 200, need="shelter"),
    f"GET {CASE}/referrals/offers": Rule(CASEWORK),
    f"POST {CASE}/referrals/offers/{{offer_id}}/take-back": sends(CASEWORK),
    f"POST {CASE}/referrals/offers": sends(
        CASEWORK, 201, need="shelter", services=["{service}", "{other_service}"], fields=["called"]
    ),
    f"POST {CASE}/referrals": sends(CASEWORK, 201, need="shelter", service_id="{service}", fields=["called"]),
    # An open one cannot be taken up again, and nothing is in dispute there.
    f"POST {CASE}/referrals/{{referral_id}}/reopen": sends(CASEWORK, 409, note="Once more"),
    f"POST {CASE}/referrals/{{referral_id}}/settle": sends(SUPERVISOR, 409, settlement="received", reason="Asked both"),
    f"POST {CASE}/referrals/{{referral_id}}/link": sends(CASEWORK, 409),
    f"POST {CASE}/referrals/{{referral_id}}/revoke": sends(CASEWORK),
    f"GET {API}/partner": Rule(PARTNER),
    f"GET {REFERRAL}": Rule(PARTNER),
    f"GET {REFERRAL}/sheet": Rule(PARTNER),
    f"POST {REFERRAL}/accept": sends(PARTNER),
    f"POST {REFERRAL}/begin": sends(PARTNER),
    f"POST {REFERRAL}/complete": sends(PARTNER),
    f"POST {REFERRAL}/fail": sends(PARTNER, 409, reason="unavailable"),
    f"POST {REFERRAL}/decline": sends(PARTNER, 409, reason="no_capacity"),
    f"POST {REFERRAL}/deletion": sends(PARTNER, 409),
    f"GET {API}/organisations": Rule(REGISTRARS),
    f"GET {ORGANISATION}": Rule(REGISTRARS),
    f"POST {ORGANISATION}/agreements": sends(
        ADMINISTRATOR, 201, reference="MoU 7", starts_on="2026-01-01", purposes=["jobs"]
    ),
    f"POST {ORGANISATION}/agreements/{{agreement_id}}/end": sends(ADMINISTRATOR),
    f"GET {LISTED}": Rule(DIRECTORY_READERS),
    f"GET {LISTED}/incomplete": Rule(DIRECTORY_READERS),
    f"GET {LISTED}/{{service_id}}": Rule(DIRECTORY_READERS),
    f"POST {LISTED}/{{service_id}}/check": sends(REGISTRARS),
    f"PUT {LISTED}/{{service_id}}/places": sends(REGISTRARS, left=3),
    f"POST {LISTED}/{{service_id}}/pause": sends(REGISTRARS, reason="full"),
    f"POST {LISTED}/{{service_id}}/resume": sends(REGISTRARS),
    f"POST {LISTED}/{{service_id}}/settle": sends(REGISTRARS, 409),
    f"GET {API}/directory/imports": Rule(REGISTRARS),
    f"POST {API}/directory/imports": Rule(REGISTRARS, 422, {"file": ""}, is_form=True),
    f"GET {API}/directory/imports/{{draft_id}}": Rule(REGISTRARS),
    # The file would make a partner of the operator.
    f"POST {API}/directory/imports/{{draft_id}}": sends(REGISTRARS, 422, reveal=False),
    f"DELETE {API}/directory/imports/{{draft_id}}": sends(REGISTRARS),
    f"GET {API}/directory/export/{{form}}": Rule(REGISTRARS),
    f"GET {API}/referral-board": Rule(REGISTRARS),
    f"GET {API}/referral-board/csv": Rule(REGISTRARS),
    f"GET {API}/referral-board/xlsx": Rule(REGISTRARS),
    f"GET {API}/overdue-deletions": Rule(REGISTRARS),
    f"GET {API}/complaints": Rule(OFFICER),
    f"GET {COMPLAINT}": Rule(OFFICER),
    f"POST {COMPLAINT}/acknowledge": sends(OFFICER),
    f"POST {COMPLAINT}/answer": sends(OFFICER, text="We have spoken with them."),
    f"POST {COMPLAINT}/close": sends(OFFICER),
    f"POST {API}/releases/calendar": sends(MONITOR, quarter="2035-01-01", due_on="2035-06-01"),
    f"POST {API}/releases": sends(MONITOR, 202, quarter="2025-04-01"),
    f"GET {API}/releases/order": Rule(MONITOR),
    f"POST {API}/releases/{{number}}/approval": sends(MONITOR, 409, sha256="0"),
    f"POST {API}/releases/{{number}}/publication": sends(MONITOR, 409),
    f"POST {API}/releases/{{number}}/correction": sends(MONITOR, 409, changed="Late cases."),
    f"DELETE {API}/releases/{{number}}": sends(MONITOR, 409),
    f"GET {API}/recommendation-desk": Rule(RECOMMENDATION_READERS),
    f"POST {API}/recommendation-desk": sends(RECOMMENDERS, 201, **MINE),
    f"GET {ON_DESK}": Rule(RECOMMENDERS),
    f"PUT {ON_DESK}": sends(RECOMMENDERS, **MINE),
    f"POST {ON_DESK}/issue": sends(RECOMMENDERS),
    # What is issued is never taken back.
    f"DELETE {ON_DESK}": sends(RECOMMENDERS, 409),
    f"POST {ON_DESK}/follow-up": sends(RECOMMENDERS | ANSWERERS, text="Seen."),
    f"POST {ON_DESK}/answer": sends(ANSWERERS, answer="accepted"),
    f"POST {ON_DESK}/outcome": sends(RECOMMENDERS, 409, outcome="implemented", text="Yes.", evidence="x"),
    f"POST {ON_DESK}/correction": sends(RECOMMENDERS, text="Each means all."),
    f"POST {ON_DESK}/reopening": sends(RECOMMENDERS, 409, text="Again.", answer_by="2035-01-01", due_on="2035-06-01"),
    f"GET {API}/releases/{{number}}/files/{{name}}": Rule(READERS),
    f"GET {API}/indicators": Rule(READERS),
    f"GET {API}/indicators/{{indicator_id}}": Rule(READERS),
    f"GET {API}/themes": Rule(READERS),
    f"GET {API}/themes/{{theme_id}}": Rule(READERS),
    f"GET {API}/releases/{{number}}/changes": Rule(READERS),
    # None were supplied here.
    f"GET {API}/boundaries": Rule(READERS, 404),
    f"GET {API}/structural-facts": Rule(MONITOR),
    f"POST {API}/structural-facts": sends(
        MONITOR, 201, indicator="21b-S1", year=2025, figure="1", source="Circular 12"
    ),
    f"POST {API}/structural-facts/{{fact_id}}/confirm": sends(MONITOR),
    f"POST {API}/structural-facts/{{fact_id}}/withdraw": sends(MONITOR),
}
