"""The studio's page: panels and components on top of the pipeline."""
