"""What is not covered is refused before anything is changed, with the way out; so is a cluster that does not answer."""

import socket

import pytest

pytestmark = pytest.mark.cluster


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('k8s.helm.v3.Release("r", chart="redis", opts=OPTS)', "Helm is not supported by this provider. To fix: render the chart (helm template"),
        ('k8s.helm.v3.Chart("r", k8s.helm.v3.LocalChartOpts(path="/tmp"), opts=OPTS)', "Helm is not supported by this provider. To fix: "),
        ('k8s.helm.v4.Chart("r", chart="redis", opts=OPTS)', "Helm is not supported by this provider. To fix: "),
        ('k8s.kustomize.v2.Directory("r", directory="/tmp", opts=OPTS)', "Kustomize is not supported by this provider. To fix: render it (kubectl kustomize"),
        ('core.ConfigMapPatch("p", metadata={"name": "kube-root-ca.crt"}, data={"a": "b"}, opts=OPTS)', "patch resources (ConfigMapPatch) are not supported by this provider. To fix: declare the whole object"),
        ('core.ConfigMapList("l", items=[], opts=OPTS)', "list resources (ConfigMapList) are not supported by this provider. To fix: declare each ConfigMap by itself"),
        ('k8s.Provider("files", render_yaml_to_directory="/tmp/yaml")', "renderYamlToDirectory is not supported by this provider. To fix: "),
        ('core.ConfigMap("c", metadata={"annotations": {"pulumi.com/waitFor": "ready"}}, opts=OPTS)', "pulumi.com/waitFor: 'ready' is not understood. To fix: write condition="),
        ('k8s.apiextensions.CustomResource("x", api_version="example.com/v1", kind="Nothing", metadata={"name": "x"}, opts=OPTS)', None),
    ],
    ids=["release", "chart v3", "chart v4", "kustomize", "patch", "list", "render", "waitFor", "unknown kind"],
)  # fmt: skip
def test_a_preview_refuses(stack, program, text, said):
    if said is None:  # its definition might come from this same program, so only the update can tell
        assert stack.preview(program(text)).changes == {"to create": 3}
        return
    assert said in " ".join(stack.preview(program(text), fails=True).text.split())


def test_a_cluster_that_does_not_answer_is_one_clear_line(stack, program, api_server):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        gone = f"https://127.0.0.1:{closed.getsockname()[1]}"
    text = program('core.ConfigMap("one", metadata={"name": "one"}, data={"a": "b"}, opts=OPTS)')
    stack.up(text)
    lost = text.replace(
        'os.environ["TEST_KUBECONFIG"]', f'os.environ["TEST_KUBECONFIG"].replace("{api_server.server}", "{gone}")'
    ).replace("k8s.Provider(", 'k8s.Provider(cluster_identifier="one", resource_name=')
    unchanged = stack.preview(text)
    assert unchanged.changes == {"unchanged": 3}
    refused = stack.up(lost.replace('"a": "b"', '"a": "c"'), fails=True)
    assert (
        f"cannot reach the cluster at {gone}: [Errno 111] Connection refused. To fix: start it, or correct the kubeconfig."
        in refused.text
    )
