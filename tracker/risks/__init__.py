"""一单四制: the sheet and the lifecycle of each risk on it."""
