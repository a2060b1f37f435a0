"""GPT, GPT2, GPT2w and GPT3: the mean atmosphere as a function of place and season."""
