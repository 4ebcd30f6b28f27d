"""Stories of the stages, verified where they are told, kept here."""
