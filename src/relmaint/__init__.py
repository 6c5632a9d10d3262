"""Which maintenance strategy fits this customer, and why?"""
