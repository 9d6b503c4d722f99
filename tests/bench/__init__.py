"""Benchmarks, each beside its baseline in the same run: what counts is the ratio, not the machine."""
