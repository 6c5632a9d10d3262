"""Which rules match? Several ways to the same answer, none of which knows a priority."""
