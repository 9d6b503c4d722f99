"""Asking questions in any channel. Pure: no database, no Telegram, no web framework."""
