"""Which partner knows of what is counted: of what was sent to it, and of whom. Nothing names it without the key."""

from collections import Counter

from referral_scene import Scene
from sqlalchemy import select

from access.actor import PERSON
from cases.fact_models import Fact, FactLink, FactPartner
from cases.fact_rules import Thing
from cases.facts import partner_prints
from referrals.erasure import erase_person
from referrals.facts import refresh
from referrals.referring import answer_share


async def known(scene: Scene) -> dict[str, Counter[tuple[Thing, str]]]:
    rows = await scene.session.execute(
        select(FactPartner.partner, Fact.thing, Fact.kind).join(Fact, Fact.id == FactPartner.fact_id)
    )
    found: dict[str, Counter[tuple[Thing, str]]] = {}
    for partner, thing, kind in rows:
        found.setdefault(partner, Counter())[thing, kind] += 1
    return found


async def test_a_partner_knows_of_what_was_sent_to_it_and_of_whom(scene: Scene) -> None:
    waiting = await scene.refer()
    await refresh(scene.session, [scene.case.id])
    assert await known(scene) == {}, "what was never sent is known to nobody"
    sent = await answer_share(scene.session, scene.person_id, waiting.consent_id, agrees=True)
    await refresh(scene.session, [scene.case.id])
    (partner,) = (await partner_prints(scene.session, [sent.organisation_id])).values()
    found = await known(scene)
    assert set(found) == {partner}
    things = Counter(thing for thing, _kind in found[partner].elements())
    assert (things[Thing.CASE], things[Thing.PLAN], things[Thing.REFERRAL], things[Thing.REFERRAL_WAIT]) == (1, 1, 1, 1)
    needs = [kind for thing, kind in found[partner] if thing is Thing.NEED]
    assert needs == [sent.need_kind], "the need that it is for, and no other"
    assert await refresh(scene.session, [scene.case.id]) == 0, "what is right already is left alone"


async def test_a_partner_is_named_by_a_fingerprint_that_stays_when_the_person_goes(scene: Scene) -> None:
    sent = await scene.sent()
    await refresh(scene.session, [scene.case.id])
    rows = "\n".join(str(tuple(row)) for row in await scene.session.execute(select(*FactPartner.__table__.c)))
    for secret in (sent.organisation_id, sent.id, scene.case.id):
        assert secret.hex not in rows
        assert str(secret) not in rows
    await erase_person(scene.session, scene.person_id, actor=PERSON)
    before = await known(scene)
    assert (await scene.session.scalars(select(FactLink))).all() == []
    await refresh(scene.session, [scene.case.id])
    assert await known(scene) == before != {}
