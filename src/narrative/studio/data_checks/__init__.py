"""Data checks of a project: rules that each new version of its table must obey; a version that breaks one is held."""
