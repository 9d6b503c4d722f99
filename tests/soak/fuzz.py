"""`soak api`: every operation of the API, asked by every role with what the description allows and what it forbids.

Each example is made once and asked by every role, because making it takes longer than answering it.
No answer is a fault of ours (5xx), and none has a status, a media type or a shape that the description does not name.
Half of the addresses name things of the example data, and the case that they belong to, so that what is asked for is
often there.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

import httpx
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from access.actor import actor_of
from access.models import StaffMember
from access.rules import GRANTS, Role
from access.sessions import SignedIn
from access.tokens import make_token
from cases.models import Case, Complaint
from cases.plan_models import Programme
from foundation import clock
from foundation.database import Base, Database
from homeward.demo.history import CASES
from homeward.demo.seed import seed as seed_demo
from homeward.wiring import programme_of
from tests.soak.processes import Processes, free_port
from tests.soak.report import console, report, verdict
from tests.soak.stand import environment_of, opened, prepare_database, scratch_folder, settings_for, sqlite_url

START_SECONDS = 120.0
FAILURES, TRACEBACKS = "answers that the description does not name", "tracebacks"
PROPERTIES = frozenset([FAILURES, TRACEBACKS])
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
KNOWN_IDS = 0.5
PARTS = {
    "activity": "plan_activity",
    "call": "call_back",
    "determination": "best_interests",
    "draft": "submission",
    "file": "stored_file",
    "filter": "saved_filter",
    "glass": "break_glass",
    "leg": "return_leg",
    "line": "budget_line",
    "member": "panel_member",
    "message": "case_message",
    "note": "case_note",
    "override": "gate_override",
    "period": "work_period",
    "person": "case_person",
    "request": "form_request",
    "sheet": "submission",
    "transfer": "case_transfer",
}
"""The table that a part of an address speaks of, where it has another name: `sheet_id` names a submission."""
TOLD_EVERY = 10
"""Operations between two words on how far the run is."""


@dataclass(frozen=True, slots=True)
class Plan:
    cases: int
    """Examples for each operation and role, half of them such as the description forbids."""
    roles: tuple[Role, ...]
    files: int
    """Cases of the example data."""
    paths: tuple[str, ...] = ("",)
    """Only operations whose path holds one of these."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class There:
    """Something that an address can name, and the case that it belongs to, if to any."""

    name: str
    case: Any


@dataclass(slots=True)
class _Heard:
    """What came back, over all operations and roles."""

    answers: Counter[int] = field(default_factory=Counter)
    """By status."""
    reached: Counter[str] = field(default_factory=Counter)
    """By operation: answers that saw what was asked for."""


Known = dict[str, list[There]]
"""By the name of the part of an address: `flag_id` for the table `flag`."""
FULL = Plan(cases=200, roles=tuple(Role), files=CASES)
SHORT = Plan(cases=2, roles=(Role.SUPERVISOR, Role.PARTNER), files=6)


async def run_fuzz(plan: Plan, folder: Path) -> dict[str, Any]:
    """One run on SQLite; every name in PROPERTIES must come back as 0."""
    url, port = sqlite_url(folder), free_port()
    address = f"http://127.0.0.1:{port}"
    await prepare_database(url)
    async with opened(url) as database:
        await seed_demo(database, programme_of(settings_for(url)), plan.files, releases=plan.files >= CASES)
        tokens = {role: await _token(database, role) for role in plan.roles}
        known = await _known(database)
    environment = environment_of(settings_for(url)) | {
        "HOMEWARD_PUBLIC_URL": address,
        "HOMEWARD_SECOND_FACTOR": "offered",
    }
    async with Processes(folder, environment) as processes:
        await processes.start("web", "tests.soak.program", "serve", "--port", str(port))
        await _up(address)
        row = await asyncio.to_thread(_ask_everything, plan, address, tokens, known)
        row[TRACEBACKS] = processes.log_of("web").count("Traceback")
    return row


def _ask_everything(plan: Plan, address: str, tokens: dict[Role, str], known: Known) -> dict[str, Any]:
    begun, heard = monotonic(), _Heard()
    failures: list[str] = []
    description = requests.get(f"{address}/api/v1/openapi.json", timeout=30).json()
    schema = schemathesis.openapi.from_dict(description)
    operations = [each.ok() for each in schema.get_all_operations()]
    operations = [each for each in operations if any(part in each.path for part in plan.paths)]
    with requests.Session() as session:
        asks = {role: partial(_ask, session=session, address=address, token=token) for role, token in tokens.items()}
        for number, operation in enumerate(operations, start=1):
            found = _examples(plan, operation, asks, known, heard)
            failures.extend(f"{operation.label}: {failure}" for failure in found)
            # An operation takes half a minute: what was found is told even if the run is stopped.
            for failure in found:
                console.print(f"{operation.label}: {failure}", markup=False)
            if number % TOLD_EVERY == 0:
                faults, seconds = len(failures), monotonic() - begun
                console.print(f"{number} of {len(operations)} operations, {faults} failures, {seconds:.0f} s")
    silent = sorted(each.label for each in operations if not heard.reached[each.label])
    console.print("Nobody got through to:", *silent, sep="\n  ", markup=False)
    return {
        "run": "API, SQLite",
        "operations": len(operations),
        "roles": len(tokens),
        "requests": heard.answers.total(),
        "seconds": round(monotonic() - begun, 1),
        **{f"answers {status}": count for status, count in sorted(heard.answers.items())},
        FAILURES: len(failures),
        "operations that nobody got through to": len(silent),
    }


def _examples(plan: Plan, operation: Any, asks: Mapping[Role, Any], known: Known, heard: _Heard) -> list[str]:
    """Ask for one operation with examples of both kinds; gives what was wrong with an answer, each kind once a role."""
    random = Random(f"{plan.seed} {operation.label}")
    found: dict[str, str] = {}
    quiet = settings(
        max_examples=max(1, plan.cases // 2),
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @seed(plan.seed)
        @quiet
        @given(case=operation.as_strategy(generation_mode=mode))
        def example(case: Any) -> None:
            invented = dict(case.path_parameters)
            for role, ask in asks.items():
                case.path_parameters = dict(invented)
                _name_what_is_there(case, known, random)
                response = ask(case)
                heard.answers[response.status_code] += 1
                heard.reached[operation.label] += response.status_code not in (401, 404)
                try:
                    case.validate_response(response, checks=CHECKS)
                except (Failure, FailureGroup) as failure:
                    for each in getattr(failure, "exceptions", [failure]):
                        kind = f"{role} {response.status_code} {type(each).__name__}"
                        found.setdefault(kind, f"{kind} {str(each)[:300]}")

        try:
            example()
        except schemathesis.errors.InvalidSchema as error:
            found.setdefault("schema", f"{error}"[:300])
        except Exception as error:  # noqa: BLE001  # such as an operation that cannot be asked wrongly
            if "negative" not in str(error).casefold() and type(error).__name__ != "Unsatisfiable":
                found.setdefault(type(error).__name__, f"{type(error).__name__} {error}"[:300])
    return list(found.values())


def _name_what_is_there(case: Any, known: Known, random: Random) -> None:
    """Put things of the example data, all of one case, in place of invented ones."""
    if random.random() >= KNOWN_IDS:
        return
    whose = None
    # What lies deepest is rarest: it decides whose case the rest of the address speaks of.
    for part in reversed(re.findall(r"{(\w+)}", case.operation.path)):
        there = [each for each in known.get(part, ()) if whose is None or each.case in (None, whose)]
        if there:
            chosen = random.choice(there)
            case.path_parameters[part], whose = chosen.name, whose or chosen.case


def _ask(case: Any, *, session: requests.Session, address: str, token: str) -> Any:
    return case.call(base_url=address, session=session, headers={"Authorization": f"Bearer {token}"}, timeout=30)


async def _token(database: Database, role: Role) -> str:
    async with database.transaction() as session:
        found = select(StaffMember).where(StaffMember.role == role).order_by(StaffMember.email).limit(1)
        staff = (await session.scalars(found.options(joinedload(StaffMember.organisation)))).one()
        known = SignedIn(staff, actor_of(staff), "", staff.id, clock.now(), has_factor=False, is_proven=False)
        return await make_token(session, known, "A fuzzer", GRANTS[role], 7)


async def _known(database: Database) -> Known:
    """Everything that an address may name."""
    known: Known = {}
    async with database.reading() as session:
        owners = {case.id: case.id for case in await session.scalars(select(Case))}
        tables = [each for each in Base.metadata.sorted_tables if "id" in each.c and each.name != "audit_entry"]
        for table in tables:
            parents = [each.parent for each in table.foreign_keys if each.column.name == "id"]
            rows = (await session.execute(select(table.c.id, *parents))).all()
            for own, *others in rows:
                if (owner := next((owners[each] for each in others if each in owners), None)) is not None:
                    owners.setdefault(own, owner)
        for table in tables:
            ids = (await session.scalars(select(table.c.id))).all()
            known[f"{table.name}_id"] = [There(str(each), owners.get(each)) for each in ids]
        known["number"] = [There(case.number, case.id) for case in await session.scalars(select(Case))]
        known["complaint"] = [There(each, None) for each in await session.scalars(select(Complaint.number))]
        known["code"] = [There(each, None) for each in await session.scalars(select(Programme.code))]
    return known | {f"{part}_id": known[f"{table}_id"] for part, table in PARTS.items()}


async def _up(address: str) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(START_SECONDS):
        while True:
            try:
                if (await client.get(f"{address}/readyz")).status_code == httpx.codes.OK:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


def main(*, short: bool, roles: Sequence[Role] = (), paths: Sequence[str] = ()) -> int:
    """`roles`, `paths`: only these, so that a run of hours can be made in parts."""
    plan = SHORT if short else FULL
    plan = replace(plan, roles=tuple(roles) or plan.roles, paths=tuple(paths) or plan.paths)
    with scratch_folder() as folder:
        rows = [asyncio.run(run_fuzz(plan, folder))]
    report("The API asked at random", rows, "soak-api.json")
    return verdict(rows, PROPERTIES)
