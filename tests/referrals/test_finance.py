"""What a financial service offers: by its attributes, told in the chat and on the pages."""

import json

import pytest

from homeward.demo.seed import DIRECTORY
from referrals.directory import read_directory
from referrals.finance import FINANCE, PRODUCT_NAMES, Product, products


def record(*codes: str, taxonomy: str = FINANCE) -> dict[str, object]:
    terms = [{"code": code, "taxonomy": taxonomy} for code in codes]
    return {"attributes": [{"taxonomy_term": term} for term in terms]}


@pytest.mark.parametrize(
    ("stored", "found"),
    [
        ({}, []),
        ({"attributes": None}, []),
        ({"attributes": [{"taxonomy_term": None}, {}]}, []),
        (record("savings", "account"), [Product.ACCOUNT, Product.SAVINGS]),
        (record("gold", "insurance"), [Product.INSURANCE]),
        (record("account", taxonomy="homeward-eligibility"), []),
    ],
)
def test_codes_of_the_taxonomy_are_read_and_others_left_out(stored: dict[str, object], found: list[Product]) -> None:
    assert products(stored) == found


def test_every_product_has_a_name_and_the_example_services_name_theirs() -> None:
    assert {*PRODUCT_NAMES} == {*Product}
    services = [each.record for each in read_directory(DIRECTORY.read_bytes()).entries]
    offered = {each["name"]: products(each) for each in services if products(each)}
    assert offered["Savings group"] == [Product.SAVINGS, Product.CREDIT_WITHOUT_INTEREST]
    kinds = {
        each["name"] for each in json.loads(DIRECTORY.read_text("utf-8")) if "homeward-finance" in json.dumps(each)
    }
    assert {*offered} == kinds
