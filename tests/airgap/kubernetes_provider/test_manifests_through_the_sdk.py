"""YAML through pulumi_kubernetes.yaml: v1, whose parsing the provider does, and v2, which it makes itself."""

import pytest

pytestmark = pytest.mark.cluster

MANIFEST = '''
YAML = """
apiVersion: %(group)s/v1
kind: Widget
metadata: {name: first}
spec: {size: 3}
---
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: settings}
  data: {day: 2026-11-24, flag: "true"}
---
apiVersion: v1
kind: Secret
metadata: {name: access}
stringData: {password: hunter22}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.%(group)s}
spec:
  group: %(group)s
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget, listKind: WidgetList}
  versions:
  - {name: v1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
"""
k8s.yaml%(module)s.ConfigGroup("all", yaml=[YAML] if "%(module)s" == "" else YAML, opts=ResourceOptions(providers={"kubernetes": provider}))
'''


@pytest.mark.parametrize("module", ["", ".v2"], ids=["v1", "v2"])
def test_a_config_group_comes_up_stays_and_goes(stack, program, api_server, namespace, module):
    group = f"{namespace}.example.net"
    text = program("") + MANIFEST % {"group": group, "module": module}
    assert stack.preview(text).changes == {"to create": 7}
    assert stack.up().changes == {"created": 7}
    cluster = api_server.cluster
    assert cluster.get(f"{group}/v1", "Widget", namespace, "first")["spec"] == {"size": 3}
    assert cluster.get("v1", "ConfigMap", namespace, "settings")["data"] == {"day": "2026-11-24", "flag": "true"}
    assert "hunter22" not in stack.export()
    assert stack.up().changes == {"unchanged": 7}
    stack.destroy()
    assert cluster.metadata("v1", "ConfigMap", namespace, "settings") is None
    assert cluster.metadata("apiextensions.k8s.io/v1", "CustomResourceDefinition", None, f"widgets.{group}") is None
