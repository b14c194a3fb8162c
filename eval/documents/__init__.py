"""How well the loaders read a folder of real files, beside other libraries on the same files."""
