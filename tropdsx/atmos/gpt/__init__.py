"""GPT, GPT2, GPT2w and GPT3: mean pressure, temperature and humidity of any place and season."""
