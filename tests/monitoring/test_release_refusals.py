"""Who may not publish a table reads why, and what helps."""

import pytest

from foundation.language import say
from monitoring.disclosure import CannotProtect, Reason
from monitoring.refusals import refused
from monitoring.tables import CATALOGUE


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_is_said_with_the_table_and_what_helps(reason: Reason) -> None:
    spec = CATALOGUE[0]
    said = say("en", refused(CannotProtect(reason, spec.axes[1].name), spec).message)
    assert "Cases opened, by sex, age and country of return" in said
    assert said.endswith("Nothing was published.")
    assert "{" not in said
    assert ("Age" in said) is (reason is not Reason.CONTRADICTS)


def test_without_a_group_to_make_larger_a_longer_period_is_advised() -> None:
    said = say("en", refused(CannotProtect(Reason.ALREADY_KNOWN), CATALOGUE[0]).message)
    assert "What helps: a longer period." in said
