"""`homeward staff`: accounts of staff, partners and monitors."""

from functools import partial
from typing import Annotated, Any

import typer

from access import staff
from access.rules import Role
from access.staff import KIND_OF_ROLE
from foundation.language import SOURCE_LANGUAGE
from homeward.commands.running import Opened, console, run

app = typer.Typer(no_args_is_help=True, help="Accounts of staff, partners and monitors.")

Password = Annotated[
    str, typer.Option(prompt=True, hide_input=True, confirmation_prompt=True, envvar="HOMEWARD_PASSWORD")
]


@app.command("add")
def staff_add(  # noqa: PLR0917  # options of a command, given by name
    email: str,
    name: Annotated[str, typer.Option(help="Name that colleagues see.")],
    role: Annotated[Role, typer.Option(help="What the account may do.")],
    password: Password,
    organisation: Annotated[
        str,
        typer.Option(help="Of a partner, a monitoring body, or another that takes cases over."),
    ] = "",
    team: Annotated[str, typer.Option(help="Team code, such as a country of return; empty: all teams.")] = "",
    language: str = SOURCE_LANGUAGE,
) -> None:
    """Add an account."""
    if role in KIND_OF_ROLE and not organisation:
        raise typer.BadParameter("A partner or a monitor needs --organisation.")

    async def work() -> None:
        opened = Opened()
        async with opened as database, database.transaction() as session:
            if (kind := KIND_OF_ROLE.get(role)) is not None:
                body = await staff.find_or_create_organisation(session, organisation, kind)
            elif organisation and organisation != opened.settings.operator:
                body = await staff.find_or_create_other_operator(session, organisation)
            else:
                body = await staff.find_or_create_operator(session, opened.settings.operator)
            await staff.add_staff(
                session,
                email=email,
                name=name,
                role=role,
                organisation=body,
                password=password,
                team=team or None,
                language=language,
            )

    run(work())
    console.print("The account has been added.")


@app.command("disable")
def staff_disable(email: str) -> None:
    """End an account at once, with every session it has."""
    run(changed(partial(staff.disable_staff, email=email)))
    console.print("The account is disabled.")


@app.command("reset")
def staff_reset(email: str, password: Password) -> None:
    """Set a new password, take away the second factor and end every session."""
    run(changed(partial(staff.reset_password, email=email, password=password)))
    console.print("The password is set; the second factor is gone; every session of the account has ended.")


@app.command("role")
def staff_role(
    email: str,
    role: Annotated[Role, typer.Option(help="What the account may do from now on.")],
    team: Annotated[str, typer.Option(help="Team code, such as a country of return; empty: all teams.")] = "",
) -> None:
    """Give an account another role; its sessions end."""
    run(changed(partial(staff.change_role, email=email, role=role, team=team or None)))
    console.print("The role is changed; every session of the account has ended.")


async def changed(verb: Any) -> None:
    async with Opened() as database, database.transaction() as session:
        await verb(session)
