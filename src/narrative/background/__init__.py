"""The job runner: a job is a document, a claim is a lease with a fence, a result is one atomic write."""
