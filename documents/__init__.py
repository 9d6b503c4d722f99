"""What a person takes with them: a copy of their whole file, and a receipt for each consent."""
