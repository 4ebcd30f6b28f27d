"""Steps on any dataset, without a project: what there is, what it would do, whether it fits."""
