"""What do the customer, the action catalogue and the plan look like from outside?

pydantic models at the border. Nothing here knows rules; the vocabulary of a book is read off the customer model.
"""
