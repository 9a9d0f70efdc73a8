"""What the clock starts: APScheduler wiring, the engine work runs on, and tasks that each do one unit."""
