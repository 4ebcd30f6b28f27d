"""Other ways for a table to come in: pasted text, an address on the web, a query over a database."""
