"""催办: who is told what when, by an editable ladder that can be tried on the past before it is switched on."""
