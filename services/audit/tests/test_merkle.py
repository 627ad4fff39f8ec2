"""Roots and proofs are those of RFC 6962, checked against its published test tree."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.merkle import (
    EMPTY_ROOT,
    Tree,
    consistency_proof,
    extends,
    includes,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_of,
)

ENTRIES = [
    bytes.fromhex(entry)
    for entry in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]
leaves_of_any_tree = st.lists(st.binary(max_size=4).map(leaf_hash), min_size=1, max_size=70)


def plain_root(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, 2.1, word by word."""
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(plain_root(leaves[:split]), plain_root(leaves[split:]))


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert Tree().root() == EMPTY_ROOT
    assert EMPTY_ROOT.hex().startswith("e3b0c442")
    assert leaf_hash(b"") == hashlib.sha256(b"\x00").digest()


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_of_the_known_tree_are_known(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size - 1]


@given(leaves_of_any_tree, st.data())
def test_a_tree_grows_to_the_same_root_in_any_steps(
    leaves: list[bytes], data: st.DataObject
) -> None:
    split = data.draw(st.integers(0, len(leaves)))
    grown = Tree().grown(leaves[:split]).grown(leaves[split:])
    assert grown.root() == plain_root(leaves)
    assert Tree.unpacked(grown.size, grown.packed()) == grown


@given(leaves_of_any_tree, st.data())
def test_an_entry_is_proved_under_its_number_only(leaves: list[bytes], data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(leaves) - 1))
    proof, root = inclusion_proof(leaves, number), root_of(leaves)
    assert includes(leaves[number], number, len(leaves), proof, root)
    assert not includes(leaf_hash(b"forged"), number, len(leaves), proof, root)
    assert not includes(leaves[number], number, len(leaves), [*proof, root], root)
    assert not includes(leaves[number], len(leaves), len(leaves), proof, root)
    other = data.draw(st.integers(0, len(leaves) - 1))
    if leaves[other] != leaves[number]:
        assert not includes(leaves[number], other, len(leaves), proof, root)


@given(leaves_of_any_tree, st.data())
def test_a_larger_tree_is_proved_to_begin_with_the_smaller(
    leaves: list[bytes], data: st.DataObject
) -> None:
    size = data.draw(st.integers(1, len(leaves)))
    smaller, root = Tree().grown(leaves[:size]), root_of(leaves)
    proof = consistency_proof(leaves, size)
    assert extends(smaller, len(leaves), proof, root)
    forged = Tree().grown([*leaves[: size - 1], leaf_hash(b"forged")])
    assert not extends(forged, len(leaves), proof, root)
    assert not extends(smaller, len(leaves), [*proof, root], root)


def test_what_is_outside_the_tree_has_no_proof() -> None:
    with pytest.raises(ValueError, match="no leaf 8"):
        inclusion_proof(LEAVES, 8)
    with pytest.raises(ValueError, match="no beginning"):
        consistency_proof(LEAVES, 9)
    assert not extends(Tree(), 8, [], root_of(LEAVES))


def test_a_frontier_that_does_not_fit_its_size_is_refused() -> None:
    with pytest.raises(ValueError, match="no frontier"):
        Tree.unpacked(3, b"\x00" * 32)
