"""The pages, one file for each thing a person of staff comes to do."""
