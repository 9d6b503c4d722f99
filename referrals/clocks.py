"""The clock of a referral that was sent: when a partner is reminded of it."""

from datetime import datetime


def half_way(sent_at: datetime, due_at: datetime) -> datetime:
    return sent_at + (due_at - sent_at) / 2


def last_reminder(sent_at: datetime, due_at: datetime) -> datetime:
    """When an eighth of the time is left: three hours of an emergency, nearly two days of two weeks."""
    return due_at - (due_at - sent_at) / 8
