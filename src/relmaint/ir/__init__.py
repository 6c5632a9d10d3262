"""What is a rule book once it is read: conditions, rules, and the program of boxes they lower to?

Nothing here knows YAML, files, or how fast anything runs.
"""
