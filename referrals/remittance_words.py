"""Costs of sending money in words, the same in the chat and on the pages."""

from decimal import Decimal

from cases.money import in_words
from foundation.language import _, listed, say, say_country
from referrals.remittance_rules import CEILING, CHEAPEST, MEANS_NAMES, PROVIDER_NAMES, SPEED_NAMES, TARGET, Means
from referrals.remittances import Comparison, Offer


def sent(language: str, found: Comparison) -> str:
    return say(language, _("If you send {amount}:"), amount=in_words(language, found.amount, found.currency))


def way(language: str, found: Comparison) -> str:
    origin, country = (say_country(language, code) for code in found.corridor)
    return say(language, _("From {origin} to {country}"), origin=origin, country=country)


def judged(language: str, found: Comparison) -> str:
    """The corridor beside the goals of SDG 10.c; nothing if it cannot be told."""
    if found.mark is None:
        return ""
    said = _(
        "The {count} cheapest cost {percent} % on average. The goal of the United Nations: {target} % on average, "
        "and nowhere more than {ceiling} %."
    )
    values = {"count": CHEAPEST, "percent": _percent(found.mark), "target": TARGET, "ceiling": CEILING}
    return say(language, said, **values)


def warning(language: str, found: Comparison) -> str:
    told = say(
        language,
        _("Prices of {day}. Prices change every day: ask before you send. We recommend no one."),
        day=found.collected[1],
    )
    old = say(language, _("These prices are old."))
    return f"{old} {told}" if found.is_stale else told


def offer_lines(language: str, offer: Offer) -> list[str]:
    """What it costs, of which parts, and how it is paid, received and how fast."""
    return [line for line in (cost(language, offer), parts(language, offer), ways(language, offer)) if line]


def cost(language: str, offer: Offer) -> str:
    if offer.price.total is None or offer.costs is None:
        return say(language, _("It does not tell its exchange rate: its whole cost is not known."))
    costs = in_words(language, offer.costs, offer.price.currency)
    return say(language, _("Costs {amount} ({percent} %)"), amount=costs, percent=_percent(offer.price.total))


def parts(language: str, offer: Offer) -> str:
    fee = in_words(language, offer.price.fee, offer.price.currency)
    if offer.price.margin is None:
        return say(language, _("Fee {amount}"), amount=fee)
    # Translators: the exchange margin is what a provider earns by a rate that is worse than the one between banks.
    said = _("Fee {amount}, exchange margin {percent} %")
    return say(language, said, amount=fee, percent=_percent(offer.price.margin))


def ways(language: str, offer: Offer) -> str:
    kind = say(language, PROVIDER_NAMES[offer.price.provider_kind])
    paid, received = means(language, offer.paid_by), means(language, offer.received_by)
    speed = say(language, SPEED_NAMES[offer.price.speed])
    if not paid or not received:
        return f"{kind} · {speed}"
    # Translators: how money is paid in and how it is received, such as "paid by cash, received by mobile money".
    both = say(language, _("paid by {paid}, received by {received}"), paid=paid, received=received)
    return f"{kind} · {both} · {speed}"


def means(language: str, codes: list[Means]) -> str:
    return listed(language, (say(language, MEANS_NAMES[each]) for each in codes))


def _percent(percent: Decimal) -> Decimal:
    return round(percent, 1)
