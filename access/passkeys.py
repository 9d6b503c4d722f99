"""Passkeys (WebAuthn): registering one, and passing the second step with it."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import PublicKeyCredentialDescriptor
from webauthn.registration.verify_registration_response import VerifiedRegistration

from access.models import Passkey, StaffSession
from access.second_factor import ISSUER, second_step_failed, second_step_passed, throttle_second_step
from access.sessions import SignedIn, require_fresh
from foundation import audit, clock
from foundation.errors import Conflict, Invalid
from foundation.language import Message, _

CHALLENGE_LIFE = timedelta(minutes=5)
MOST_PASSKEYS = 10
_UNREADABLE = (WebAuthnException, ValueError, TypeError, LookupError)
"""What the library raises for an answer that is not one: its own errors, and those of what it reads with."""
_NOT_ACCEPTED: Message = _("This passkey could not be used. Please try again, or use another way.")


@dataclass(frozen=True, slots=True)
class Site:
    """What a passkey is bound to: it answers to no other site, whatever that looks like."""

    host: str
    origin: str


def site_of(public_url: str) -> Site | None:
    """None where browsers offer no passkeys: an address without a name."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return Site(host, f"{parts.scheme}://{parts.netloc}") if host else None
    return None


async def begin_passkey(session: AsyncSession, known: SignedIn, site: Site) -> str:
    """What the browser needs to make a passkey, as JSON."""
    require_fresh(known)
    there = await _passkeys_of(session, known)
    if len(there) >= MOST_PASSKEYS:
        raise Conflict(_("You have as many passkeys as one can have. Remove one first."))
    options = generate_registration_options(
        rp_id=site.host,
        rp_name=ISSUER,
        user_id=known.staff.id.bytes,
        user_name=known.staff.email,
        user_display_name=known.staff.name,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in there],
    )
    await _expect(session, known, options.challenge)
    return options_to_json(options)


async def enrol_passkey(session: AsyncSession, known: SignedIn, site: Site, name: str, credential: str) -> None:
    """Keep the passkey that the browser made. Raises Invalid if it is not an answer to what was asked."""
    require_fresh(known)
    made = _registered(site, credential, await _take_challenge(session, known))
    if made is None or await session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)):
        raise Invalid(_NOT_ACCEPTED)
    session.add(
        Passkey(
            id=uuid4(),
            staff_id=known.staff.id,
            name=name[:60],
            credential_id=made.credential_id,
            public_key=made.credential_public_key,
            sign_count=made.sign_count,
            created_at=clock.now(),
        )
    )
    audit.record(session, known.actor.id, "factor.enrolled", known.staff.id, kind="passkey")


async def begin_proof(session: AsyncSession, known: SignedIn, site: Site) -> str:
    """What the browser needs to ask for a passkey, as JSON."""
    there = await _passkeys_of(session, known)
    options = generate_authentication_options(
        rp_id=site.host, allow_credentials=[PublicKeyCredentialDescriptor(id=each.credential_id) for each in there]
    )
    await _expect(session, known, options.challenge)
    return options_to_json(options)


async def prove_by_passkey(
    session: AsyncSession, known: SignedIn, site: Site, credential: str, address: str
) -> str | None:
    """The session's new token if one of the account's passkeys signed what was asked; a failure is counted.

    Raises NotAllowed after too many failures.
    """
    await throttle_second_step(session, known, address)
    challenge = await _take_challenge(session, known)
    passkey = await _named(session, known, credential)
    signed = _signed(site, passkey, credential, challenge) if passkey and challenge else None
    if passkey is None or signed is None:
        await second_step_failed(session, known, address)
        return None
    passkey.sign_count, passkey.used_at = signed.new_sign_count, clock.now()
    return await second_step_passed(session, known, "passkey")


async def _passkeys_of(session: AsyncSession, known: SignedIn) -> list[Passkey]:
    return list(await session.scalars(select(Passkey).where(Passkey.staff_id == known.staff.id)))


async def _expect(session: AsyncSession, known: SignedIn, challenge: bytes) -> None:
    row = await _session_row(session, known)
    row.challenge, row.challenge_at = challenge, clock.now()


async def _take_challenge(session: AsyncSession, known: SignedIn) -> bytes | None:
    """What was asked last in this session, once, if it was not long ago."""
    row = await _session_row(session, known)
    challenge, asked_at = row.challenge, row.challenge_at
    row.challenge = row.challenge_at = None
    return challenge if asked_at is not None and clock.now() - asked_at <= CHALLENGE_LIFE else None


async def _session_row(session: AsyncSession, known: SignedIn) -> StaffSession:
    row = await session.scalar(select(StaffSession).where(StaffSession.id == known.session_id).with_for_update())
    if row is None:
        raise Conflict(_("This session has ended already."))
    return row


async def _named(session: AsyncSession, known: SignedIn, credential: str) -> Passkey | None:
    try:
        credential_id = parse_authentication_credential_json(credential).raw_id
    except _UNREADABLE:
        return None
    of_account = select(Passkey).where(Passkey.staff_id == known.staff.id, Passkey.credential_id == credential_id)
    return (await session.scalars(of_account.with_for_update())).one_or_none()


def _registered(site: Site, credential: str, challenge: bytes | None) -> VerifiedRegistration | None:
    if challenge is None:
        return None
    try:
        return verify_registration_response(
            credential=credential, expected_challenge=challenge, expected_rp_id=site.host, expected_origin=site.origin
        )
    except _UNREADABLE:
        return None


def _signed(site: Site, passkey: Passkey, credential: str, challenge: bytes) -> VerifiedAuthentication | None:
    try:
        return verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
        )
    except _UNREADABLE:
        return None
