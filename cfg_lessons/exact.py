"""A world where everything is known: a labelled mixture of round Gaussians, in any dimension.

Noise it, and it is a mixture of Gaussians still: means shrink by alpha, variances become (alpha std)^2 + sigma^2.
So p(x_t), p(x_t | y) and p(y | x_t) are formulas at every noise level, and so is the best denoiser there can be.
"""

import math

import torch
from torch import Tensor

from .denoisers import NULL


class Mixture:
    """Gaussians of equal weight with means [C, D], stds [C] and labels [C], noised by a schedule.

    Labels may be several attributes, [C, A]; then y is [B, A], with NULL in the columns that are left open.
    """

    def __init__(self, means, stds, labels, schedule):
        self.means, self.stds, self.labels = torch.as_tensor(means), torch.as_tensor(stds), torch.as_tensor(labels)
        self.schedule = schedule
        if self.means.ndim != 2 or not len(self.means) == len(self.stds) == len(self.labels):
            raise ValueError("a mixture needs means [C, D] and, for each of the C components, one std and one label")

    def sample(self, n: int, seed: int = 0):
        """n clean points x0 [n, D] and their labels y [n]."""
        rng = torch.Generator().manual_seed(10**6 + seed)  # dice of its own: noise(n, seed) uses those of seed
        part = torch.randint(len(self.means), (n,), generator=rng)
        x0 = torch.randn(n, self.means.shape[1], generator=rng, dtype=self.means.dtype)
        return self.means[part] + self.stds[part, None] * x0, self.labels[part]

    def parts(self, x, t):
        """log p_t(x | component) [B, C], the gap to each mean [B, C, D], and each variance [B or 1, C]."""
        if x.ndim != 2 or x.shape[1] != self.means.shape[1]:
            raise ValueError(f"x has shape {list(x.shape)}; expected [B, {self.means.shape[1]}]")
        alpha, sigma = self.schedule.at(t, x)
        var = (alpha * self.stds.to(x)) ** 2 + sigma**2
        gap = x[:, None] - (alpha[:, :, None] if alpha.ndim else alpha) * self.means.to(x)
        return -0.5 * (gap.square().sum(-1) / var + x.shape[1] * (2 * math.pi * var).log()), gap, var

    def allowed(self, y, x):
        """Which components each label of y [B] or [B, A] admits for x [B, D]: [B, C]. NULL admits all."""
        if y.is_floating_point() or y.shape != (len(x), *self.labels.shape[1:]):
            what = f"{len(self.labels[0])} integers" if self.labels.ndim > 1 else "an integer"
            raise ValueError(f"labels are {y.dtype} {list(y.shape)}; expected {what} for each of {len(x)} points")
        fits = (y[:, None] == self.labels.to(y.device)) | (y[:, None] == NULL)
        mask = fits.flatten(2).all(2) if fits.ndim > 2 else fits
        if not mask.any(1).all():
            odd, known = y[~mask.any(1)][0].tolist(), self.labels.unique(dim=0).tolist()
            raise ValueError(f"label {odd} is unknown here; labels are {known}, or NULL = {NULL}")
        return mask

    def log_prob(self, x: Tensor, t, y: Tensor) -> Tensor:
        """log p_t(x | y) [B] of x [B, D] at time t, labels y [B]; with NULL, log p_t(x)."""
        logp, _, _ = self.parts(x, t)
        mask = self.allowed(y, x)
        return logp.masked_fill(~mask, -torch.inf).logsumexp(-1) - mask.sum(-1).to(logp).log()

    def denoiser(self, x: Tensor, t, y: Tensor) -> Tensor:
        """The exact eps [B, D] = -sigma * grad log p_t(x | y): each component's pull, weighted by how likely it is."""
        logp, gap, var = self.parts(x, t)
        share = logp.masked_fill(~self.allowed(y, x), -torch.inf).softmax(-1)
        return self.schedule.at(t, x)[1] * (share[..., None] * gap / var[..., None]).sum(1)

    def classifier(self, x: Tensor, t) -> Tensor:
        """The exact log p_t(x, y) [B, K], up to a constant: logits whose softmax is p(y | x_t), for y = 0 to K - 1."""
        if self.labels.ndim > 1:
            raise ValueError("which attribute should be classified? Ask world.attribute(i).classifier")
        logp, _, _ = self.parts(x, t)
        return torch.stack([logp[:, self.labels == k].logsumexp(-1) for k in range(int(self.labels.max()) + 1)], -1)

    def attribute(self, i: int) -> "Mixture":
        """The same points, labelled by attribute i alone."""
        return Mixture(self.means, self.stds, self.labels[:, i], self.schedule)

    def only(self, keep: Tensor) -> "Mixture":
        """The components that keep [C] marks, as a world of their own: p(x | any condition on the labels), exactly."""
        return Mixture(self.means[keep], self.stds[keep], self.labels[keep], self.schedule)

    def tilted(self, x: Tensor, y: Tensor, scale: float, t=0.0) -> Tensor:
        """log p_t(x) p(y | x)^scale [B], up to a constant: the density that guidance is often said to sample."""
        return (1 - scale) * self.log_prob(x, t, torch.full_like(y, NULL)) + scale * self.log_prob(x, t, y)


def grid_sample(log_density, n: int, seed: int = 0, limit: float = 4.0, cells: int = 400) -> Tensor:
    """n points [n, 2] of a density on the square [-limit, limit]^2: log_density(x [N, 2]) -> [N], up to a constant.

    A cell is drawn by its share of the density, then a point within the cell; what lies outside the square is lost.
    """
    rng, side = torch.Generator().manual_seed(10**6 + seed), 2 * limit / cells
    corner = torch.cartesian_prod(*[torch.arange(cells) * side - limit] * 2)
    share = log_density(corner + side / 2).double().softmax(0)
    return corner[torch.multinomial(share, n, replacement=True, generator=rng)] + side * torch.rand(n, 2, generator=rng)
