"""The commands, a file a group. Each file has its `app`; `homeward.cli` puts them together."""
