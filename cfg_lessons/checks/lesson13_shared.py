"""What several checks of lesson 13 share."""


def blindly(sound) -> dict:
    """The mistakes of any test of implementations: it does not look, or says it the wrong way round."""
    return {
        "Your test says True whatever it is shown. Call what you are given, and look.": lambda thing: True,
        "Your test says False whatever it is shown: the right ones must pass.": lambda thing: False,
        "Your answers are turned round: True is for the right ones.": lambda thing: not sound(thing),
    }
