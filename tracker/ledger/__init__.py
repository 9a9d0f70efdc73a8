"""台账: every act is one entry, appended, hash-chained, never changed."""
