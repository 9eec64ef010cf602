"""Rows of Markdown tables."""


def row(*cells: str) -> str:
    """Return a row; a bar within a cell is escaped."""
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"
