"""Which posts speak of the same concrete problem at the same place."""
