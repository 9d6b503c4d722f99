"""The services directory, and handing a person over to a partner with their consent."""
