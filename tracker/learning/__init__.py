"""What people's verdicts teach the machine: training rows, models and their promotion, the blind audit, drift, the threshold."""
