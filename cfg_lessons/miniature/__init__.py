"""The miniature Stable Diffusion: real parts in small, and the one command that trains them.

    tokenizer       CLIPTokenizer          each word of the captioned world is one token
    vae             AutoencoderKL          64 x 64 x 3 pixels <-> 16 x 16 x 4 latents
    text_encoder    CLIPTextModel          its sentences agree with what the probe sees in the images
    unet            UNet2DConditionModel   latents, time and text -> v
    scheduler       DDIMScheduler          the beta chain of Ho et al. 2020, as in lesson 1

Read parts.py, then losses.py (what each part learns from), then stages.py (how they are trained, one after the other).
`python course.py train miniature` trains them in this order and writes a folder that StableDiffusionPipeline loads.
Interrupted, it goes on where it was; the folder that was there before stays until the new one is whole.
"""
