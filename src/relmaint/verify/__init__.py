"""What is true of a book for every customer there can be?

Answers are exact, over the boxes of the lowered book; where a budget of work runs out, the answer is unknown.
"""
