"""What a person sees in the terminal and how it is asked: views in, drawings out; keys in, names out."""
