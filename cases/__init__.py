"""The person and their case: consent, answers, flags, needs, messages, erasure."""
