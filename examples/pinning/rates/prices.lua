return { base = 4, per_kilogram = 0.5 }
