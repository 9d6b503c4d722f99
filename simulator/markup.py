"""Keyboards, checked as the real server checks them."""

from typing import Any

from simulator.errors import bad_request

Markup = dict[str, Any]

MAX_DATA_BYTES = 64
MAX_BUTTONS = 100
MAX_IN_ROW = 8
_ACTIONS = (
    "callback_data",
    "url",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
)


def check_markup(markup: Markup | None) -> Markup | None:
    if not markup:
        return None
    if "inline_keyboard" in markup:
        return _check_inline(markup["inline_keyboard"])
    if "keyboard" in markup:
        return markup | {"keyboard": [[_read_key(key) for key in row] for row in _check_rows(markup["keyboard"])]}
    if "remove_keyboard" in markup or "force_reply" in markup:
        return markup
    raise bad_request("object expected as reply markup")


def list_data(markup: Markup | None) -> list[tuple[str, str]]:
    """Label and callback data of every button that sends some."""
    rows = (markup or {}).get("inline_keyboard", [])
    return [(button["text"], button["callback_data"]) for row in rows for button in row if "callback_data" in button]


def _check_inline(rows: Any) -> Markup | None:
    kept = [row for row in _check_rows(rows) if row]
    for row in kept:
        for button in row:
            _check_button(button)
    if sum(map(len, kept)) > MAX_BUTTONS or any(len(row) > MAX_IN_ROW for row in kept):
        raise bad_request("REPLY_MARKUP_TOO_LONG")
    return {"inline_keyboard": kept} if kept else None


def _check_rows(rows: Any) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request("can't parse reply keyboard markup JSON object: expected an Array of Array of buttons")
    return rows


def _check_button(button: Any) -> None:
    if not isinstance(button, dict) or not isinstance(button.get("text"), str):
        raise bad_request('can\'t parse inline keyboard button: Field "text" must be of type String')
    if not button["text"].strip():
        raise bad_request("inline keyboard button text can't be empty")
    if sum(action in button for action in _ACTIONS) != 1:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    data = button.get("callback_data")
    if data is not None and (not isinstance(data, str) or not 1 <= len(data.encode()) <= MAX_DATA_BYTES):
        raise bad_request("BUTTON_DATA_INVALID")


def _read_key(key: Any) -> dict[str, Any]:
    """Return a button of a reply keyboard; the real server also takes a bare string for one."""
    read = {"text": key} if isinstance(key, str) else key
    if not isinstance(read, dict) or not isinstance(read.get("text"), str) or not read["text"].strip():
        raise bad_request("can't parse keyboard button: KeyboardButton text must be a non-empty String")
    return read
