"""The long fault and crowd runs. Each has a short form, which the tests run from the same code."""
