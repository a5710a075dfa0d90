"""A Kubernetes provider for the unmodified pulumi_kubernetes SDK, used where the official plugin cannot be had."""
