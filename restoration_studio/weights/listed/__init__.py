"""What weights exist, job by job: a tuple of `weights.model.Model` a module; `weights.catalogue` joins them."""
