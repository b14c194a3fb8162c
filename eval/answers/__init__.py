"""How good answers are: does the right article stand among the citations, and is nothing made up where there is none?"""
