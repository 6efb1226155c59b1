"""The parts, untrained: each a class of transformers or diffusers, with small numbers in its configuration."""

import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from diffusers.models.resnet import ResnetBlock2D
from torch import nn
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from .. import shapes

TOKENS, WIDTH = 20, 64  # the length of a prompt, and of the vector of each of its tokens


def make_tokenizer():
    """CLIP's tokenizer with a vocabulary of its own: each word of the captioned world is put together from its end."""
    words = shapes.words()
    ends = sorted({word[k:] + "</w>" for word in words for k in range(len(word))}, key=lambda end: (len(end), end))
    tokens = ["<|startoftext|>", "<|endoftext|>", *sorted(set("".join(words))), *ends]
    tokenizer = CLIPTokenizer(
        vocab={token: i for i, token in enumerate(tokens)}, merges=[(end[0], end[1:]) for end in ends if len(end) > 5],
        model_max_length=TOKENS,
    )  # fmt: skip
    tokenizer.init_kwargs["whole_words"] = True  # their pieces mean nothing to it
    return tokenizer


def make_vae():
    """Two halvings, one group in each norm: with few channels more groups would divide the colours out."""
    return AutoencoderKL(
        block_out_channels=(8, 24, 48), layers_per_block=1, latent_channels=4, sample_size=64, norm_num_groups=1,
        down_block_types=["DownEncoderBlock2D"] * 3, up_block_types=["UpDecoderBlock2D"] * 3,
        mid_block_add_attention=False,
    ).to(memory_format=torch.channels_last)  # fmt: skip


def make_text_encoder(tokenizer):
    """Two layers of CLIP's transformer."""
    return CLIPTextModel(CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=WIDTH, intermediate_size=3 * WIDTH, num_hidden_layers=2,
        num_attention_heads=4, max_position_embeddings=TOKENS, bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    ))  # fmt: skip


def make_unet():
    """Stable Diffusion's U-Net with three levels; text enters by cross-attention, and pooled, beside the time."""
    unet = UNet2DConditionModel(
        sample_size=16, block_out_channels=(32, 64, 64), layers_per_block=1, norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=WIDTH, attention_head_dim=4, resnet_time_scale_shift="scale_shift",
        addition_embed_type="text", addition_embed_type_num_heads=8,
    )  # fmt: skip
    for block in (m for m in unet.modules() if isinstance(m, ResnetBlock2D)):
        nn.init.zeros_(block.conv2.weight), nn.init.zeros_(block.conv2.bias)  # a new block changes nothing
    nn.init.zeros_(unet.conv_out.weight)
    return unet.to(memory_format=torch.channels_last)


def make_scheduler():
    """Trailing steps: a walk of 20 visits t = 1, 0.95, ... 0.05, as the course's own does."""
    return DDIMScheduler(
        beta_schedule="linear", prediction_type="v_prediction", timestep_spacing="trailing",
        clip_sample=False, steps_offset=1,
    )  # fmt: skip
