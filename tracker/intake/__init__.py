"""The one door in: sealed batches become assessed posts, once each."""
