"""Repairs that a table needs without doubt: each a step with its reason and effect, each to be left out alone."""

from narrative.engine.cleaning.propose import clean_proposals
from narrative.engine.cleaning.types import Proposal

__all__ = ["Proposal", "clean_proposals"]
