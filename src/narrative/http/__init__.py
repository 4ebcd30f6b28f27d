"""The HTTP edge: problems, identities, policies, paging, versions, idempotency, headers. Knows no product noun."""
