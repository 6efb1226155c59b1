"""Molecules: seven atoms of carbon, nitrogen, oxygen or fluorine, and bonds. Labels: how polar, and ring or chain.

A molecule is a vector of 49 numbers: for each atom four, of which the largest tells the element, and for each of the
21 pairs one, which rounds to the order of their bond. Hydrogen fills what is left of each valence, as chemists imply.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

LABELS = {"polarity": ("least", "little", "middle", "much", "most"), "skeleton": ("chain", "ring")}
ATOMS, ELEMENTS = 7, ("C", "N", "O", "F")
VALENCE, SHARES = torch.tensor([4, 3, 2, 1]), torch.tensor([0.58, 0.18, 0.2, 0.04])
ONE, OTHER = torch.triu_indices(ATOMS, ATOMS, 1)  # the pairs
MIDDLE = torch.cat([torch.full((4 * ATOMS,), 0.25), torch.full((len(ONE),), 0.3)])  # of a vector's entries, about
CUTS = torch.tensor([18.0, 29.0, 39.0, 51.0])  # square angstroms: between them, about a fifth of all polar areas


def one_of(weights: Tensor, rng) -> Tensor:
    """One index [n] by weights [n, K]; any where all are 0."""
    return torch.multinomial(weights.float() + 1e-9, 1, generator=rng)[:, 0]


def bond(bonds: Tensor, free: Tensor, where: Tensor, one: Tensor, other: Tensor):
    """One more bond between atoms one and other [n] of the molecules that `where` [n] marks, in place."""
    n, one, other = where.nonzero()[:, 0], one[where], other[where]
    for a, b in ((one, other), (other, one)):
        bonds[n, a, b] += 1
        free[n, a] -= 1


def grow(n: int, rng):
    """Up to n molecules: atoms [m, ATOMS], bonds [m, ATOMS, ATOMS]. Those whose valences ran out are left away.

    Each atom binds to an earlier one, mostly the last; then half close a ring, and some bonds become double.
    """
    atoms = torch.multinomial(SHARES.expand(n, 4), ATOMS, replacement=True, generator=rng)
    free, bonds, every = VALENCE[atoms], torch.zeros(n, ATOMS, ATOMS, dtype=torch.long), torch.ones(n, dtype=torch.bool)
    for k in range(1, ATOMS):
        bond(bonds, free, every, one_of((free[:, :k] > 0) * 3.0 ** torch.arange(k), rng), torch.full((n,), k))
    whole = (free >= 0).all(1)
    atoms, bonds, free = atoms[whole], bonds[whole], free[whole]
    for share, far in ((0.5, True), (0.6, False)):
        linked = (bonds > 0).float()
        close = (torch.eye(ATOMS) + linked + linked @ linked) > 0 if far else linked == 0  # no rings of three
        can = (free[:, :, None] > 0) & (free[:, None] > 0) & ~close
        pair = one_of(can.flatten(1), rng)
        now = can.flatten(1).any(1) & (torch.rand(len(can), generator=rng) < share)
        bond(bonds, free, now, pair // ATOMS, pair % ATOMS)
    return atoms, bonds


def encode(atoms: Tensor, bonds: Tensor) -> Tensor:
    """Molecules as vectors [n, 49] of mean about 0 and standard deviation about 1."""
    return 2 * (torch.cat([F.one_hot(atoms, 4).flatten(1), bonds[:, ONE, OTHER]], 1) - MIDDLE)


def decode(x: Tensor):
    """The atoms [n, ATOMS] and bonds [n, ATOMS, ATOMS] that vectors x [n, 49] stand for, valid or not."""
    x = x / 2 + MIDDLE
    bonds = torch.zeros(len(x), ATOMS, ATOMS, dtype=torch.long)
    bonds[:, ONE, OTHER] = x[:, 4 * ATOMS :].round().long().clamp(0, 3)
    return x[:, : 4 * ATOMS].view(-1, ATOMS, 4).argmax(2), bonds + bonds.transpose(1, 2)


def samples(n: int, seed: int = 0):
    """n molecules x [n, 49] and their labels y [n, 2]."""
    atoms, bonds = grow(2 * n, torch.Generator().manual_seed(seed))
    x = encode(atoms[:n], bonds[:n])
    return x, read(x)


def valid(x: Tensor) -> Tensor:
    """Is each of x [n, 49] a molecule: no atom with more bonds than its valence, all atoms in one piece? [n]"""
    atoms, bonds = decode(x)
    reached = torch.eye(ATOMS) + (bonds > 0)
    for _ in range(3):  # 2, 4, 8 bonds far
        reached = (reached @ reached).clamp(max=1)
    return (bonds.sum(2) <= VALENCE[atoms]).all(1) & (reached > 0).flatten(1).all(1)


def polar_area(x: Tensor) -> Tensor:
    """The polar surface area [n] in square angstroms: each N and O adds what its bonds say (Ertl et al. 2000)."""
    atoms, bonds = decode(x)
    hydrogens, linked = (VALENCE[atoms] - bonds.sum(2)).clamp(0, 2), (bonds > 0).float()
    corner = ((linked @ linked) * linked).sum(2) > 0  # of a ring of three
    double, triple = (bonds == 2).any(2), (bonds == 3).any(2)

    def by(*areas):
        return torch.tensor(areas)[hydrogens]

    nitrogen = torch.where(corner, by(3.01, 21.94, 26.02), by(3.24, 12.03, 26.02))
    nitrogen = torch.where(double, by(12.36, 23.85, 23.85), torch.where(triple, 23.79, nitrogen))
    oxygen = torch.where(double, 17.07, torch.where(corner, by(12.53, 20.23, 20.23), by(9.23, 20.23, 20.23)))
    return ((atoms == 1) * nitrogen + (atoms == 2) * oxygen).sum(1)


def read(x: Tensor) -> Tensor:
    """The labels [n, 2] of x [n, 49]: the fifth in which its polar area lies, and whether there is a ring."""
    bonds = decode(x)[1]
    ring = (bonds > 0).sum((1, 2)) // 2 >= ATOMS
    return torch.stack([torch.bucketize(polar_area(x), CUTS), ring.long()], 1)


def smiles(x: Tensor) -> list[str | None]:
    """The molecules x [n, 49] as RDKit writes them, None where RDKit finds a molecule impossible. Needs RDKit."""
    from rdkit import Chem, RDLogger

    RDLogger.DisableLog("rdApp.error")
    written = []
    for atoms, bonds in zip(*decode(x)):
        draft = Chem.RWMol()
        for atom in atoms.tolist():
            draft.AddAtom(Chem.Atom(ELEMENTS[atom]))
        for one, other in (bonds.triu() > 0).nonzero().tolist():
            draft.AddBond(one, other, Chem.BondType.values[int(bonds[one, other])])
        whole = Chem.SanitizeMol(draft, catchErrors=True) == Chem.SanitizeFlags.SANITIZE_NONE
        written.append(Chem.MolToSmiles(draft) if whole else None)
    return written


def picture(x: Tensor):
    """The valid ones among x [n, 49], drawn by RDKit in rows; None where it cannot draw. Needs RDKit."""
    from rdkit import Chem

    try:
        from rdkit.Chem.Draw import MolsToGridImage
    except ImportError as error:  # it draws with a library of the system, which a bare server may lack
        print(f"RDKit cannot draw on this machine: {error}")
        return None
    drawn = [Chem.MolFromSmiles(text) for text in smiles(x) if text and "." not in text]
    return MolsToGridImage(drawn, molsPerRow=5, subImgSize=(150, 110))
