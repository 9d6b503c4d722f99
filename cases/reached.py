"""How many people each wave of the follow-up has reached: the share stands beside every outcome."""

from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import Actor, require
from access.rules import Permission
from cases.models import Case, FollowUp
from cases.queries import visible_cases
from cases.rules import FollowUpState
from cases.surveys import means_by_wave
from cases.waves import wave_order
from foundation import clock
from questionnaire.scoring import Mean

_WERE_ASKED = (FollowUpState.ASKED, FollowUpState.DONE, FollowUpState.REFUSED, FollowUpState.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Reached:
    """One wave over all cases that the actor may see. `means`: none of fewer than ten people."""

    wave: str
    due: int
    asked: int
    answered: int
    refused: int
    unreachable: int
    closed: int
    means: list[Mean]

    @property
    def share(self) -> Fraction | None:
        """Who answered, of those who were asked."""
        return Fraction(self.answered, self.asked) if self.asked else None


async def reached(session: AsyncSession, actor: Actor) -> list[Reached]:
    """Every wave that is due for someone, in the order of time."""
    require(actor, Permission.FOLLOW_UP_COMPARE)
    cases = visible_cases(actor).with_only_columns(Case.id)
    rows = await session.execute(
        select(FollowUp.wave, FollowUp.state, func.count())
        .where(FollowUp.case_id.in_(cases), FollowUp.due_on <= clock.today())
        .group_by(FollowUp.wave, FollowUp.state)
    )
    counted: dict[str, Counter[FollowUpState]] = {}
    for wave, state, number in rows:
        counted.setdefault(wave, Counter())[state] = number
    means = await means_by_wave(session, cases)
    return [_line(wave, counted[wave], means.get(wave, [])) for wave in sorted(counted, key=wave_order)]


def _line(wave: str, states: Counter[FollowUpState], means: list[Mean]) -> Reached:
    return Reached(
        wave=wave,
        due=states.total(),
        asked=sum(states[each] for each in _WERE_ASKED),
        answered=states[FollowUpState.DONE],
        refused=states[FollowUpState.REFUSED],
        unreachable=states[FollowUpState.UNREACHABLE],
        closed=states[FollowUpState.CLOSED],
        means=means,
    )
