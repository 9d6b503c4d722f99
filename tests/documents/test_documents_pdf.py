"""Documents are readable in every script: letters exist, words join, directions and digits stand in order."""

import re

import pytest
from fpdf import FPDF
from pdf_reader import pieces, text_of

from foundation.language import FSI, PDI, Message
from foundation.pdf import Document
from foundation.typesetting import Typesetter

WIDE, SIZE = 500.0, 10.0
RIGHT = 595.28 - 56 + 0.1
"""The margin of a page; a file tells places in hundredths of a point."""
SAMPLES = {
    "en": "My name is Łukasz Đặng Çağrı, I paid €5 – “naïve” fiancé … Владимир Ωμέγα",
    "fr": "L’œuvre coûte 12 €, ça va où ?",
    "es": "¿Cómo estás? ¡Mañana!",
    "ha": "Ƙasa, ɗan’uwa, ƴar’uwa, ɓera",
    "so": "Magacaygu waa Xaliimo",
    "fa_AF": "نام من فاطمه است و در کابل زندگی می‌کنم. ژاله، گل، چای، پنج ۱۲۳",
    "ps": "زما نوم زرغونه دی؛ ښځه، ځوان، څوک، ډېر، ړوند، ږغ، ټول، ګل، ۍ ې",
    "ar": "اسمي أمينة؟ عندي ثلاثة أطفال، لا إله، مُحَمَّد ١٢٣",
    "ur": "میرا نام زینب ہے۔ بچے، ٹیچر، ڈاکٹر، پڑھنا، ں ے ۴۵۶",
    "am": "ስሜ አበበ ነው። አዲስ አበባ፣ ኢትዮጵያ፤ 27 ዓመት",
    "ti": "ስመይ ኣለም ይበሃል። ኣብ ኣስመራ እየ ዝነብር፦ ቋንቋ ቐ ኸ",
    "bn": "আমার নাম রহিমা খাতুন। ক্ষুদ্র ব্যবসা, জ্ঞান, হ্যাঁ ১২৩৪",
}


def setter(language: str) -> Typesetter:
    return Typesetter(FPDF(unit="pt"), language)


def seen(language: str, text: str, width: float = WIDE) -> list[list[str]]:
    """The runs of each line, from the left; spaces between them do not count."""
    lines = setter(language).lines(text, SIZE, width)
    return [[run.text.strip() for run in line.runs if run.text.strip()] for line in lines]


@pytest.mark.parametrize("language", SAMPLES)
def test_every_letter_of_our_languages_has_a_glyph(language: str) -> None:
    ours = setter(language)
    runs = [run for line in ours.lines(SAMPLES[language], SIZE, WIDE) for run in line.runs]
    assert "\ufffd" not in "".join(run.text for run in runs)
    assert sum(len(run.text) for run in runs) == len(SAMPLES[language])
    for run in runs:
        glyphs, _positions = ours.use(run.font).perform_harfbuzz_shaping(run.text, SIZE, None)
        assert all(glyph.codepoint != 0 for glyph in glyphs), run.text


def test_letters_of_arabic_script_are_joined() -> None:
    """Shaped together the letters take other forms than each alone."""
    font = setter("ar").use("arabic")
    word = "بيت"
    shaped = {glyph.codepoint for glyph in font.perform_harfbuzz_shaping(word, SIZE, None)[0]}
    alone = {glyph.codepoint for each in word for glyph in font.perform_harfbuzz_shaping(each, SIZE, None)[0]}
    assert not {glyph for glyph in alone if glyph in shaped} >= alone
    assert shaped - alone


def test_a_latin_name_and_a_number_stand_in_their_place_in_a_right_to_left_sentence() -> None:
    assert seen("ar", f"رقم {FSI}HW-A2B3{PDI} صحيح") == [["صحيح", "HW-A2B3", "رقم"]]
    assert seen("fa_AF", "عمر 34 سال") == [["سال", "34", "عمر"]]


def test_arabic_words_with_a_number_in_an_english_sentence_read_from_the_right() -> None:
    assert seen("en", "I said أنا بخير 123 شكرا then") == [["I said", "شكرا", "123", "أنا بخير", "then"]]


def test_a_joiner_does_not_tear_a_word_apart() -> None:
    assert seen("en", "name: می‌دانم") == [["name:", "می‌دانم"]]
    assert seen("fa_AF", "Amie: می‌دانم") == [["Amie:", "می‌دانم"]]


@pytest.mark.parametrize("number", ["+220 700 12 34", "070 123 45 67", "2026-03-12"])
def test_the_groups_of_a_telephone_number_keep_their_order(number: str) -> None:
    for text in (number, f"فون: {number}", f"شماره {number} است"):
        assert number in seen("ur", text)[0]


def test_lines_of_a_right_to_left_paragraph_break_from_the_right() -> None:
    words = [f"كلمة{number}" for number in ("أ", "ب", "ج", "د", "ه", "و")]
    lines = seen("ar", " ".join(words), width=90)
    assert len(lines) > 1
    assert " ".join(line[0] for line in lines) == " ".join(words)


def test_a_word_longer_than_the_line_is_broken_and_none_of_it_lost() -> None:
    ours = setter("en")
    lines = list(ours.lines("ab" * 200, SIZE, 100))
    assert "".join(run.text for line in lines for run in line.runs) == "ab" * 200
    assert all(line.width <= 100 for line in lines)


def test_emoji_go_and_leave_no_gap() -> None:
    assert seen("en", "Amie 😀 said ☑️ 👨‍👩‍👧‍👦 yes 🇬🇲") == [["Amie said yes"]]
    assert seen("bn", "র‍্যাব") == [["র‍্যাব"]]


def test_a_letter_that_no_font_has_shows_that_it_is_missing() -> None:
    assert seen("en", "name 中") == [["name �"]]


@pytest.mark.parametrize(
    ("language", "text"),
    [("ar", "لا تُرتَّب ولا تُحسب"), ("ar", SAMPLES["ar"]), ("fa_AF", SAMPLES["fa_AF"]), ("bn", "র‍্যাব " + SAMPLES["bn"])],
)
def test_words_with_marks_and_joiners_are_drawn_as_they_were_measured(language: str, text: str) -> None:
    """A word taken apart at its marks has other letters than one that is joined, and another width."""
    document = Document(language, Message("Title"))
    document.paragraph(text)
    document.heading(text)
    drawn = [piece for piece in pieces(document.content()) if piece.y > 100]
    assert {piece.size for piece in drawn} == {10, 13.5}
    for size in (10, 13.5):
        (line,) = setter(language).lines(text, size, WIDE)
        found = [piece for piece in drawn if piece.size == size]
        assert [piece.right - piece.x for piece in found] == pytest.approx([run.width for run in line.runs], abs=0.1)
        assert max(piece.right for piece in found) <= RIGHT
        if language != "bn":
            assert max(piece.right for piece in found) == pytest.approx(RIGHT, abs=0.2)


def test_columns_of_a_right_to_left_table_begin_on_the_right() -> None:
    def columns(language: str) -> list[float]:
        document = Document(language, Message("Title"))
        document.table(["first", "second"], [["one", "two"]])
        drawn = {piece.text: piece.x for piece in pieces(document.content())}
        return [drawn["first"], drawn["second"], drawn["one"], drawn["two"]]

    first, second, one, two = columns("en")
    assert first < second
    assert one < two
    first, second, one, two = columns("ur")
    assert first > second
    assert one > two


def test_a_long_document_has_numbered_pages_and_repeats_the_head_of_its_table() -> None:
    document = Document("en", Message("A copy"))
    document.heading("A copy", 1)
    document.table(["Day", "What"], [[str(number), f"row {number} " + "word " * 30] for number in range(60)])
    document.rows([("A long value", "text " * 2000)])
    content = document.content()
    drawn = pieces(content)
    pages = max(piece.page for piece in drawn)
    assert pages > 3
    for number in range(1, pages + 1):
        texts = [piece.text for piece in drawn if piece.page == number]
        assert f"Page {number} of {pages}" in texts
        assert {piece.size for piece in drawn if piece.text.startswith("Page ")} == {8}
    assert [piece.page for piece in drawn if piece.text == "Day"][:3] == [1, 2, 3]
    assert all(piece.y > 40 for piece in drawn)
    assert text_of(content).count("text") == 2000


def test_the_head_of_a_table_does_not_stand_alone_at_the_foot_of_a_page() -> None:
    for lines in range(40, 50):
        document = Document("en", Message("Title"))
        document.rows([("Line", "text")] * 20)
        document.paragraph("\n".join(["text"] * (lines - 20)), small=True)
        document.table(["Head"], [["row " * 100]])
        drawn = pieces(document.content())
        heads = [piece.page for piece in drawn if piece.text == "Head"]
        rows = [piece.page for piece in drawn if piece.text.startswith("row")]
        assert heads == [rows[0]]


def test_title_and_language_are_set_and_nothing_else_stands_in_the_metadata() -> None:
    document = Document("fa_AF", Message("A copy of a file"))
    document.paragraph("فاطمه")
    content = document.content()
    assert b"/Lang (fa-AF)" in content
    info = re.search(rb"<<\n(/CreationDate.*?)\n>>", content, re.DOTALL)
    assert info is not None
    assert [line.partition(b" ")[0] for line in info[1].split(b"\n")] == [b"/CreationDate", b"/Creator", b"/Title"]
    assert b"(A copy of a file)" in content


def test_the_fonts_in_a_document_hold_only_what_it_uses() -> None:
    document = Document("ti", Message("Title"))
    document.paragraph(SAMPLES["ti"])
    content = document.content()
    assert len(content) < 40_000
    assert b"NotoSansArabic" not in content
    assert b"NotoSansEthiopic" in content
