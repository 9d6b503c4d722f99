"""Documents: a PDF is kept as it was sent but refused if it can act by itself; a Word file is packed anew.

A PDF may still name its author: it cannot be taken apart safely without rendering it. The page for staff offers it as
a download only.
"""

import io
import re
import zipfile

from foundation.errors import Invalid
from foundation.language import Message
from foundation.pictures import repaint

PDF, DOCX = "application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCUMENTS = frozenset([PDF, DOCX])
MOST_UNPACKED = 50 * 1024 * 1024
"""Bytes of everything packed into a document."""
MOST_PARTS = 500

_ACTS = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA|OpenAction|AA|SubmitForm)\b")
_AFTER_END = 1024
"""Bytes that may follow the end mark of a PDF; more is something else hidden behind it."""
_NOT_IN_WORD = re.compile(r"vbaProject\.bin$|vbaData\.xml$|^word/(embeddings|activeX)/|\.\./|^/|\\", re.IGNORECASE)
_FETCHES = re.compile(rb"attachedTemplate|oleObject|/frame\b|subDocument|/image\b", re.IGNORECASE)
"""What Word opens from elsewhere without being asked, unlike a link."""
_PICTURE = re.compile(r"^word/media/.+\.(jpe?g|png)$", re.IGNORECASE)
_OTHER_MEDIA = re.compile(r"^word/media/", re.IGNORECASE)
_PROPERTIES = "docProps/"
_KINDS = "http://schemas.openxmlformats.org"
_EMPTY = {
    "docProps/core.xml": f'<cp:coreProperties xmlns:cp="{_KINDS}/package/2006/metadata/core-properties"/>',
    "docProps/app.xml": f'<Properties xmlns="{_KINDS}/officeDocument/2006/extended-properties"/>',
    "docProps/custom.xml": f'<Properties xmlns="{_KINDS}/officeDocument/2006/custom-properties"/>',
}


def sniff_document(content: bytes) -> str | None:
    """The kind of document that the content itself shows, if it is one that is taken."""
    if content.startswith(b"%PDF-"):
        return PDF
    return DOCX if content.startswith(b"PK\x03\x04") and _is_word(content) else None


def checked_pdf(content: bytes, refused: Message) -> bytes:
    """The PDF as it is. Raises Invalid with `refused` for one that is cut off, acts by itself or hides something."""
    end = content.rfind(b"%%EOF")
    # A name can be written with escapes: no honest writer does so for these.
    plain = re.sub(rb"#([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), content)
    if end < 0 or len(content) - end > _AFTER_END or _ACTS.search(plain):
        raise Invalid(refused)
    return content


def repacked_word(content: bytes, refused: Message) -> bytes:
    """The document without its properties (author, company), its pictures repainted. Raises Invalid with `refused`."""
    try:
        return _repack(content)
    except Exception:  # noqa: BLE001  # an unpacker fails on hostile bytes in more ways than anyone can list
        raise Invalid(refused) from None


def _is_word(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return {"[Content_Types].xml", "word/document.xml"} <= set(packed.namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return False


def _repack(content: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(written, "w") as fresh:
        parts = packed.infolist()
        names = {each.filename.casefold() for each in parts}
        if len(names) < len(parts) or len(parts) > MOST_PARTS or sum(each.file_size for each in parts) > MOST_UNPACKED:
            raise ValueError("too much, or twice")
        for each in parts:
            # A fresh entry: the old one carries a date and whatever a packer put into its extra field.
            fresh.writestr(zipfile.ZipInfo(each.filename), _part(packed, each), zipfile.ZIP_DEFLATED)
    return written.getvalue()


def _part(packed: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    name = entry.filename
    if _NOT_IN_WORD.search(name) or entry.flag_bits & 1:
        raise ValueError("a part that a letter does not need")
    if name.startswith(_PROPERTIES):
        return _EMPTY.get(name, "").encode()
    with packed.open(entry) as opened:
        part = opened.read(entry.file_size + 1)
    if len(part) > entry.file_size:
        raise ValueError("a part that unpacks to more than it says")
    if name.endswith(".rels") and b"External" in part and _FETCHES.search(part):
        raise ValueError("a part that is fetched from elsewhere")
    if _PICTURE.search(name):
        return repaint(part, keep_format=True)
    if _OTHER_MEDIA.search(name):
        raise ValueError("a picture of a kind that cannot be cleaned")
    return part
