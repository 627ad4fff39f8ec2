"""The Merkle tree of RFC 6962 and RFC 9162: roots that grow, and proofs of inclusion and order."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256().digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash an entry as a leaf (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into the node above them (RFC 6962, 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree known by its size and its frontier: the roots of its full subtrees, largest first."""

    size: int = 0
    frontier: tuple[bytes, ...] = ()

    def grown(self, leaves: Sequence[bytes]) -> "Tree":
        """Return the tree with these leaves behind the others."""
        size, frontier = self.size, list(self.frontier)
        for leaf in leaves:
            node, full = leaf, size
            while full & 1:
                node = node_hash(frontier.pop(), node)
                full >>= 1
            frontier.append(node)
            size += 1
        return Tree(size, tuple(frontier))

    def root(self) -> bytes:
        """Return the root hash; an empty tree has the hash of nothing."""
        if not self.frontier:
            return EMPTY_ROOT
        node = self.frontier[-1]
        for left in reversed(self.frontier[:-1]):
            node = node_hash(left, node)
        return node

    def packed(self) -> bytes:
        """Return the frontier as one run of bytes."""
        return b"".join(self.frontier)

    @classmethod
    def unpacked(cls, size: int, frontier: bytes) -> "Tree":
        """Read a frontier; one that does not fit the size is a `ValueError`."""
        if size < 0 or len(frontier) != HASH_BYTES * size.bit_count():
            raise ValueError(f"{len(frontier)} bytes are no frontier of a tree of {size}")
        starts = range(0, len(frontier), HASH_BYTES)
        return cls(size, tuple(frontier[start : start + HASH_BYTES] for start in starts))


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Return the root over these leaf hashes."""
    return Tree().grown(leaves).root()


def inclusion_proof(leaves: Sequence[bytes], number: int) -> list[bytes]:
    """Return the audit path of leaf `number` (RFC 6962, 2.1.1), nearest sibling first."""
    if not 0 <= number < len(leaves):
        raise ValueError(f"a tree of {len(leaves)} has no leaf {number}")
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if number < split:
        return [*inclusion_proof(leaves[:split], number), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], number - split), root_of(leaves[:split])]


def consistency_proof(leaves: Sequence[bytes], size: int) -> list[bytes]:
    """Prove that the tree of the first `size` leaves is the beginning of this one (2.1.2)."""
    if not 0 < size <= len(leaves):
        raise ValueError(f"a tree of {size} is no beginning of one of {len(leaves)}")
    return _subproof(leaves, size, whole=True)


def includes(leaf: bytes, number: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Check an inclusion proof (RFC 9162, 2.1.3.2)."""
    if not 0 <= number < size:
        return False
    position, last, node = number, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and node == root


def extends(first: Tree, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Check a consistency proof from a smaller tree to `root` (RFC 9162, 2.1.4.2)."""
    if not 0 < first.size <= size:
        return False
    if first.size == size:
        return not proof and first.root() == root
    hashes = list(proof)
    if first.size & (first.size - 1) == 0:
        hashes.insert(0, first.root())
    return bool(hashes) and _both_roots(first.size, size, hashes) == (first.root(), root)


def _both_roots(first: int, second: int, hashes: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Rebuild the old and the new root from a consistency proof."""
    position, last = first - 1, second - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = hashes[0]
    for node in hashes[1:]:
        if last == 0:
            return None
        if position & 1 or position == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, node)
        position, last = position >> 1, last >> 1
    return (old, new) if last == 0 else None


def _subproof(leaves: Sequence[bytes], size: int, *, whole: bool) -> list[bytes]:
    """Return SUBPROOF of RFC 6962, 2.1.2; `whole` says that the old root is known to the asker."""
    if size == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = _split(len(leaves))
    if size <= split:
        return [*_subproof(leaves[:split], size, whole=whole), root_of(leaves[split:])]
    return [*_subproof(leaves[split:], size - split, whole=False), root_of(leaves[:split])]


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)
