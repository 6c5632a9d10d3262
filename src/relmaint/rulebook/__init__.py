"""How does a folder of YAML become a rule book, and how is a rule book written back?"""
