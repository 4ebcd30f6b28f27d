"""Tables as the Profile page reads them: rows under filters and an order, comparisons, the profile in pages."""
