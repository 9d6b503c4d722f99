"""What a financial service of the directory offers: attributes with a term of the taxonomy `homeward-finance`.

What it costs, for whom it is and which papers it asks for stand in the directory as for every other service.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from foundation.language import Message, _p

FINANCE = "homeward-finance"
"""The taxonomy whose terms are codes of `Product`."""


class Product(StrEnum):
    ACCOUNT = "account"
    SAVINGS = "savings"
    CREDIT = "credit"
    CREDIT_WITHOUT_INTEREST = "credit_without_interest"
    REMITTANCE = "remittance"
    INSURANCE = "insurance"


PRODUCT_NAMES: dict[Product, Message] = {
    Product.ACCOUNT: _p("financial service", "an account"),
    Product.SAVINGS: _p("financial service", "saving"),
    Product.CREDIT: _p("financial service", "loans"),
    Product.CREDIT_WITHOUT_INTEREST: _p("financial service", "loans without interest"),
    Product.REMITTANCE: _p("financial service", "sending and receiving money"),
    Product.INSURANCE: _p("financial service", "insurance"),
}


def products(record: Mapping[str, Any]) -> list[Product]:
    """What a service's record says that it offers, in the order of `Product`; a code that nobody knows is left out."""
    terms = [each.get("taxonomy_term") or {} for each in record.get("attributes") or []]
    codes = {term.get("code") for term in terms if term.get("taxonomy") == FINANCE}
    return [each for each in Product if each.value in codes]
