"""How are customers, conditions, rule books and what happens to them drawn? The package above names what is public."""
