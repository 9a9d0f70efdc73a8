"""The decisions about one text: learned scores, rules that bound them, and their assembly."""
