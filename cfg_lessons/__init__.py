"""Guidance in diffusion models, small enough to read in one sitting.

A **denoiser** is a function `(x, t, y) -> eps`: the noise it believes is in `x`.
A **schedule** says how much signal and how much noise there is at time `t`.
**Guidance** takes denoisers and returns a denoiser: it steps past a *target*, away from a *reference*.
The **sampler** walks any denoiser from noise to data, and never knows whether it was learned, exact or guided.

Read in this order (about twenty minutes):

    schedules.py    how noisy is time t
    denoisers.py    what a denoiser is, and what a network may predict
    training.py     dropping labels, the loss, the loop
    guidance.py     denoisers -> denoiser
    sampling.py     the walk from noise to data

and these when you need them: exact, nets, data, shapes, metrics, costs, plots, widgets, checks, store, quality,
recipes, parallel, sweep;
for lessons 9 and 10: text2image, editing, and miniature, the model that they take apart.
"""

__version__ = "0.1.0"
