"""How good answers are: is the right article cited, and nothing made up where there is none?"""
