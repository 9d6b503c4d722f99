"""The demo: example people through the real verbs, and the whole system started on one machine."""
