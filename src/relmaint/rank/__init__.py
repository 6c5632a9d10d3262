"""What follows from the rules that matched? Nothing here sees a condition."""
