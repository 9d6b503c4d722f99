"""Bring every catalogue up to date with the code: new messages empty, old ones kept, lost ones dropped.

`person` holds all that a returnee can be told, and the words that both sides share; `console` what only staff see.
A message that occurs in both stands in `person` alone.
"""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
LOCALES = ROOT / "locales"
SOURCES: dict[str, tuple[str, ...]] = {
    "person": ("foundation", "questionnaire", "cases", "referrals", "bot"),
    "console": ("access", "monitoring", "web"),
}
METHODS = [
    ("forms/**.md", "questionnaire.extraction:extract"),
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
]
KEYWORDS = {"_": None, "gettext": None, "_p": ((1, "c"), 2), "_n": (1, 2)}
NOTE = "Translators:"
UNREVIEWED = """\
# {name} catalogue of Homeward ({domain}).
# Machine-written. NOT YET REVIEWED BY A NATIVE SPEAKER.
# Whoever reviews it: put your name and the date here and remove the line above."""


def template(domain: str) -> Catalog:
    """Every message of a domain as the code has it now, in a stable order."""
    catalogue = Catalog(project="Homeward", charset="utf-8", fuzzy=False)
    shared = template("person") if domain == "console" else ()
    taken = {(message.id, message.context) for message in shared}
    for folder in SOURCES[domain]:
        found = extract_from_dir(
            ROOT / folder,
            method_map=METHODS,
            options_map={"templates/**.html": {"extensions": "jinja2.ext.do", "silent": "false"}},
            keywords=KEYWORDS,
            comment_tags=(NOTE,),
            strip_comment_tags=False,
        )
        for path, _line, message, comments, context in sorted(found, key=lambda each: (each[0], each[1])):
            if message and (message, context) not in taken:
                catalogue.add(message, locations=[(f"{folder}/{path}", 0)], auto_comments=comments, context=context)
    return catalogue


def updated(language: str, domain: str) -> bytes:
    """The catalogue file of a language as it should be."""
    source = catalogue_path(language, domain)
    if source.exists():
        with source.open("rb") as text:
            catalogue = read_po(text, locale=language)
    else:
        catalogue = Catalog(
            locale=language,
            project="Homeward",
            version="1",
            last_translator="machine, not yet reviewed",
            language_team=language,
            msgid_bugs_address="see README.md",
            charset="utf-8",
            fuzzy=False,
        )
        catalogue.header_comment = UNREVIEWED.format(name=catalogue.locale.english_name, domain=domain)
    catalogue.update(template(domain), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.obsolete.clear()
    # Dates in the header would make every run a change; the history is in the version control.
    catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    written = BytesIO()
    write_po(written, catalogue, width=100, sort_output=False, include_lineno=False, omit_header=False)
    return written.getvalue()


def catalogue_path(language: str, domain: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{domain}.po"


def languages() -> Iterator[str]:
    return (folder.name for folder in sorted(LOCALES.iterdir()) if (folder / "LC_MESSAGES").is_dir())


def main() -> None:
    for language in {*languages(), *sys.argv[1:]}:
        for domain in SOURCES:
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
