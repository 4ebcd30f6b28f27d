"""Groups of rows, unusual rows and forecasts of a dataset: found by jobs, kept until the table changes."""
