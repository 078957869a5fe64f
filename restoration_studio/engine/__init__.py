"""What a restoration is made of: recipes, progress, the stage cache, records and batches."""
