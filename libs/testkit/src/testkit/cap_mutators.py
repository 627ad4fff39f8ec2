"""Ways to change a CAP document a little, right or wrong, each by dice that are passed in."""

from collections.abc import Callable
from copy import deepcopy
from random import Random

from lxml import etree

from common.cap.layout import ALERT, CAP, DSIG, Layout
from testkit.cap_values import VALUES, kind_of

Root = etree._Element  # noqa: SLF001 -- lxml has no public name for it
Mutator = Callable[[Root, Random], None]

_XSI = "http://www.w3.org/2001/XMLSchema-instance"


def _names(layout: Layout) -> list[str]:
    inner = [name for place in layout.values() if place.inside for name in _names(place.inside)]
    return [place.name for place in layout.values()] + inner


_ATTRIBUTES = (
    ("id", "1"),
    (f"{{{_XSI}}}nil", "false"),
    (f"{{{_XSI}}}nil", "true"),
    (f"{{{_XSI}}}type", "string"),
    (f"{{{_XSI}}}schemaLocation", "urn:x x.xsd"),
    ("{http://www.w3.org/XML/1998/namespace}lang", "en"),
)
NAMES = sorted({*_names(ALERT)})
_SOMETIMES = 2


def _elements(root: Root) -> list[Root]:
    return [element for element in root.iter(f"{{{CAP}}}*") if element is not root]


def _leaves(root: Root) -> list[Root]:
    return [element for element in _elements(root) if len(element) == 0]


def _parent(element: Root) -> Root:
    parent = element.getparent()
    return element if parent is None else parent


def value_of_its_kind(root: Root, dice: Random) -> None:
    """Give an element another value that could stand there, or nearly."""
    leaf = dice.choice(_leaves(root))
    leaf.text = dice.choice(VALUES[kind_of(etree.QName(leaf).localname)])


def particular_value(root: Root, dice: Random) -> None:
    """Give one of the elements with a form of their own another value."""
    kind = dice.choice(sorted(set(VALUES) - {"text"}))
    leaves = [leaf for leaf in _leaves(root) if kind_of(etree.QName(leaf).localname) == kind]
    for leaf in leaves[:1] if dice.randrange(2) else leaves[-1:]:
        leaf.text = dice.choice(VALUES[kind])


def any_value(root: Root, dice: Random) -> None:
    """Give an element a value of any kind."""
    dice.choice(_leaves(root)).text = dice.choice(VALUES[dice.choice(sorted(VALUES))])


def one_character(root: Root, dice: Random) -> None:
    """Take out, double or change one character of a text."""
    leaf = dice.choice(_leaves(root))
    text = leaf.text or "?"
    place = dice.randrange(len(text))
    put = dice.choice(("", text[place] * 2, dice.choice(" \t,.:;-+0A9zé%#[")))
    leaf.text = text[:place] + put + text[place + 1 :]


def drop(root: Root, dice: Random) -> None:
    """Leave an element out."""
    element = dice.choice(_elements(root))
    _parent(element).remove(element)


def repeat(root: Root, dice: Random) -> None:
    """Say an element twice."""
    element = dice.choice(_elements(root))
    element.addnext(deepcopy(element))


def move(root: Root, dice: Random) -> None:
    """Put an element elsewhere among its siblings, or into another parent."""
    element = dice.choice(_elements(root))
    parent = _parent(element) if dice.randrange(5) else dice.choice([root, *root.iterchildren("*")])
    if parent is element:
        return
    parent.insert(dice.randrange(len(parent) + 1), element)


def rename(root: Root, dice: Random) -> None:
    """Give an element another name, known or not, here or in another namespace."""
    element = dice.choice(_elements(root))
    name = dice.choice([*NAMES, "identifer", "Alert", "signature"])
    namespace = dice.choice([CAP] * 8 + ["urn:oasis:names:tc:emergency:cap:1.1", DSIG])
    element.tag = f"{{{namespace}}}{name}"


def optional_element(root: Root, dice: Random) -> None:
    """Put in an element that may or may not belong there."""
    name = dice.choice(NAMES)
    element = etree.Element(f"{{{CAP}}}{name}")
    element.text = dice.choice(VALUES[kind_of(name)])
    parent = dice.choice([one for one in [root, *_elements(root)] if len(one)])
    parent.insert(dice.randrange(len(parent) + 1), element)


def attribute(root: Root, dice: Random) -> None:
    """Give an element an attribute."""
    name, value = dice.choice(_ATTRIBUTES)
    dice.choice([root, *_elements(root)]).set(name, value)


def stray_text(root: Root, dice: Random) -> None:
    """Put text, a blank or a comment where only elements or text belong."""
    element = dice.choice(_elements(root))
    match dice.randrange(4):
        case 0:
            element.tail = dice.choice(("x", " ", "\u00a0", "\n"))
        case 1:
            element.append(etree.Comment("a comment"))
        case 2:
            element.append(etree.ProcessingInstruction("target", "text"))
        case _:
            etree.SubElement(element, f"{{{CAP}}}{dice.choice(NAMES)}")


def signature(root: Root, dice: Random) -> None:
    """Put a signature, or something like one, at the end or elsewhere."""
    name = dice.choice(("Signature", "Signature", "Object", "KeyInfo"))
    element = etree.Element(f"{{{DSIG}}}{name}")
    if dice.randrange(5) < _SOMETIMES:
        inside = dice.choice((f"{{{CAP}}}alert", f"{{{CAP}}}value", "{urn:x}y"))
        etree.SubElement(element, inside).text = "x"
    place = len(root) if dice.randrange(3) else dice.randrange(len(root) + 1)
    root.insert(place, element)


def crowd(root: Root, dice: Random) -> None:
    """Say an info or a shape of an area about as often as may be, or a polygon with many points."""
    names = ("info", "polygon", "circle")
    found = [one for one in _elements(root) if etree.QName(one).localname in names]
    for element in found[-1:] if dice.randrange(4) == 0 else ():
        if dice.randrange(2) and etree.QName(element).localname == "polygon":
            element.text = "0,0 0,1 1,1 1,0 " + "0,0 " * dice.choice((49_997, 50_001))
        else:
            for _ in range(dice.choice((499, 1_001))):
                element.addnext(deepcopy(element))


MUTATORS: tuple[Mutator, ...] = (
    *[value_of_its_kind] * 6,
    *[particular_value] * 5,
    *[any_value] * 2,
    *[one_character] * 4,
    *[drop] * 2,
    *[repeat] * 2,
    *[move] * 2,
    *[rename] * 2,
    *[optional_element] * 2,
    *[attribute] * 2,
    *[stray_text] * 2,
    *[signature] * 2,
    crowd,
)
