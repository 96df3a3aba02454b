"""What a person sees in the terminal, and how the terminal is asked: views in, drawings out; keys in, names out."""
