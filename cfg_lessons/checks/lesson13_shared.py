"""What several checks of lesson 13 share."""




ALWAYS = "Your test says True whatever it is shown. Call what you are given, and look."
NEVER = "Your test says False whatever it is shown: the right ones must pass."
TURNED = "Your answers are turned round: True is for the right ones."
