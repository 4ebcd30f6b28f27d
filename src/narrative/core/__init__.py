"""Ids, clock, hashes, error families and plug-in discovery; imports nothing of ours."""
