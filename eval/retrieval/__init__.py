"""How good search is: does the right article of a law come first when it is asked for in everyday words?"""
