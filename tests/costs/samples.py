"""A small book and a small stack, whose sums a person can do in the head; each test changes what it is about."""

from typing import Any

from costs.prices import POD, Book
from costs.resources import Resource

REGION = "here"
DEPLOYMENT, SCALER = "kubernetes:apps/v1:Deployment", "kubernetes:keda.sh/v1alpha1:ScaledObject"
CHART, CACHE, DISK, ROLE = "kubernetes:helm.sh/v3:Release", "sky:cache:Cache", "sky:disk:Disk", "sky:iam:Role"


def a_price(id: str, of: str, unit: str, usd: float, **more: Any) -> dict[str, Any]:
    found = {"source": "https://sky.example/prices", "date": "2026-11-29", "verified": True}
    return {"id": id, "of": [of], "regions": [REGION], "unit": unit, "usd": usd, **found, **more}


PRICES: dict[str, dict[str, Any]] = {
    each["id"]: each
    for each in (
        a_price("core", POD, "vCPU-hour", 0.04),
        a_price("core-fee", POD, "vCPU-hour", 0.01),
        a_price("memory", POD, "GiB-hour", 0.01),
        a_price("cache-small", CACHE, "hour", 0.1, where={"size": ["small"]}, times=["nodes", "zones"]),
        a_price("cache-backups", CACHE, "GB-month", 0.2),
        a_price("disk-lease", DISK, "month", 3),
        a_price("disk-reads", DISK, "10,000 requests", 0.5),
        a_price("role", ROLE, "month", 0, regions="everywhere"),
        a_price("scaler", SCALER, "month", 0, regions="everywhere"),
    )
}
PODS: list[dict[str, Any]] = [
    {
        "id": "workloads",
        "of": [DEPLOYMENT],
        "containers": ["spec.template.spec.containers"],
        "replicas": "spec.replicas",
    },
    {
        "id": "chart",
        "of": [CHART],
        "where": {"chart": ["keda"]},
        "requests": {
            "cpu": "200m",
            "memory": "512Mi",
            "source": "https://sky.example/chart",
            "date": "2026-11-29",
            "verified": True,
        },
    },
]


def a_book(**changes: dict[str, Any]) -> Book:
    """`disk_lease={"usd": 4}` changes that row."""
    rows = [row | changes.get(name.replace("-", "_"), {}) for name, row in PRICES.items()]
    return Book.model_validate({"prices": rows, "pods": PODS}, strict=False)


def a_deployment(name: str = "embedder", cpu: Any = "500m", memory: Any = "1Gi", **spec: Any) -> Resource:
    box = {"name": name, "resources": {"requests": {"cpu": cpu, "memory": memory}}}
    whole = {"template": {"spec": {"containers": [box]}}, **spec}
    return Resource(type=DEPLOYMENT, name=f"{name}-replicas", inputs={"metadata": _named(name), "spec": whole})


def a_scaler(name: str = "embedder", namespace: Any = "models", **spec: Any) -> Resource:
    whole = {"scaleTargetRef": {"name": name}, "minReplicaCount": 1, "maxReplicaCount": 3, **spec}
    meta = {"name": name, "namespace": namespace}
    return Resource(type=SCALER, name=f"{name}-scaler", inputs={"metadata": meta, "spec": whole})


def a_cache(**inputs: Any) -> Resource:
    return Resource(type=CACHE, name="cache", inputs={"size": "small", "nodes": 2, "zones": ["a", "b", "c"], **inputs})


def a_stack() -> list[Resource]:
    """The cache 438, the disk 3, the chart 10.95: 451.95 for the platform. A replica of embedder 25.55."""
    return [
        a_deployment(),
        a_scaler(),
        a_cache(),
        Resource(type=DISK, name="disk", inputs={}),
        Resource(type=ROLE, name="role", inputs={}),
        Resource(type=CHART, name="keda", inputs={"chart": "keda"}),
        Resource(type="tradewind:index:Image", name="image", inputs={}),
    ]


def _named(name: str) -> dict[str, str]:
    return {"name": name, "namespace": "models"}
