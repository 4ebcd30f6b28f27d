"""Cards of model versions: made from the model file when asked for, and signed for the workspace."""
