"""Numbers of cards and accounts are found in what people write, and other numbers are not taken for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from questionnaire.account_numbers import MASK, holds_account_number, without_account_numbers

CARDS = ["4111111111111111", "5500 0055 5555 5559", "3782-822463-10005", "6304000000000000"]
IBANS = ["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "TN59 1000 6035 1835 9847 8831", "NO9386011117947"]
OTHERS = [
    "+8801712345678901",
    "00 220 7712 3456 7890 1",
    "HW-ABCD-EFGH",
    "1990-05-03",
    "4111111111111112",
    "DE88370400440532013000",
    "I owe 1250000000000000 dalasi",
    "ME 22 CHILDREN AND 3 GOATS NEED FOOD NOW",
    "13.4383, -16.6781",
]


@pytest.mark.parametrize("number", CARDS + IBANS)
@pytest.mark.parametrize("text", ["{}", "My number is {}, thank you.", "رقم بطاقتي {}", "{}\nSend it THERE."])
def test_a_number_of_a_card_or_an_account_is_taken_out_and_the_rest_stays(number: str, text: str) -> None:
    assert without_account_numbers(text.format(number)) == text.format(MASK)


@pytest.mark.parametrize("digits", ["٤١١١١١١١١١١١١١١١", "۴۱۱۱۱۱۱۱۱۱۱۱۱۱۱۱", "৪১১১১১১১১১১১১১১১"])
def test_digits_of_every_script_are_read(digits: str) -> None:
    assert holds_account_number(digits)


@pytest.mark.parametrize("text", OTHERS)
def test_other_numbers_stay_as_they_were(text: str) -> None:
    assert without_account_numbers(text) == text


@given(st.text(max_size=200))
def test_a_text_without_such_a_number_comes_back_as_it_was(text: str) -> None:
    masked = without_account_numbers(text)
    assert masked == text or MASK in masked
    assert without_account_numbers(masked) == masked
