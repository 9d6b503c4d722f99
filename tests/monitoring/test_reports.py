"""The yearly report and the review pack say what the register and the published releases hold, in any direction."""

import json
from datetime import UTC, datetime

import pytest
from monitoring_scene import QUARTER, Body
from pdf_reader import pieces, text_of

from foundation import clock
from foundation.errors import Invalid, NotAllowed
from foundation.language import Message
from foundation.pdf import Document
from monitoring import recommendations, review, yearly_report
from monitoring.publication import approve_release, draft_correction, publish_release
from monitoring.recommendation_rules import Action, Kind, State, Theme
from monitoring.recommendations import Said

YEAR = 2025


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


async def test_the_review_pack_has_every_action_with_what_is_on_record(body: Body) -> None:
    await a_year(body)
    with clock.moved_to(datetime(YEAR, 12, 31, tzinfo=UTC)):
        pack = await review.review(body.session, YEAR, YEAR, actor=body.monitor)
    assert [chapter.action for chapter in pack.chapters] == list(Action)
    by_action = {chapter.action: chapter for chapter in pack.chapters}
    assert [each.recommendation.text for each in by_action[Action.G].recommendations] == ["Look after children."]
    assert [each.recommendation.text for each in pack.without_action] == ["Explain complaints."]
    (cases,) = by_action[Action.B].figures
    assert (cases.table, cases.release, cases.value) == ("cases", 2, 160), "of a corrected quarter, the correction"
    told = json.loads(review.to_json(pack))
    assert [each["action"] for each in told["actions"]] == list("abcdefghi")
    printed = text_of(review.to_pdf(pack, "en"))
    for words in ("(a) Cooperation", "Look after children.", "No money.", "Report of May", "160"):
        assert words in printed


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
    assert all(50 <= piece.x <= 545 for piece in found)
    assert any("kept" in piece.text for piece in found)
