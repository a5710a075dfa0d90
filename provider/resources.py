"""The resources of `pulumi-resource-tradewind` as a program sees them: Password, Certificate, Image, Node."""

from collections.abc import Sequence

import pulumi

from provider import VERSION


def _options(opts: pulumi.ResourceOptions | None, secrets: Sequence[str] = ()) -> pulumi.ResourceOptions:
    ours = pulumi.ResourceOptions(version=VERSION, additional_secret_outputs=list(secrets))
    return pulumi.ResourceOptions.merge(ours, opts)


class Password(pulumi.CustomResource):
    """Letters and digits from the system's random source, drawn once and kept in the state."""

    result: pulumi.Output[str]
    """The password; secret."""

    def __init__(self, name: str, length: pulumi.Input[int] = 32, opts: pulumi.ResourceOptions | None = None):
        super().__init__(
            "tradewind:index:Password", name, {"length": length, "result": None}, _options(opts, ["result"])
        )


class Certificate(pulumi.CustomResource):
    """A key pair and its X.509 certificate: self-signed, or signed by the authority of `ca_key` and `ca_cert`.

    An `up` within the last 30 days of its validity renews it, under the same key.
    """

    private_key: pulumi.Output[str]
    """PKCS 8, PEM; secret."""
    cert: pulumi.Output[str]
    """PEM."""
    ca_cert: pulumi.Output[str]
    """PEM: what a client trusts to accept `cert`; `cert` itself where it is self-signed."""

    def __init__(
        self,
        name: str,
        common_name: pulumi.Input[str],
        dns_names: Sequence[pulumi.Input[str]] = (),
        ca_key: pulumi.Input[str] | None = None,
        ca_cert: pulumi.Input[str] | None = None,
        is_ca: pulumi.Input[bool] = False,
        opts: pulumi.ResourceOptions | None = None,
    ):
        props = {
            "common_name": common_name,
            "dns_names": list(dns_names),
            "ca_key": ca_key if ca_key is None else pulumi.Output.secret(ca_key),
            "ca_cert": ca_cert,
            "is_ca": is_ca,
            "private_key": None,
            "cert": None,
        }
        super().__init__("tradewind:index:Certificate", name, props, _options(opts, ["private_key", "ca_key"]))


class Image(pulumi.CustomResource):
    """A container image, built from `source` and pushed to `registry`; the same sources give the same digest.

    Deleting the resource leaves the image in the registry: it is immutable, and another stack may run it.
    """

    ref: pulumi.Output[str]
    """What a pod names: `<registry>/tradewind/<name>@sha256:...`."""
    digest: pulumi.Output[str]
    """Of the manifest, `sha256:...`."""
    size_bytes: pulumi.Output[int]
    """What a node downloads: the sum of the compressed layers."""
    verified: pulumi.Output[Sequence[str]]
    """`ref`, and the three before it, each seen to be signed by `signing_key`; empty where none is given."""

    def __init__(
        self,
        name: str,
        source: pulumi.Input[str],
        registry: pulumi.Input[str],
        sources_digest: pulumi.Input[str],
        signing_key: pulumi.Input[str] | None = None,
        username: pulumi.Input[str] | None = None,
        password: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ):
        """`source` is `bento:<folder>` or `platform:<name>`; `sources_digest` is `provider.sources.digest(source)`.

        `registry` is `host[:port][/path]`. A login that differs from the last one's is no change. `signing_key` is the
        public half, PEM: what nobody has signed by it is signed with the private one, as in provider.signatures.keys.
        """
        props = {
            "source": source,
            "registry": registry,
            "sources_digest": sources_digest,
            "signing_key": signing_key,
            "username": username,
            "password": password if password is None else pulumi.Output.secret(password),
            "ref": None,
            "digest": None,
            "size_bytes": None,
            "verified": None,
        }
        super().__init__("tradewind:index:Image", name, props, _options(opts))


class Node(pulumi.CustomResource):
    """The built Kubernetes node of one stack on this machine; `up` starts again whichever of its processes died."""

    kubeconfig: pulumi.Output[str]
    """Its text; secret, as it holds the administrator's key."""
    context: pulumi.Output[str]
    registry: pulumi.Output[str]
    """`127.0.0.1:<port>`, the same name on the host and in the node."""
    entry: pulumi.Output[str]
    """`http://127.0.0.1:<port>`, forwarded to the node's port `entry_node_port`."""
    entry_node_port: pulumi.Output[int]
    prometheus: pulumi.Output[str]
    """`http://127.0.0.1:<port>`, forwarded to the node's port `prometheus_node_port`."""
    prometheus_node_port: pulumi.Output[int]

    def __init__(self, name: str, stack: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None):
        outputs = [
            "kubeconfig",
            "context",
            "registry",
            "entry",
            "entry_node_port",
            "prometheus",
            "prometheus_node_port",
        ]
        props = {"stack": stack, **dict.fromkeys(outputs)}
        super().__init__("tradewind:index:Node", name, props, _options(opts, ["kubeconfig"]))
