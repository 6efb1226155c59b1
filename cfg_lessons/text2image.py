"""Text to image: the stock parts of diffusers and transformers, and the few lines that make a denoiser of them.

Both packages are optional: pip install "cfg-lessons[text]". Without them everything but `load` is still there.
Images are x [n, 3, H, W] in [-1, 1]; latents z [n, 4, H / f, W / f], in the unit that the U-Net works in.
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from . import shapes
from .denoisers import NULL, LearnedDenoiser
from .sampling import noise
from .schedules import Discrete
from .store import data_home, load as load_checkpoint

TARGET = {"epsilon": "eps", "sample": "x0", "v_prediction": "v"}  # diffusers' name for what a network predicts: ours


def load(model=None, device="cpu"):
    """A Stable Diffusion of version 1 or 2 as a StableDiffusionPipeline: the course's miniature, or one of your choice.

    model: a folder, or the identifier "OWNER/NAME" of a hosted model, which is then downloaded (gigabytes). Whatever
    its scheduler was, the steps are DDIM's on the same chain, at the times that the course's `walk` visits.
    """
    diffusers = quiet_diffusers()
    where = data_home() / "miniature" if model is None else Path(model)
    hosted = isinstance(model, str) and model.count("/") == 1 and not model.startswith((".", "/", "~"))
    if not (where / "model_index.json").exists() and not hosted:
        cure = "restore it (git checkout data/miniature)" if model is None else "expected one with a model_index.json"
        raise FileNotFoundError(f"the folder {where} holds no text-to-image model; {cure}")
    try:
        source = where if where.exists() else model
        text_encoder = read_text_encoder(source)
        pipe = diffusers.StableDiffusionPipeline.from_pretrained(
            source, text_encoder=text_encoder, safety_checker=None, requires_safety_checker=False
        )
    except Exception as error:  # they have many ways to say that they cannot read a folder
        raise OSError(f"could not load {model or where}: {(str(error) or repr(error)).splitlines()[0]}") from error
    steps = dict(timestep_spacing="trailing", clip_sample=False, set_alpha_to_one=True, steps_offset=1)
    pipe.scheduler = diffusers.DDIMScheduler.from_config(pipe.scheduler.config, **steps)
    pipe.set_progress_bar_config(disable=True)
    return pipe.to(device, torch.float32)


def read_text_encoder(source):
    """The text encoder of a Stable Diffusion. Left to itself, transformers fills in by chance what it does not find."""
    from transformers import CLIPTextModel

    model, found = CLIPTextModel.from_pretrained(source, subfolder="text_encoder", output_loading_info=True)
    if lost := found["missing_keys"]:
        raise ValueError(f"{len(lost)} weights of the text encoder are missing; a newer transformers may find them")
    return model


def quiet_diffusers():
    """The package diffusers, if it is there, without notices that nobody can act on."""
    try:
        from transformers.utils import logging

        logging.set_verbosity_error(), logging.disable_progress_bar()
        import diffusers
    except ImportError as error:
        cure = "pip install diffusers transformers accelerate"
        raise ImportError(f"lessons 9 and 10 need {error.name}, which is not installed: {cure}") from error
    diffusers.utils.logging.set_verbosity_error(), diffusers.utils.logging.disable_progress_bar()
    return diffusers


# ---- prompts


def expect_prompts(tokenizer, prompts):
    """Complain about a prompt that is empty, too long, or, for the miniature, holds a word it was not trained on."""
    if isinstance(prompts, str) or not len(prompts):
        raise TypeError(f"expected a list of prompts, at least one; got {prompts!r}")
    known = shapes.words() if tokenizer.init_kwargs.get("whole_words") else None
    for i, prompt in enumerate(prompts):
        if not prompt.strip():
            raise ValueError(f"prompt {i} is empty; say what you want (the empty prompt is there as label NULL)")
        ids, room = tokenizer(prompt).input_ids[1:-1], tokenizer.model_max_length - 2
        if len(ids) > room:
            cut = tokenizer.decode(ids[room:]).strip()
            raise ValueError(f"prompt {i} has {len(ids)} tokens, and the model reads {room}: {cut!r} would be cut off")
        if known and (odd := [repr(word) for word in prompt.lower().split() if word not in known]):
            words = ", ".join(known)
            raise ValueError(f"prompt {i}: the miniature does not know {', '.join(odd)}; it knows {words}")


def encode(pipe, prompts) -> Tensor:
    """What the U-Net reads: a vector for each token of each prompt, [n, L, C]."""
    ids = pipe.tokenizer(list(prompts), padding="max_length", truncation=True, return_tensors="pt").input_ids
    with torch.no_grad():
        return pipe.text_encoder(ids.to(pipe.device)).last_hidden_state


# ---- the U-Net as a denoiser


class PromptNet(nn.Module):
    """A text-to-image U-Net whose labels are numbers: y = k is the prompt of text[k + 1], NULL that of text[0], "". """

    def __init__(self, unet, text):
        super().__init__()
        self.unet, self.text = unet, text  # text [1 + K, L, C]

    def forward(self, x, t, y):
        if len(y) and not (NULL <= y.min() and y.max() < len(self.text) - 1):
            known = f"0 to {len(self.text) - 2}, and NULL = {NULL}"
            raise ValueError(f"labels reach from {y.min()} to {y.max()}; there are prompts {known}")
        chain_step = (t * 1000).round().long() - 1
        return self.unet(x, chain_step, encoder_hidden_states=self.text[y + 1]).sample


def prompted(pipe, prompts) -> LearnedDenoiser:
    """The pipeline's U-Net as a denoiser of latents: label k is prompts[k], and NULL is the empty prompt."""
    expect_prompts(pipe.tokenizer, prompts)
    net = PromptNet(pipe.unet, encode(pipe, ["", *prompts]))
    return LearnedDenoiser(net, Discrete(pipe.scheduler.betas), TARGET[pipe.scheduler.config.prediction_type])


# ---- pixels and latents


def to_latents(pipe, x: Tensor) -> Tensor:
    """The latents z of images x in [-1, 1]: the mean of what the encoder says, in the U-Net's unit."""
    if x.ndim != 4 or x.shape[1] != 3:
        raise ValueError(f"images have shape {list(x.shape)}; expected [n, 3, H, W]")
    if not (x.min() >= -1 and x.max() <= 1):
        raise ValueError(f"images reach from {x.min():.3g} to {x.max():.3g}; expected values in [-1, 1]")
    with torch.no_grad():
        return pipe.vae.encode(x.to(pipe.device)).latent_dist.mean * pipe.vae.config.scaling_factor


def to_images(pipe, z: Tensor) -> Tensor:
    """The images x in [-1, 1] of latents z."""
    with torch.no_grad():
        return pipe.vae.decode(z / pipe.vae.config.scaling_factor).sample.clamp(-1, 1)


def paint(pipe, prompts, scale=3.0, negative=None, steps=20, seed=0, batch=32) -> Tensor:
    """One image x [n, 3, H, W] in [-1, 1] for each prompt, by the stock pipeline; the same noise for the same seed.

    negative: a prompt of what is not wanted, for all. At scale 1 or less the pipeline does not guide.
    """
    expect_prompts(pipe.tokenizer, prompts if negative is None else [*prompts, negative])
    start = noise(len(prompts), pipe.unet.config.in_channels, *[pipe.unet.config.sample_size] * 2, seed=seed)
    parts = []
    for i in range(0, len(prompts), batch):
        some, z = list(prompts[i : i + batch]), start[i : i + batch].to(pipe.device)
        unwanted = None if negative is None else [negative] * len(some)
        options = dict(guidance_scale=scale, num_inference_steps=steps, latents=z, output_type="pt")
        parts.append(pipe(some, negative_prompt=unwanted, **options).images.cpu() * 2 - 1)
    return torch.cat(parts)


# ---- how well does an image fit a sentence?


class Matching(nn.Module):
    """Sentences and images as vectors of length 1, the closer the better they fit (CLIP, Radford et al. 2021).

    The eye is a probe's, trained before and left as it is (Zhai et al. 2022, arXiv 2111.07991).
    """

    def __init__(self, text_width: int = 64, image_width: int = 128, width: int = 64):
        super().__init__()
        self.sentence = nn.Linear(text_width, width, bias=False)
        self.image = nn.Linear(image_width, width, bias=False)
        self.sharpness = nn.Parameter(torch.tensor(2.5))

    def forward(self, sentences, features):
        """The cosine of each sentence [n, text_width] with each image [m, image_width]: [n, m]."""
        a, b = self.sentence(sentences), self.image(features)
        return nn.functional.normalize(a, dim=1) @ nn.functional.normalize(b, dim=1).T


def similarity(pipe, x: Tensor, prompts) -> Tensor:
    """How well each prompt fits each image x [m, 3, 64, 64], as the miniature learned to match them: cosines [n, m]."""
    expect_prompts(pipe.tokenizer, prompts)
    match = Matching(pipe.text_encoder.config.hidden_size).to(pipe.device)
    match.load_state_dict(load_file(data_home() / "miniature" / "matching.safetensors"))
    ids = pipe.tokenizer(list(prompts), padding="max_length", truncation=True, return_tensors="pt").input_ids
    with torch.no_grad():
        sentences = pipe.text_encoder(ids.to(pipe.device)).pooler_output
        return match(sentences, load_checkpoint("probe", pipe.device).features(x.to(pipe.device)))
