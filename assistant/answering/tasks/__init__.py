"""Work on a document as a turn: summarise, compare, list duties, take tables out, answer from it alone."""
