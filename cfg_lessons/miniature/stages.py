"""The training, in stages: each is gated by what was measured of the one before, and none is done twice."""

import json
import shutil
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import StableDiffusionPipeline
from safetensors.torch import save_file

from .. import shapes, store
from ..denoisers import NULL, LearnedDenoiser
from ..files import replacing
from ..sampling import noise
from ..schedules import ddpm
from ..text2image import PromptNet, paint
from ..training import fit
from .losses import Reader, matching_loss, pieces, seed_from, unet_loss, vae_loss
from .parts import make_scheduler, make_text_encoder, make_tokenizer, make_unet, make_vae

SCENES = 20_000  # how many are painted once and kept as latents
STEPS = {"vae": 5000, "text_encoder": 3000, "unet": 9000}


class Stages:
    """A folder in which the parts come about one after the other; what is finished there is not done again."""

    def __init__(self, folder: Path, steps: dict, seed: int, device):
        self.folder, self.steps, self.seed, self.device = folder, steps, seed, device
        self.tokenizer, self.schedule, self.probe = make_tokenizer(), ddpm(), store.load("probe", device)
        folder.mkdir(parents=True, exist_ok=True)

    def log(self) -> dict:
        """What was noted so far: {part: {fact: value}}."""
        file = self.folder / "training.json"
        return json.loads(file.read_text()) if file.exists() else {}

    def note(self, part, **facts):
        """Add what was measured to the log, which travels with the weights."""
        file, log = self.folder / "training.json", self.log()
        log[part] = log.get(part, {}) | facts
        lines = [f"{json.dumps(part)}: {json.dumps(facts)}" for part, facts in log.items()]
        with replacing(file) as new:
            new.write_text("{\n" + ",\n".join(lines) + "\n}\n")

    def train(self, part, model, loss, batches, **options):
        """Fit a part and keep it, unless that was done before; returns it ready to use."""
        file, model = self.folder / f"{part}.pt", model.to(self.device)
        if not file.exists():
            began = time.process_time()
            losses = fit(
                model, loss, lambda rng: [b.to(self.device) for b in batches(rng)], self.steps[part], seed=self.seed,
                keep=self.folder / f"{part}.training", **options,
            )  # fmt: skip
            seconds, curve = round(time.process_time() - began), smooth(losses, max(1, len(losses) // 50))
            self.note(part, steps=len(losses), cpu_seconds=seconds, loss=curve)
            with replacing(file) as new:
                torch.save(model.state_dict(), new)
        model.load_state_dict(torch.load(file, map_location=self.device, weights_only=True))
        return model.eval().requires_grad_(False)

    def ids(self, captions):
        """Captions as numbers of tokens: [n, TOKENS]."""
        padded = self.tokenizer(captions, padding="max_length", truncation=True, return_tensors="pt")
        return padded.input_ids.to(self.device)

    def states(self, text_encoder, captions):
        """What the U-Net reads of the empty prompt and the captions: [1 + n, TOKENS, WIDTH]."""
        with torch.no_grad():
            return text_encoder(self.ids(["", *captions])).last_hidden_state

    def vae(self):
        """Latents of images, and back: learned on pieces of images, where every pixel teaches something."""
        vae = self.train("vae", make_vae(), vae_loss, partial(pieces, 16), lr=4e-3)
        world = shapes.scenes(500, seed=1, held_out=None)
        x = shapes.render(world).to(self.device)
        with torch.no_grad():
            z = torch.cat([vae.encode(part).latent_dist.mean for part in x.split(100)])
            back = torch.cat([vae.decode(part).sample.clamp(-1, 1) for part in z.split(100)])
        vae.register_to_config(scaling_factor=round(1 / z.std().item(), 4))
        psnr = -10 * ((back - x) / 2).square().mean((1, 2, 3)).log10().mean().item()
        self.note("vae", psnr=round(psnr, 2), probe_reads=means(shapes.adherence(self.probe, back, world)))
        return vae

    def text_encoder(self):
        """Sentences that find their image, among the features that the probe has of it."""
        world = shapes.scenes(SCENES, seed=2, two=0.4)
        with torch.no_grad():
            seen = torch.cat([self.probe.features(shapes.render(world[i : i + 500]).to(self.device)).cpu()
                              for i in range(0, SCENES, 500)])  # fmt: skip

        def batches(rng):
            i = torch.randint(SCENES, (128,), generator=rng)
            return self.ids(shapes.captions(world[i], seed_from(rng), chance=0.85)), seen[i]

        reader = self.train("text_encoder", Reader(make_text_encoder(self.tokenizer)), matching_loss, batches, lr=2e-3)
        self.note("text_encoder", readable=self.readable(reader.text_encoder), zero_shot=self.zero_shot(reader))
        save_file(reader.match.state_dict(), self.folder / "matching.safetensors")
        return reader.text_encoder

    def readable(self, text_encoder, n: int = 2000) -> dict:
        """The share of attributes that a straight line, fitted to other captions, reads off the vector of a caption."""
        world = shapes.scenes(2 * n, seed=3, two=0.0)
        with torch.no_grad():
            x, shares = text_encoder(self.ids(shapes.captions(world, chance=1.0))).pooler_output, {}
        for name in shapes.ATTRIBUTES:
            y = F.one_hot(shapes.truth(world)[name]).to(x)
            guess = x[n:] @ torch.linalg.lstsq(x[:n], y[:n]).solution
            shares[name] = round((guess.argmax(1) == y[n:].argmax(1)).float().mean().item(), 4)
        return shares

    def zero_shot(self, reader, n: int = 500) -> dict:
        """Of captions that differ in one attribute alone, how often is the right one closest to the image?"""
        world, shares = shapes.scenes(n, seed=4, two=0.0), {}
        with torch.no_grad():
            seen = self.probe.features(shapes.render(world).to(self.device))
            for name in shapes.ATTRIBUTES:
                others = [with_first(world, name, k) for k in range(shapes.QUESTIONS[name])]
                scores = [reader(self.ids(shapes.captions(other, chance=1.0)), seen).diagonal() for other in others]
                right = torch.stack(scores).argmax(0).cpu() == shapes.truth(world)[name]
                shares[name] = round(right.float().mean().item(), 4)
        return shares

    def unet(self, vae, text_encoder):
        """The denoiser of latents. What is painted once is kept; captions are told anew each time."""
        world = shapes.scenes(SCENES, seed=5)
        z = torch.cat([self.latents(vae, world[i : i + 250]) for i in range(0, SCENES, 250)])  # [SCENES, 2, 4, 16, 16]

        def batches(rng):
            i = torch.randint(SCENES, (32,), generator=rng)
            mean, std = z[i].unbind(1)
            drawn = mean + std * torch.randn(mean.shape, generator=rng)
            return drawn, self.states(text_encoder, shapes.captions(world[i], seed_from(rng)))

        def watch(unet, step):  # into the log at once: a training that is interrupted keeps what it has seen
            seen = self.log().get("unet", {}).get("gap", [])
            self.note("unet", gap=[*seen, [step, *self.gap(unet, vae, text_encoder)]])

        return self.train(
            "unet", make_unet(), lambda unet, z, text, rng: unet_loss(unet, self.schedule, z, text, rng), batches,
            watch=watch, lr=3e-3, ema=0.998,
        )  # fmt: skip

    def latents(self, vae, world):
        """The Gaussians that the encoder sees in scenes, in the unit of the U-Net: mean and std [n, 2, 4, 16, 16]."""
        with torch.no_grad():
            seen = vae.encode(shapes.render(world).to(self.device)).latent_dist
        return torch.stack([seen.mean, seen.std], 1).cpu() * vae.config.scaling_factor

    def gap(self, unet, vae, text_encoder, n: int = 128):
        """By how much does the caption lower the loss, at t = 0.25, 0.5, 0.75 and 1, on unseen scenes?"""
        world = shapes.scenes(n, seed=6)
        z = self.latents(vae, world)[:, 0].to(self.device)
        text = self.states(text_encoder, shapes.captions(world, chance=1.0))
        model = LearnedDenoiser(PromptNet(unet, text), self.schedule)
        eps, own = noise(n, *z.shape[1:], seed=0, device=self.device), torch.arange(n, device=self.device)
        for t in (0.25, 0.5, 0.75, 1.0):
            with torch.no_grad():
                x = self.schedule.add_noise(z, t, eps)
                losses = [F.mse_loss(model(x, t, y), eps).item() for y in (torch.full_like(own, NULL), own)]
            yield round(1 - losses[1] / losses[0], 4)


def with_first(world, name: str, value: int):
    """The same scenes, but for one attribute of the first object (or of the scene)."""
    values = getattr(world, name).clone()
    values.view(len(world), -1)[:, 0] = value
    return replace(world, **{name: values})


def means(right: dict) -> dict:
    """{question: the share of right answers} of {question: right or not [n]}."""
    return {name: round(answers.float().mean().item(), 4) for name, answers in right.items()}


def smooth(values, width: int) -> list[float]:
    """The means of neighbours, `width` each."""
    return [round(sum(part) / len(part), 4) for part in (values[i : i + width] for i in range(0, len(values), width))]


def train(out=None, steps=None, seed: int = 0, device="cpu"):
    """Make the miniature and put its folder in the place of the old one; interrupted, call it again.

    steps: {part: how many}, for a try; it needs a folder `out` of its own.
    """
    if steps and not out:
        raise ValueError("a try needs a folder of its own: name it (out)")
    out, steps = Path(out or store.data_home() / "miniature"), STEPS | (steps or {})
    torch.manual_seed(seed)
    asked = "-".join(map(str, [*steps.values(), seed]))  # what another try left is another matter
    stages = Stages(out.with_name(f"{out.name}.{asked}.training"), steps, seed, device)
    vae, text_encoder = stages.vae(), stages.text_encoder()
    pipe = StableDiffusionPipeline(
        vae=vae, text_encoder=text_encoder, tokenizer=stages.tokenizer, unet=stages.unet(vae, text_encoder),
        scheduler=make_scheduler(), safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    pipe.set_progress_bar_config(disable=True)
    stages.note("reached", **reached(pipe, stages.probe))
    hand_over(pipe, stages.folder, out)


def hand_over(pipe, work: Path, out: Path):
    """Write the whole folder beside the old one, then let it take that one's place."""
    new = work / "whole"
    pipe.save_pretrained(new)
    for extra in ("training.json", "matching.safetensors"):
        shutil.copy(work / extra, new)
    for file in new.rglob("*"):
        file.chmod(0o755 if file.is_dir() else 0o644)  # safetensors writes for its owner alone
    old = work / "old"
    if out.exists():
        shutil.rmtree(old, ignore_errors=True)
        out.replace(old)
    new.replace(out)
    shutil.rmtree(work)


def reached(pipe, probe, n: int = 500) -> dict:
    """The share of images that follow their caption, one object each: combinations seen in training, and others."""
    shares = {}
    for name, held_out in (("seen", False), ("held_out", True)):
        world = shapes.scenes(n, seed=7, two=0.0, held_out=held_out)
        for scale in (1.0, 3.0):
            x = paint(pipe, shapes.captions(world, chance=1.0), scale)
            shares[f"{name}, scale {scale:g}"] = means(shapes.followed(probe, x, world))
    return shares
