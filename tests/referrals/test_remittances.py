"""Prices of sending money: how a table is read or refused, and what is worked out from it."""

from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from access.actor import SYSTEM, Actor
from access.rules import Role
from foundation import clock
from foundation.audit import AuditEntry
from foundation.errors import NotAllowed
from foundation.language import say
from homeward.demo.remittances import PRICES
from referrals.csv_files import FileRefused
from referrals.remittance_models import RemittancePrice
from referrals.remittance_reading import cost_in_percent, margin_in_percent, read_faultless, read_prices
from referrals.remittance_rules import Means, ProviderKind, Speed
from referrals.remittances import STALE, compare, corridors, import_prices, periods

DAY = date(2026, 8, 31)
ROW = {
    "period": "2026_3Q",
    "source code": "DEU",
    "destination code": "GMB",
    "firm": "Baobab",
    "firm type": "Money Transfer Operator",
    "payment instrument": "Cash",
    "pickup method": "Mobile wallet, cash",
    "receiving network coverage": "High",
    "speed actual": "Less than one hour",
    "transparent": "yes",
    "date": "2026-08-31",
    "cc1 lcu amount": "200",
    "cc1 lcu code": "EUR",
    "cc1 lcu fee": "5",
    "cc1 lcu fx rate": "11.80",
    "cc1 fx margin": "",
    "cc1 total cost %": "",
    "inter lcu bank fx": "12.00",
}


def table(*rows: dict[str, str], divider: str = ",") -> bytes:
    lines = [divider.join(ROW)] + [divider.join(f'"{cell}"' for cell in (ROW | row).values()) for row in rows]
    return "\n".join(lines).encode()


def priced(total: str, **changes: str) -> dict[str, str]:
    """A row whose fee makes this total, in percent, without any margin."""
    fee = Decimal(total) * 2
    return {"cc1 lcu fee": f"{fee}", "cc1 lcu fx rate": "12.00", "firm": f"Service {total}", **changes}


def test_the_cost_is_the_fee_and_the_margin_of_the_exchange_rate() -> None:
    [price] = read_prices(table({}))
    assert (price.fee / price.amount * 100, price.margin, price.total) == (
        Decimal("2.5"),
        Decimal("1.6667"),
        Decimal("4.1667"),
    )
    assert (price.from_country, price.to_country, price.period, price.usd) == ("DE", "GM", "2026_3Q", 200)
    assert (price.paid_by, price.received_by, price.speed) == ("cash", "cash mobile", Speed.HOUR)
    assert price.provider_kind is ProviderKind.OPERATOR
    assert price.collected_on == DAY


@given(st.decimals(1, 10_000, places=2), st.decimals(0, 500, places=2), st.decimals("0.5", "1.5", places=4))
def test_no_cost_is_lost_to_rounding(amount: Decimal, fee: Decimal, ratio: Decimal) -> None:
    margin = margin_in_percent(ratio * 40, Decimal(40))
    total = cost_in_percent(amount, fee, margin)
    assert abs(total - (fee / amount + 1 - ratio) * 100) <= Decimal("0.0001")
    assert total.as_tuple().exponent == -4


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"period": "autumn 2026"}, "period"),
        ({"date": "31/08/2026"}, "date"),
        ({"source code": "DE"}, "source code"),
        ({"destination code": "XXX"}, "destination code"),
        ({"firm": " "}, "firm"),
        ({"firm": "x" * 121}, "firm"),
        ({"transparent": "perhaps"}, "transparent"),
        ({"cc1 lcu amount": "0"}, "cc1 lcu amount"),
        ({"cc1 lcu amount": "two hundred"}, "cc1 lcu amount"),
        ({"cc1 lcu fee": "-1"}, "cc1 lcu fee"),
        ({"cc1 lcu code": "EURO"}, "cc1 lcu code"),
        ({"cc1 lcu fx rate": "0"}, "cc1 lcu fx rate"),
        ({"inter lcu bank fx": "-12"}, "inter lcu bank fx"),
        ({"cc1 fx margin": "much"}, "cc1 fx margin"),
        ({"cc1 total cost %": "9.99"}, "cc1 total cost %"),
    ],
)
def test_a_fault_is_told_by_row_and_column(changes: dict[str, str], column: str) -> None:
    with pytest.raises(FileRefused) as refused:
        read_prices(table({}, changes))
    [problem] = refused.value.problems
    assert (problem.row, problem.column) == (3, column)
    assert say("en", problem.reason)


@pytest.mark.parametrize("missing", ["period", "firm", "cc1 lcu fee", "speed actual"])
def test_a_missing_column_is_named(missing: str) -> None:
    content = table({}).decode().replace(missing, "something", 1).encode()
    with pytest.raises(FileRefused) as refused:
        read_prices(content)
    assert [(each.row, each.column) for each in refused.value.problems] == [(1, missing)]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"period\n", b'period\n"a', b"a\0b"])
def test_what_is_no_table_of_prices_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused):
        read_prices(content)


def test_both_forms_of_the_world_banks_file_are_read() -> None:
    """Names as they were until the first quarter of 2016, capitals, underscores and semicolons make no difference."""
    old = table({}, divider=";").decode()
    for now, then in (
        ("payment instrument", "Product"),
        ("pickup method", "pick-up method"),
        ("cc1 lcu fee", "CC1_LCU_Fee"),
    ):
        old = old.replace(now, then, 1)
    assert read_prices(b"\xef\xbb\xbf" + old.encode()) == read_prices(table({}))


def test_a_service_that_hides_its_rate_has_no_known_cost() -> None:
    hidden = {"cc1 lcu fx rate": "", "cc1 fx margin": "n/a", "transparent": "no"}
    [price] = read_prices(table(hidden))
    assert (price.margin, price.total) == (None, None)


def test_a_total_without_its_margin_tells_the_margin() -> None:
    [price] = read_prices(table({"cc1 lcu fx rate": "", "inter lcu bank fx": "", "cc1 total cost %": "4.17"}))
    assert (price.margin, price.total) == (Decimal("1.67"), Decimal("4.17"))


def test_the_example_prices_are_read() -> None:
    text = PRICES.read_text("utf-8").replace("{period}", "2026_3Q").replace("{date}", "2026-08-31")
    prices = read_prices(text.encode())
    assert len(prices) == 5 * 7 * 2
    assert {each.usd for each in prices} == {200, 500}


async def test_the_three_cheapest_that_count_judge_a_corridor(session: AsyncSession) -> None:
    rows = [
        priced("1", **{"speed actual": "6 days or more"}),
        priced("1.5", transparent="no"),
        priced("2", **{"receiving network coverage": "Low"}),
        priced("7"),
        priced("3"),
        priced("4"),
        priced("6.5"),
    ]
    await import_prices(session, read_prices(table(*rows)), actor=SYSTEM)
    found = await compare(session, ("DE", "GM"), 200)
    assert found is not None
    assert [each.price.provider for each in found.offers] == [
        f"Service {total}" for total in ("1", "1.5", "2", "3", "4", "6.5", "7")
    ]
    assert [each.price.provider for each in found.cheapest] == ["Service 3", "Service 4", "Service 6.5"]
    assert found.mark == Decimal("4.5")
    assert found.average == round(Decimal(25) / 7, 4)
    assert (found.is_dear, found.is_cheap) == (False, False)
    assert [each.costs for each in found.cheapest] == [Decimal(6), Decimal(8), Decimal(13)]
    assert found.cheapest[0].received_by == [Means.CASH, Means.MOBILE]


async def test_fewer_than_three_that_count_give_no_mark(session: AsyncSession) -> None:
    await import_prices(session, read_prices(table(priced("9"), priced("8"))), actor=SYSTEM)
    found = await compare(session, ("DE", "GM"), 200)
    assert found is not None
    assert (found.mark, found.is_dear, len(found.cheapest)) == (None, None, 2)
    assert await compare(session, ("DE", "GM"), 500) is None
    assert await compare(session, ("GM", "DE"), 200) is None


async def test_the_newest_quarter_is_shown_and_grows_old(session: AsyncSession) -> None:
    older = priced("2", period="2025_4Q", date="2025-11-01")
    await import_prices(session, read_prices(table(older, priced("5"))), actor=SYSTEM)
    found = await compare(session, ("DE", "GM"), 200)
    assert found is not None
    assert [each.price.provider for each in found.offers] == ["Service 5"]
    noon = clock.now().replace(year=2026, month=8, day=31, hour=12)
    for days, is_stale in ((0, False), (STALE.days, False), (STALE.days + 1, True)):
        with clock.moved_to(noon + timedelta(days=days)):
            assert found.is_stale is is_stale


async def test_an_import_writes_its_corridors_anew_and_leaves_the_others(session: AsyncSession) -> None:
    elsewhere = priced("5", **{"destination code": "TUN"})
    older = priced("5", period="2026_2Q")
    first = await import_prices(session, read_prices(table(elsewhere, older, priced("3"), priced("4"))), actor=SYSTEM)
    assert (first.added, first.gone, first.kept, first.corridors) == (4, 0, 0, 3)
    second = await import_prices(session, read_prices(table(priced("4"), priced("6"))), actor=SYSTEM)
    assert (second.added, second.gone, second.kept, second.corridors) == (1, 1, 1, 1)
    assert await session.scalar(select(func.count()).select_from(RemittancePrice)) == 4
    assert await corridors(session) == [("DE", "GM"), ("DE", "TN")]
    assert await periods(session) == [("2026_3Q", 3, 2), ("2026_2Q", 1, 1)]
    entries = (await session.scalars(select(AuditEntry).where(AuditEntry.event == "remittances.imported"))).all()
    assert [each.facts["added"] for each in entries] == [4, 1]


def test_faulty_rows_are_left_out_on_request_and_each_is_told() -> None:
    wrong_total = priced("4", **{"cc1 total cost %": "9.99"})
    content = table(priced("3"), wrong_total, priced("5"), priced("6", **{"source code": "??"}))
    with pytest.raises(FileRefused):
        read_prices(content)
    found, left_out = read_faultless(content)
    assert [each.provider for each in found] == ["Service 3", "Service 5"]
    assert [(each.row, each.column) for each in left_out] == [(3, "cc1 total cost %"), (5, "source code")]
    assert say("en", left_out[0].reason) == (
        "The total is not the fee and the exchange margin together. They make 4 percent."
    )


def test_a_file_of_which_no_row_is_left_is_refused() -> None:
    """Nothing would be written, and what is stored must not seem to be renewed."""
    with pytest.raises(FileRefused) as refused:
        read_faultless(table({"firm": " "}, {"transparent": "perhaps"}))
    assert [each.row for each in refused.value.problems] == [2, 3]
    with pytest.raises(FileRefused):
        read_faultless(table({}).replace(b"firm", b"something", 1))


async def test_what_was_left_out_is_audited_as_a_count(session: AsyncSession) -> None:
    prices, left_out = read_faultless(table(priced("3"), priced("4", firm=" ")))
    await import_prices(session, prices, actor=SYSTEM, left_out=len(left_out))
    entry = (await session.scalars(select(AuditEntry).where(AuditEntry.event == "remittances.imported"))).one()
    assert entry.facts == {"added": 1, "gone": 0, "kept": 0, "corridors": 1, "left_out": 1}


async def test_prices_are_imported_by_the_command_line_alone(session: AsyncSession) -> None:
    with pytest.raises(NotAllowed):
        await import_prices(session, [], actor=Actor(uuid4(), Role.ADMINISTRATOR, uuid4(), None))
