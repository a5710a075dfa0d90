"""The Python language host of the engine that is built from Go modules: pulumi-language-python is not one of them."""
