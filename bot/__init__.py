"""The Telegram front door: turns a message into a turn, and a reply into a message."""
