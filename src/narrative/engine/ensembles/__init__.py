"""Ensembles that people put together from the finished candidates of a run, judged against the best single one."""
