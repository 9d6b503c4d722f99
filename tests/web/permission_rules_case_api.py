"""Who gets through to what of the API about cases. In the order in which they are tried."""

from io import BytesIO

from permission_rules import CASEWORK, CHILD_PROTECTION, REGISTRARS, SUPERVISOR, TRANSFERRERS, Rule, sends
from PIL import Image


def picture() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (2, 2)).save(drawn, "PNG")
    return drawn.getvalue()


CASE = "/api/v1/cases/{number}"
APPLICATION = f"{CASE}/applications/{{application_id}}"
DRAFT = f"{CASE}/form-drafts/{{submission_id}}"

CASE_API_RULES: dict[str, Rule] = {
    "GET /api/v1/cases": Rule(CASEWORK),
    "POST /api/v1/cases/search": sends(CASEWORK, 200, words="Zebulon"),
    "GET /api/v1/case-owners": Rule(CASEWORK),
    "GET /api/v1/case-filters": Rule(CASEWORK),
    "POST /api/v1/case-filters": sends(CASEWORK, 201, name="Afraid", filter={"flag": "fear_of_return"}),
    "DELETE /api/v1/case-filters/{filter_id}": sends(CASEWORK),
    f"GET {CASE}": Rule(CASEWORK),
    f"GET {CASE}/history": Rule(CASEWORK),
    f"GET {CASE}/messages": Rule(CASEWORK),
    f"GET {CASE}/messages/new": Rule(CASEWORK),
    f"GET {CASE}/files/{{file_id}}": Rule(CASEWORK),
    f"POST {CASE}/messages/no-answer": sends(CASEWORK, seen=2**62),
    f"POST {CASE}/messages/{{message_id}}/again": sends(CASEWORK),
    f"POST {CASE}/calls/{{call_id}}/outcome": sends(CASEWORK, outcome="spoken"),
    f"POST {CASE}/messages": Rule(CASEWORK, 204, {"text": "Come on Monday."}, is_form=True),
    f"POST {CASE}/attended": sends(CASEWORK),
    f"POST {CASE}/flags/{{flag_id}}/settle": sends(CASEWORK, outcome="resolved", note="A bed was found."),
    f"PUT {CASE}/needs/{{need_id}}/status": sends(CASEWORK, status="met"),
    f"POST {CASE}/tasks/{{task_id}}/settle": sends(CASEWORK),
    f"PUT {CASE}/owner": sends(CASEWORK, owner_id="{colleague}"),
    f"PUT {CASE}/phase": sends(CASEWORK, phase="planning"),
    f"GET {CASE}/notes": Rule(CASEWORK),
    f"POST {CASE}/notes": sends(CASEWORK, 201, text="Came by."),
    f"POST {CASE}/notes/{{note_id}}/correction": sends(CASEWORK, 201, text="Called."),
    f"GET {CASE}/forms": Rule(CASEWORK),
    f"POST {CASE}/form-requests": sends(CASEWORK, 201, form="arrival"),
    f"DELETE {CASE}/form-requests/{{request_id}}": sends(CASEWORK),
    f"POST {CASE}/form-drafts": sends(CASEWORK, 201, form="needs"),
    f"POST {CASE}/form-corrections": sends(CASEWORK, 201, form="arrival"),
    f"GET {DRAFT}": Rule(CASEWORK),
    f"PATCH {DRAFT}/answers": sends(CASEWORK, 200, answers={"called": "Zebulon"}),
    f"POST {DRAFT}/files": Rule(CASEWORK, 200, {"question": "called", "file": picture()}, is_form=True),
    f"DELETE {DRAFT}/rows/{{repeat}}/{{row}}": sends(CASEWORK, 409),
    f"GET {DRAFT}/media/{{picture}}": Rule(CASEWORK),
    f"POST {DRAFT}/submission": sends(CASEWORK, 409),
    f"DELETE {DRAFT}": sends(CASEWORK),
    f"GET {CASE}/assessments": Rule(CASEWORK),
    f"GET {CASE}/assessments/{{sheet_id}}": Rule(CASEWORK),
    f"GET {CASE}/risk": Rule(CASEWORK),
    f"POST {CASE}/risk": sends(CASEWORK, 201, level="medium", reason="Alone with two children."),
    "POST /api/v1/codes/search": sends(CASEWORK, 200, words="tailor"),
    f"GET {CASE}/safety": Rule(CASEWORK),
    f"POST {CASE}/guardian": sends(CHILD_PROTECTION, 409, evidence="Met her."),
    f"POST {CASE}/guardian/longer": sends(CHILD_PROTECTION, 409),
    f"POST {CASE}/phone/code": sends(CASEWORK, 409),
    f"POST {CASE}/phone/pin/remove": sends(CASEWORK, 409, is_checked=True),
    f"GET {CASE}/closing": Rule(CASEWORK),
    f"POST {CASE}/closing": sends(CASEWORK, 422, reason="remigrated", ended_on="2020-01-01", note="Gone."),
    f"POST {CASE}/closing/decision": sends(SUPERVISOR, 409, decision="approve"),
    f"POST {CASE}/closing/withdraw": sends(CASEWORK, 409),
    f"POST {CASE}/reopen": sends(CASEWORK, 409, reason="mistake", note="Oh."),
    f"GET {CASE}/transfer": Rule(TRANSFERRERS),
    f"PUT {CASE}/team": sends(TRANSFERRERS, 422, team="nowhere"),
    f"POST {CASE}/transfer": sends(TRANSFERRERS, 422, organisation_id="{service}"),
    f"POST {CASE}/transfer/revoke": sends(TRANSFERRERS, 409),
    f"POST {CASE}/separate": sends(SUPERVISOR, 409),
    "GET /api/v1/application-kinds": Rule(CASEWORK),
    "GET /api/v1/entitlement-routes": Rule(CASEWORK, 422),
    f"GET {CASE}/applications": Rule(CASEWORK),
    f"POST {CASE}/applications": sends(CASEWORK, 201, kind="portability", institution="The fund", country="IT"),
    f"GET {APPLICATION}": Rule(CASEWORK),
    f"PUT {APPLICATION}": sends(CASEWORK, institution="The fund", country="IT"),
    f"PUT {APPLICATION}/documents/{{document}}": sends(CASEWORK, standing="have"),
    f"PUT {APPLICATION}/authorisation": sends(CASEWORK, on_day="2026-01-01", how="signed", covers="Everything."),
    f"POST {APPLICATION}/authorisation/end": sends(CASEWORK, on_day="2026-01-01"),
    f"POST {APPLICATION}/entries": sends(CASEWORK, 409, what="submitted", on_day="2026-01-01"),
    f"POST {APPLICATION}/periods": sends(CASEWORK, 201, starts_on="2020-01-01", employer="A farm", place="Foggia"),
    f"DELETE {APPLICATION}/periods/{{period_id}}": sends(CASEWORK),
    f"GET {CASE}/business-plan": Rule(CASEWORK),
    f"PUT {CASE}/business-plan": sends(
        CASEWORK, what="A loom", where="Brikama", currency="GMD", income=["10"] * 12, costs=["5"] * 12
    ),
    f"POST {CASE}/coaching-visits": sends(CASEWORK, 201, held_on="2026-01-01", agreed="To keep books."),
    f"GET {CASE}/follow-ups": Rule(CASEWORK),
    f"POST {CASE}/follow-ups/{{follow_up_id}}/phone": sends(CASEWORK, 201),
    f"POST {CASE}/follow-ups/{{follow_up_id}}/refused": sends(CASEWORK),
    f"POST {CASE}/follow-ups/{{follow_up_id}}/close": sends(CASEWORK, 409, reason="not_wanted"),
    "GET /api/v1/transfers": Rule(TRANSFERRERS),
    "POST /api/v1/transfers/{transfer_id}/decline": sends(TRANSFERRERS, reason="no_capacity"),
    "POST /api/v1/transfers/{transfer_id}/accept": sends(TRANSFERRERS, 200),
    "GET /api/v1/duplicates": Rule(SUPERVISOR),
    "POST /api/v1/duplicates/merge": sends(SUPERVISOR, 422, stays="HW-1", other="HW-1"),
    "POST /api/v1/duplicates/apart": sends(SUPERVISOR, 422, first="HW-1", second="HW-1"),
    "GET /api/v1/break-glass": Rule(SUPERVISOR),
    "POST /api/v1/break-glass": sends(CASEWORK, 404, number="HW-0000-0000", reason="A child is in danger."),
    "POST /api/v1/break-glass/{glass_id}/review": sends(SUPERVISOR),
    "GET /api/v1/today": Rule(CASEWORK),
    "GET /api/v1/tasks": Rule(CASEWORK),
    "POST /api/v1/tasks/{task_id}/settle": sends(CASEWORK),
    "GET /api/v1/dashboard": Rule(SUPERVISOR),
    "GET /api/v1/approvals": Rule(SUPERVISOR),
    "GET /api/v1/retention": Rule(SUPERVISOR),
    "GET /api/v1/follow-up": Rule(SUPERVISOR),
    "GET /api/v1/staff": Rule(REGISTRARS),
}
