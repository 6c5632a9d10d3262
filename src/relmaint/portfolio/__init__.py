"""What concerns a customer base as a whole: an invented one to try with, what its plans come to, and who does what."""
