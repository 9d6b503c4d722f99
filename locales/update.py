"""Bring every catalogue up to date with the code: new messages empty, old ones kept, lost ones dropped.

`person` holds all that someone outside the staff can be told: a returnee in the chat and in their documents, a
partner, a visitor of the public pages; and the words that both sides share. `console` holds what only staff see. A
message that occurs in both stands in `person` alone.
"""

from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "locales"
LANGUAGES: dict[str, tuple[str, ...]] = {
    "person": ("am", "ar", "bn", "es", "fa_AF", "fr", "ha", "ps", "so", "ti", "ur"),
    "console": ("ar", "es", "fr"),
}
"""The languages beside English, the source, by domain."""
FOLDERS = ("foundation", "questionnaire", "access", "cases", "referrals", "documents", "bot", "monitoring", "web")
STAFF_ONLY = (
    "cases/break_glass.py",
    "cases/activities.py",
    "cases/budgets.py",
    "cases/assessment.py",
    "cases/assessment_rules.py",
    "cases/best_interests.py",
    "cases/case_list.py",
    "cases/casework.py",
    "cases/casework_rules.py",
    "cases/child_gate.py",
    "cases/codes/*",
    "cases/forms/staff/*",
    "cases/closing.py",
    "cases/debts.py",
    "cases/duplicates.py",
    "cases/determinations.py",
    "cases/gate_rules.py",
    "cases/household.py",
    "cases/monitoring_fields.py",
    "cases/notes.py",
    "cases/overriding.py",
    "cases/plan*.py",
    "cases/programmes.py",
    "cases/panel.py",
    "cases/record_kinds.py",
    "cases/records.py",
    "cases/return_consent.py",
    "cases/return_gate.py",
    "cases/return_monitoring.py",
    "cases/return_gates.py",
    "cases/returning.py",
    "cases/safeguard_rules.py",
    "cases/queries.py",
    "cases/risk.py",
    "cases/risk_suggestion.py",
    "cases/retention.py",
    "cases/safeguarding.py",
    "cases/saved_filters.py",
    "cases/screening.py",
    "cases/tasks.py",
    "cases/today*.py",
    "cases/transfer.py",
    "monitoring/*",
    "questionnaire/compiling.py",
    "questionnaire/expressions.py",
    "questionnaire/operands.py",
    "questionnaire/problems.py",
    "questionnaire/references.py",
    "questionnaire/rows.py",
    "questionnaire/xlsform.py",
    "referrals/application_fields.json",
    "referrals/application_file.py",
    "referrals/application_kinds.py",
    "referrals/application_steps.py",
    "referrals/application_waiting.py",
    "referrals/application_words.py",
    "referrals/applying.py",
    "referrals/csv_files.py",
    "referrals/directory*.py",
    "referrals/enterprise.py",
    "referrals/hsds*.py",
    "referrals/inviting.py",
    "referrals/matching.py",
    "referrals/portability*",
    "referrals/pursuing.py",
    "referrals/agreements.py",
    "referrals/board*.py",
    "referrals/organisations.py",
    "referrals/opening_files.py",
    "referrals/remittance_reading.py",
    "referrals/remittances.py",
    "referrals/opening_matching.py",
    "referrals/outcomes.py",
    "referrals/transfer_letters.py",
    "referrals/transferring.py",
    "referrals/upkeep.py",
    "referrals/waiting.py",
    "referrals/work_periods.py",
    "web/*",
)
SEEN_BY_ALL = (
    "monitoring/recommendation_files.py",
    "monitoring/recommendation_rules.py",
    "web/errors.py",
    "web/guard.py",
    "web/languages.py",
    "web/rendering.py",
    "web/pages/account.py",
    "web/pages/answering.py",
    "web/pages/directory_check.py",
    "web/pages/entrance.py",
    "web/pages/factors.py",
    "web/pages/opening_fields.py",
    "web/pages/openings.py",
    "web/pages/partner.py",
    "web/pages/public*.py",
    "web/pages/second_step.py",
    "web/templates/account*.html",
    "web/templates/answer.html",
    "web/templates/base.html",
    "web/templates/directory_check.html",
    "web/templates/error.html",
    "web/templates/opening.html",
    "web/templates/opening_form.html",
    "web/templates/openings.html",
    "web/templates/parts.html",
    "web/templates/partner*.html",
    "web/templates/public*.html",
    "web/templates/second_step.html",
    "web/templates/sign_in.html",
)
"""Pages that partners and visitors read too."""
METHODS = [
    ("forms/**.md", "questionnaire.extraction:extract"),
    ("lessons/*.json", "cases.lesson_texts:extract"),
    ("codes/*.json", "cases.classifications:extract"),
    ("application_kinds.json", "referrals.application_kinds:extract_kinds"),
    ("portability.json", "referrals.portability:extract"),
    ("indicators.json", "monitoring.indicators:extract"),
    ("application_fields.json", "referrals.application_kinds:extract_fields"),
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
]
KEYWORDS = {"_": None, "gettext": None, "_p": ((1, "c"), 2), "_n": (1, 2)}
NOTE = "Translators:"
UNREVIEWED = """\
# {name} catalogue of Homeward ({domain}).
# Machine-written. NOT YET REVIEWED BY A NATIVE SPEAKER.
# Whoever reviews it: put your name and the date here and remove the line above."""


def domain_of(path: str) -> str:
    """The domain whose catalogues hold the messages of a source file, given from the top of the project."""
    staff_only = _is_among(path, STAFF_ONLY) and not _is_among(path, SEEN_BY_ALL)
    return "console" if staff_only else "person"


def _is_among(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(path, pattern) for pattern in patterns)


def template(domain: str) -> Catalog:
    """Every message of a domain as the code has it now, in a stable order."""
    catalogue = Catalog(project="Homeward", charset="utf-8", fuzzy=False)
    shared = template("person") if domain == "console" else ()
    taken = {(message.id, message.context) for message in shared}
    for path, message, comments, context in _extracted():
        if domain_of(path) == domain and (message, context) not in taken:
            catalogue.add(message, locations=[(path, 0)], auto_comments=comments, context=context)
    return catalogue


@cache
def _extracted() -> list[tuple[str, Any, list[str], str | None]]:
    """Path, message, comments and context of all that is marked in the code. Read once: it takes seconds."""
    everything = []
    for folder in FOLDERS:
        found = extract_from_dir(
            ROOT / folder,
            method_map=METHODS,
            options_map={"templates/**.html": {"extensions": "jinja2.ext.do", "silent": "false"}},
            keywords=KEYWORDS,
            comment_tags=(NOTE,),
            strip_comment_tags=False,
        )
        for name, _line, message, comments, context in sorted(found, key=lambda each: (each[0], each[1])):
            if message:
                everything.append((f"{folder}/{name}", message, comments, context))
    return everything


def plural_forms(language: str) -> tuple[int, str]:
    """How many plural forms a language's messages have, and the expression that chooses one.

    From the rules of CLDR for whole numbers: the table that Babel writes into a new catalogue is wrong for several of
    our languages. Categories that begin at a million are left out, as everywhere in gettext.
    """
    category = Locale.parse(language).plural_form
    alone = [count for count in range(1000) if category(count) == "one"]
    if {category(count) for count in range(1000)} == {"one", "other"} and alone in ([1], [0, 1]):
        return 2, "(n != 1)" if alone == [1] else "(n > 1)"
    return get_plural(language).num_plurals, get_plural(language).plural_expr


def updated(language: str, domain: str) -> bytes:
    """The catalogue file of a language as it should be."""
    source = catalogue_path(language, domain)
    text = source.read_bytes() if source.exists() else _new(language)
    catalogue = read_po(BytesIO(text), locale=language)
    if not source.exists():
        catalogue.header_comment = UNREVIEWED.format(name=Locale.parse(language).english_name, domain=domain)
    catalogue.update(template(domain), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    # Dates in the header would make every run a change; the history is in the version control.
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    written = BytesIO()
    write_po(written, catalogue, width=100, sort_output=False, include_lineno=False, omit_header=False)
    return written.getvalue()


def _new(language: str) -> bytes:
    """An empty catalogue with its header."""
    count, expression = plural_forms(language)
    fields = {
        "Project-Id-Version": "Homeward 1",
        "Report-Msgid-Bugs-To": "see README.md",
        "Last-Translator": "machine, not yet reviewed",
        "Language": language,
        "Language-Team": language,
        "Plural-Forms": f"nplurals={count}; plural={expression};",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
    }
    lines = "".join(f'"{name}: {value}\\n"\n' for name, value in fields.items())
    return f'msgid ""\nmsgstr ""\n{lines}'.encode()


def catalogue_path(language: str, domain: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{domain}.po"


def main() -> None:
    for domain, languages in LANGUAGES.items():
        for language in languages:
            path = catalogue_path(language, domain)
            path.parent.mkdir(parents=True, exist_ok=True)
            # Written beside and moved: a reader, or a second run, never meets half a file.
            beside = path.with_suffix(".new")
            beside.write_bytes(updated(language, domain))
            beside.replace(path)
            with path.open("rb") as text:
                empty = sum(not message.string for message in read_po(text, locale=language) if message.id)
            print(f"{language} {domain}: {empty} messages to translate")  # noqa: T201  # the tool's answer


if __name__ == "__main__":
    main()
