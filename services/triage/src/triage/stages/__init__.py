"""The steps of a verdict, one file each: a stage is `(case) -> case | verdict`."""
