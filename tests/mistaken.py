"""Where the lists of further_mistakes_*.py enter what fresh eyes did wrong: (check, telling words, what, function)."""

MISTAKES = []


def mistake(check, telling, words):
    """Enters a function as a mistake: the verdict of `check` must name it, and hold what tells it from others."""

    def add(function):
        MISTAKES.append((check, telling, words, function))
        return function

    return add
