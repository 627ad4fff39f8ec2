"""The one way XML is parsed here: nothing outside is followed, nothing inside is expanded."""

from lxml import etree


def new_parser(*, as_signed: bool = False, blanks: bool = True) -> etree.XMLParser:
    """Make a parser that follows nothing outside the document and expands nothing inside.

    Comments and instructions are kept for a signature's sake only, blank text may be left out.
    """
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=not as_signed,
        remove_pis=not as_signed,
        remove_blank_text=not blanks,
    )


def complaint_of(error: Exception) -> str:
    """Say on one line what a parser has against a document."""
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return " ".join((text or "it cannot be read").split()).replace(" ,", ",")
