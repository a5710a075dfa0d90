"""Which changes make a new object, on the real engine."""

import pytest

pytestmark = pytest.mark.cluster

SHOP = """
skip = {"pulumi.com/skipAwait": "true"}
settings = core.ConfigMap("settings", data={"mode": "%(mode)s"}, opts=OPTS)
secret = core.Secret("fixed", metadata={"name": "fixed"}, string_data={"key": "%(key)s"}, opts=OPTS)
labels = {"app": "%(label)s"}
shop = apps.Deployment("shop", metadata={"name": "shop", "annotations": skip}, opts=OPTS, spec={
    "replicas": %(replicas)d, "selector": {"match_labels": labels},
    "template": {"metadata": {"labels": labels}, "spec": {"containers": [{
        "name": "main", "image": "shop:1", "env_from": [{"config_map_ref": {"name": settings.metadata.name}}]}]}}})
job = batch.Job("once", metadata={"annotations": skip}, opts=OPTS, spec={"completions": %(completions)d,
    "template": {"spec": {"containers": [{"name": "main", "image": "shop:1"}], "restart_policy": "Never"}}})
pulumi.export("settings", settings.metadata.name)
pulumi.export("job", job.metadata.name)
pulumi.export("shop", shop.metadata.uid)
pulumi.export("secret", secret.metadata.uid)
"""
FIRST = {"mode": "fast", "key": "one", "label": "shop", "replicas": 1, "completions": 1}


def test_only_what_cannot_change_is_replaced(stack, program, api_server, namespace):
    def up(**changed):
        outcome = stack.up(program(SHOP % {**FIRST, **changed}))
        return outcome.changes, stack.outputs()

    cluster = api_server.cluster
    _, first = up()

    changes, now = up(replicas=2)
    assert changes == {"updated": 1, "unchanged": 5}
    assert now["shop"] == first["shop"]

    # Data of an autonamed ConfigMap: a new one, the Deployment rolls to it in place, then the old one goes.
    changes, now = up(replicas=2, mode="slow")
    assert changes == {"updated": 1, "replaced": 1, "unchanged": 4}
    assert now["settings"] != first["settings"] and now["shop"] == first["shop"]
    names = {each["metadata"]["name"] for each in cluster.list("v1", "ConfigMap", namespace)}
    assert now["settings"] in names and first["settings"] not in names

    # Data of a named Secret: deleted, then made again; the Deployment does not go with it.
    changes, now = up(replicas=2, mode="slow", key="two")
    assert changes == {"replaced": 1, "unchanged": 5}
    assert now["secret"] != first["secret"] and now["shop"] == first["shop"]

    # A table knows the selector; the completions of a Job are found by the dry run.
    changes, now = up(replicas=2, mode="slow", key="two", label="store")
    assert changes == {"replaced": 1, "unchanged": 5} and now["shop"] != first["shop"]
    preview = stack.preview(
        program(SHOP % {**FIRST, "replicas": 2, "mode": "slow", "key": "two", "label": "store", "completions": 2})
    )
    assert preview.changes == {"to replace": 1, "unchanged": 5}, preview.text
    changes, now = up(replicas=2, mode="slow", key="two", label="store", completions=2)
    assert changes == {"replaced": 1, "unchanged": 5}
    assert now["job"] != first["job"]


def test_a_provider_setting_makes_config_maps_and_secrets_change_in_place(stack, program):
    text = """
    mutable = ResourceOptions(provider=k8s.Provider("mutable", kubeconfig=os.environ["TEST_KUBECONFIG"], namespace=NAMESPACE,
        enable_config_map_mutable=True, enable_secret_mutable=True))
    one = core.ConfigMap("one", metadata={"name": "one"}, data={"mode": "%(mode)s"}, opts=mutable)
    two = core.Secret("two", metadata={"name": "two"}, string_data={"mode": "%(mode)s"}, opts=mutable)
    pulumi.export("uids", [one.metadata.uid, two.metadata.uid])
    """
    stack.up(program(text) % {"mode": "fast"})
    before = stack.outputs()
    assert stack.up(program(text) % {"mode": "slow"}).changes == {"updated": 2, "unchanged": 3}
    assert stack.outputs() == before
