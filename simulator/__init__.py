"""A strict local stand-in for the Telegram Bot API, with a page of phones. Knows nothing of Homeward."""
