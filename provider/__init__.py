"""The plugin `pulumi-resource-tradewind`: passwords, certificates, images and the local node as resources."""

VERSION = "0.1.0"
"""Of the plugin and of its SDK classes: one file set, one number, the project's own."""
