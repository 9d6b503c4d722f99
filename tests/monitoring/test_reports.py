"""The yearly report and the review pack say what the register and the published releases hold, in any direction."""

import json
from datetime import UTC, datetime

import pytest
from monitoring_scene import QUARTER, Body
from pdf_reader import pieces, text_of

from foundation import clock
from foundation.errors import Invalid, NotAllowed
from foundation.language import Message, complete_languages, say
from foundation.pdf import Document
from monitoring import recommendations, review, review_files, structural, yearly_report
from monitoring.indicators import OFFICIAL, ByNothing, by_action, catalogue
from monitoring.publication import approve_release, find_file, publish_release, told_in_releases
from monitoring.recommendation_rules import Action, Kind, State, Theme
from monitoring.recommendations import Said
from monitoring.release_files import INDICATORS
from monitoring.structural import Entry
from tests.monitoring.releasing import draft_correction

YEAR = 2025
LEFT, RIGHT = 56 - 0.1, 595.28 - 56 + 0.1
"""The margins of a page; a file tells places in hundredths of a point."""


async def a_year(body: Body) -> None:
    """Of five: one accepted and implemented, one rejected late, one unanswered and late, one new, one of last year."""
    year_before = datetime(YEAR - 1, 6, 1, tzinfo=UTC)
    with clock.moved_to(year_before):
        await body.issued("Old.")
    with clock.moved_to(datetime(YEAR, 1, 10, tzinfo=UTC)):
        done, rejected, _late = [
            await body.issued(text, theme=theme, action=action)
            for text, theme, action in (
                ("Give notice.", Theme.NOTICE, Action.F),
                ("Train.", Theme.TREATMENT, Action.E),
                ("Look after children.", Theme.CHILDREN, Action.G),
            )
        ]
        await recommendations.answer(body.session, done.id, State.ACCEPTED, Said(""), actor=body.supervisor)
    with clock.moved_to(datetime(YEAR, 5, 10, tzinfo=UTC)):
        await recommendations.answer(
            body.session, rejected.id, State.REJECTED, Said("No money."), actor=body.supervisor
        )
        seen = Said("In nine of ten.", "Report of May")
        await recommendations.settle(body.session, done.id, State.IMPLEMENTED, seen, actor=body.monitor)
        await recommendations.correct(body.session, rejected.id, Said("Train all escorts."), actor=body.monitor)
    with clock.moved_to(datetime(YEAR, 12, 1, tzinfo=UTC)):
        await body.issued("Explain complaints.", addressee_id=body.partner.id, theme=Theme.COMPLAINTS)
        await body.issued("Who translates?", kind=Kind.QUESTION, due_on=None)
        asked = await body.issued("How many speak Hausa?", kind=Kind.QUESTION, due_on=None)
        await recommendations.answer(body.session, asked.id, State.ANSWERED, Said("Two."), actor=body.supervisor)
    body.add_facts()
    with clock.moved_to(datetime(YEAR, 6, 1, tzinfo=UTC)):
        release = await body.published(QUARTER)
        body.add_facts(women=50)
        corrected = await draft_correction(body.session, release.number, "Late cases were missing.", actor=body.monitor)
        await approve_release(body.session, corrected.number, corrected.sha256, actor=body.second)
        await publish_release(body.session, corrected.number, actor=body.second)
    await body.session.flush()


async def test_the_yearly_report_counts_what_was_made_and_what_came_of_it(body: Body) -> None:
    await a_year(body)
    with clock.moved_to(datetime(YEAR, 12, 31, tzinfo=UTC)):
        report = await yearly_report.yearly_report(body.session, YEAR, actor=body.monitor)
    assert report.total == yearly_report.Tally(
        made=4, answered=2, answered_in_time=1, rejected=1, implemented=1, overdue=1
    )
    assert {theme: each.made for theme, each in report.by_theme.items()} == dict.fromkeys(
        [Theme.CHILDREN, Theme.COMPLAINTS, Theme.NOTICE, Theme.TREATMENT], 1
    )
    assert {name: each.made for name, each in report.by_addressee.items()} == {"The operator": 3, "The partner": 1}
    assert report.corrections == 1
    assert [(each.number, each.corrects) for each in report.releases] == [(1, None), (2, 1)]
    told = json.loads(yearly_report.to_json(report))
    assert told["recommendations"]["total"]["implemented"] == 1
    assert told["questions"] == {"made": 2, "answered": 1, "answered_in_time": 1, "overdue": 0}
    assert [each["sha256"] for each in told["releases"]] == [each.sha256 for each in report.releases]
    printed = text_of(yearly_report.to_pdf(report, "en"))
    for words in ("Children and families", "The partner", "Late cases were missing.", report.releases[0].sha256[:20]):
        assert words in printed
    assert yearly_report.to_pdf(report, "ar").startswith(b"%PDF")


async def a_fact(body: Body, indicator: str, year: int, figure: str, *, confirm: bool = True) -> None:
    source, address = f"Gazette of {year}", "https://example.org/law"
    fact = await structural.enter(
        body.session, Entry(indicator, str(year), figure, "", source, address, "Article 7."), actor=body.monitor
    )
    await body.session.flush()
    if confirm:
        await structural.confirm(body.session, fact.id, actor=body.second)


async def reviewed(body: Body) -> review.Review:
    """After a year with facts about law: of 21b-S1 one before the years, one after, and one that nobody confirmed."""
    await a_year(body)
    with clock.moved_to(datetime(YEAR + 1, 2, 1, tzinfo=UTC)):
        await a_fact(body, "21b-S1", YEAR - 1, "1")
        await a_fact(body, "21b-S1", YEAR + 1, "0")
        await a_fact(body, "21e-S1", YEAR, "1", confirm=False)
        return await review.review(body.session, YEAR, YEAR, actor=body.monitor)


async def test_the_review_pack_has_every_action_with_all_its_indicators(body: Body) -> None:
    pack = await reviewed(body)
    assert [chapter.action for chapter in pack.chapters] == list(Action)
    in_pack = [(str(each.action), [shown.indicator for shown in each.indicators]) for each in pack.chapters] + [
        (str(action), [each.indicator for each in shown]) for action, shown in pack.beside
    ]
    assert in_pack == [(str(action), found) for action, found in by_action()], "each once, under its action"
    by_letter = {chapter.action: chapter for chapter in pack.chapters}
    assert [each.recommendation.text for each in by_letter[Action.G].recommendations] == ["Look after children."]
    assert [each.recommendation.text for each in pack.without_action] == ["Explain complaints."]
    shown = {each.indicator.id: each for chapter in pack.chapters for each in chapter.indicators}
    ((release, plans),) = shown["21h-P1"].told
    assert (release.number, release.corrects) == (2, 1), "of a corrected quarter, the correction"
    kept = (await told_in_releases(body.session, actor=body.monitor))[-1][1]["21h-P1"]
    assert plans == kept, "what the release says, and nothing computed anew"
    assert [fact.year for fact in shown["21b-S1"].entered] == [YEAR - 1], "in force in the years"
    assert shown["21e-S1"].entered == [], "nobody has confirmed it"
    assert not shown["21b-O1"].told


async def test_the_review_pack_as_data_tells_indicators_as_releases_do(body: Body) -> None:
    pack = await reviewed(body)
    told = json.loads(review_files.to_json(pack, "fr"))
    assert [each["action"] for each in told["actions"]] == list("abcdefghi")
    found = {
        each["definition"]["id"]: each
        for chapter in (*told["actions"], *told["beside"])
        for each in chapter["indicators"]
    }
    released = json.loads(await find_file(body.session, 2, INDICATORS, actor=body.monitor))["indicators"]
    for each in released:
        mine = found[each["definition"]["id"]]
        assert mine["definition"] == each["definition"]
        if each["told"]:
            frame = {"release": 2, "quarter": QUARTER.isoformat()}
            assert mine["newest"] == {**frame, **each["told"]}
            assert mine["releases"] == [{name: mine["newest"][name] for name in mine["newest"] if name != "parts"}]
        else:
            assert (mine["newest"], mine["releases"]) == (None, [])
    (law,) = found["21b-S1"]["entered"]
    assert (law["year"], law["figure"], law["source"]) == (YEAR - 1, "1", f"Gazette of {YEAR - 1}")
    assert found["21b-O1"]["available"] is False
    words = found["SDG-10.7.2"]["words"]
    assert (words["standing"], words["title"]) == (say("fr", OFFICIAL), say("fr", Message(title_of("SDG-10.7.2"))))
    assert words["title"] != title_of("SDG-10.7.2"), "in the language that was asked for"
    assert found["21x-N1"]["newest"]["figure"]["numerator"] == 160


async def test_the_review_pack_on_paper_says_what_each_indicator_rests_on(body: Body) -> None:
    pack = await reviewed(body)
    printed = " ".join(text_of(review_files.to_pdf(pack, "en")).split())
    for words in ("(a) Cooperation", "Look after children.", "No money.", "Report of May", "160 (Q1 2025)"):
        assert words in printed
    for each in catalogue().indicators:
        assert each.id in printed
    for words in ("Candidate, ours", "Official, SDG", "D: our own proposal", "https://example.org/law", "Article 7."):
        assert words in printed
    assert printed.count("Not available") == sum(isinstance(each.value, ByNothing) for each in catalogue().indicators)
    assert f"Gazette of {YEAR + 1}" not in printed
    for language in complete_languages("console"):
        drawn = pieces(review_files.to_pdf(pack, language))
        assert all(LEFT <= piece.x <= piece.right <= RIGHT for piece in drawn)
        (number,) = [piece for piece in drawn if piece.text.strip() == "21f-P7b"] if language == "ar" else [None]
        assert number is None or number.right == pytest.approx(RIGHT, abs=0.2), "the id first, where reading begins"


def title_of(indicator: str) -> str:
    return next(each.title for each in catalogue().indicators if each.id == indicator)


async def test_only_who_reads_releases_gets_them_and_years_must_have_begun(body: Body) -> None:
    for actor in (body.provider, body.watcher):
        with pytest.raises(NotAllowed):
            await yearly_report.yearly_report(body.session, YEAR, actor=actor)
        with pytest.raises(NotAllowed):
            await review.review(body.session, YEAR, YEAR, actor=actor)
    coming = clock.today().year + 1
    with pytest.raises(Invalid):
        await yearly_report.yearly_report(body.session, coming, actor=body.monitor)
    for first, last in ((YEAR, YEAR - 1), (YEAR, coming), (0, YEAR)):
        with pytest.raises(Invalid):
            await review.review(body.session, first, last, actor=body.monitor)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_empty_year_is_said_to_be_empty(body: Body) -> None:
    report = await yearly_report.yearly_report(body.session, clock.today().year, actor=body.monitor)
    assert report.total.made == 0
    assert "Nothing." in text_of(yearly_report.to_pdf(report, "en"))


@pytest.mark.parametrize("language", ["en", "ar"])
def test_bars_begin_where_reading_begins_and_stay_on_the_page(language: str) -> None:
    document = Document(language, Message("Bars"))
    document.bars(
        [("Alpha", 100), ("Beta", 50), ("Gamma", None), *((f"Row {place}", place) for place in range(90))], "kept"
    )
    content = document.content()
    found = pieces(content)
    assert {piece.page for piece in found} > {1}, "it goes on on the next page"
    alpha = next(piece for piece in found if piece.text.startswith("Alpha"))
    assert (alpha.x > 300) == (language == "ar")
    assert all(LEFT <= piece.x <= piece.right <= RIGHT for piece in found)
    assert any("kept" in piece.text for piece in found)
