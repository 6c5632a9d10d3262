"""Why is an action in the plan, or why is it not?"""
