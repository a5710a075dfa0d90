"""Google's own examples of bindings and conditions, and the roles that a platform like ours grants."""

import datetime

import pytest

from tests.doubles.permissions.cel import extract
from tests.doubles.permissions.federation import gke_pod
from tests.doubles.permissions.gcp import Caller, Request, Resource, account, decide
from tests.doubles.permissions.gcp_samples import PROJECT, READS, SERVICE, allowed, an_object, bound, bucket

DOCS = "https://cloud.google.com/iam/docs"
REFERENCE = f"{DOCS}/conditions-attribute-reference"
BY_RESOURCE = f"{DOCS}/configuring-resource-based-access"
TEMPORARY = f"{DOCS}/configuring-temporary-access"
HIERARCHY = f"{DOCS}/resource-hierarchy-access-control"
PRINCIPALS = f"{DOCS}/principal-identifiers"
ROLES = f"{DOCS}/roles-permissions"
GKE = "https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity"

ORDER = "projects/_/buckets/acme-orders-aaa/objects/data_lake/orders/order_date=2019-11-03/aef87g87ae0876"
NOT_STORAGE = """(resource.type != 'storage.googleapis.com/Bucket' &&
 resource.type != 'storage.googleapis.com/Object') ||
resource.name.startsWith('projects/_/buckets/example-bucket')"""
LAST_30_DAYS = """resource.type == 'storage.googleapis.com/Object' &&
request.time - duration('2592000s') < date(resource.name.extract('/order_date={date_str}/'))"""
BUSINESS_HOURS = """request.time.getHours("Europe/Berlin") >= 9 && request.time.getHours("Europe/Berlin") <= 17 &&
request.time.getDayOfWeek("Europe/Berlin") >= 1 && request.time.getDayOfWeek("Europe/Berlin") <= 5"""


@pytest.mark.parametrize(
    ("page", "condition", "name", "type_", "time", "true"),
    [
        (REFERENCE, NOT_STORAGE, "projects/_/buckets/example-bucket", "storage.googleapis.com/Bucket", "", True),
        (REFERENCE, NOT_STORAGE, "projects/_/buckets/example-bucket/objects/x", "storage.googleapis.com/Object", "", True),
        (REFERENCE, NOT_STORAGE, "projects/_/buckets/another", "storage.googleapis.com/Bucket", "", False),
        (REFERENCE, NOT_STORAGE, "projects/p/secrets/s", "secretmanager.googleapis.com/Secret", "", True),
        (REFERENCE, "resource.name != 'projects/_/buckets/secret-bucket-123'", "projects/_/buckets/secret-bucket-123", "storage.googleapis.com/Bucket", "", False),
        (REFERENCE, "resource.service == 'compute.googleapis.com'", "projects/_/buckets/b", "storage.googleapis.com/Bucket", "", False),
        # What cannot be read never grants: a service account gives conditions no name.
        (REFERENCE, "resource.name.endsWith('devResource')", "projects/p/serviceAccounts/devResource", "iam.googleapis.com/ServiceAccount", "", False),
        (REFERENCE, "resource.type != 'compute.googleapis.com/Disk' || resource.name.endsWith('devResource')", "projects/p/serviceAccounts/x", "iam.googleapis.com/ServiceAccount", "", True),
        (BY_RESOURCE, LAST_30_DAYS, ORDER, "storage.googleapis.com/Object", "2019-11-20T00:00:00Z", True),
        (BY_RESOURCE, LAST_30_DAYS, ORDER, "storage.googleapis.com/Object", "2019-12-20T00:00:00Z", False),
        (BY_RESOURCE, "resource.name.startsWith('projects/_/buckets/b/objects/a-')", "projects/_/buckets/b/objects/b-1", "storage.googleapis.com/Object", "", False),
        (TEMPORARY, "request.time < timestamp('2020-07-01T00:00:00.000Z')", "projects/p", "cloudresourcemanager.googleapis.com/Project", "2020-06-30T23:59:59Z", True),
        (TEMPORARY, "request.time < timestamp('2020-07-01T00:00:00.000Z')", "projects/p", "cloudresourcemanager.googleapis.com/Project", "2020-07-01T00:00:00Z", False),
        (TEMPORARY, BUSINESS_HOURS, "projects/p", "cloudresourcemanager.googleapis.com/Project", "2026-11-25T08:30:00Z", True),  # Wednesday, 9:30
        (TEMPORARY, BUSINESS_HOURS, "projects/p", "cloudresourcemanager.googleapis.com/Project", "2026-11-25T07:30:00Z", False),
        (TEMPORARY, BUSINESS_HOURS, "projects/p", "cloudresourcemanager.googleapis.com/Project", "2026-11-28T08:30:00Z", False),  # Saturday
    ],
)  # fmt: skip
def test_conditions(page: str, condition: str, name: str, type_: str, time: str, true: bool):
    resource = Resource(name=name, type=type_, bindings=[bound("storage.objectViewer", condition=condition)])
    assert allowed(READS, resource, time=datetime.datetime.fromisoformat(time or "2026-01-01T00:00:00Z")) is true, page


@pytest.mark.parametrize(
    ("template", "output"),
    [
        ("/order_date={date}/", "2019-11-03"),
        ("buckets/{name}/", "acme-orders-aaa"),
        ("/orders/{empty}order_date", ""),
        ("{start}/objects/data_lake", "projects/_/buckets/acme-orders-aaa"),
        ("orders/{end}", "order_date=2019-11-03/aef87g87ae0876"),
        ("{all}", ORDER),
        ("/orders/{none}/order_date=", ""),
        ("/orders/order_date=2019-11-03/{id}/data_lake", ""),
    ],
)
def test_extract(template: str, output: str):
    assert extract(ORDER, template) == output, f"{REFERENCE}#extract"


OWN = """(resource.type == 'storage.googleapis.com/Object' &&
  resource.name.startsWith('projects/_/buckets/b/objects/models/embedder/')) ||
api.getAttribute('storage.googleapis.com/objectListPrefix', '').startsWith('models/embedder/')"""


@pytest.mark.parametrize(
    ("key", "true"),
    [("models/embedder/1/m", True), ("models/reranker/1/m", False), ("models/embedder-2/m", False), ("x", False)],
)
def test_a_service_reads_its_own_prefix_of_a_bucket(key: str, true: bool):
    shared = bucket(bound("storage.objectViewer", condition=OWN))
    assert allowed(READS, an_object(shared, key)) is true, REFERENCE
    assert not allowed("storage.objects.create", an_object(shared, key))


@pytest.mark.parametrize(
    ("prefix", "true"), [("models/embedder/", True), ("models/reranker/", False), ("models/", False), (None, False)]
)
def test_a_list_is_asked_of_the_bucket_and_its_prefix_is_an_attribute_of_the_api(prefix: str | None, true: bool):
    shared = bucket(bound("storage.objectViewer", condition=OWN))
    api = {"storage.googleapis.com/objectListPrefix": prefix} if prefix else {}
    assert allowed("storage.objects.list", shared, api=api) is true, f"{REFERENCE}#api"


def test_a_binding_holds_for_all_below_it_and_for_nothing_beside_it():
    project = Resource(name="projects/p", type=PROJECT.type, bindings=[bound("storage.objectViewer")])
    assert allowed(READS, an_object(bucket(parent=project), "x")), HIERARCHY
    assert allowed(READS, an_object(bucket(bound("storage.objectViewer")), "x"))
    assert not allowed(READS, an_object(bucket(bound("storage.objectViewer", "user:ana@example.com")), "x"))
    assert not allowed(READS, bucket(name="another"))


def test_a_condition_takes_nothing_from_a_binding_without_one():
    # Google's note on temporary access: conditional bindings do not override those without condition.
    both = bucket(bound("storage.objectViewer"), bound("storage.objectViewer", condition="resource.name == 'none'"))
    assert allowed(READS, both), TEMPORARY


@pytest.mark.parametrize(
    ("member", "caller", "true"),
    [
        ("user:ana@example.com", account("ana@example.com"), True),
        ("user:ana@example.com", account("bob@example.com"), False),
        ("group:admins@example.com", account("ana@example.com", "admins@example.com"), True),
        ("group:admins@example.com", account("ana@example.com"), False),
        ("domain:example.com", account("ana@example.com"), True),
        ("domain:example.com", SERVICE, False),
        ("allUsers", gke_pod("p", "1", "n", "s"), True),
        ("allAuthenticatedUsers", SERVICE, True),
        ("allAuthenticatedUsers", gke_pod("p", "1", "n", "s"), False),
    ],
)
def test_members(member: str, caller: Caller, true: bool):
    assert allowed(READS, bucket(bound("storage.objectViewer", member)), caller) is true, PRINCIPALS


POOL = "iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p.svc.id.goog"


@pytest.mark.parametrize(
    "member",
    [
        f"principal://{POOL}/subject/ns/models/sa/embedder",
        f"principalSet://{POOL}/namespace/models",
        "serviceAccount:p.svc.id.goog[models/embedder]",
    ],
)
def test_a_pod_of_gke_is_named_in_three_ways(member: str):
    held = bucket(bound("storage.objectViewer", member))
    assert allowed(READS, held, gke_pod("p", "1", "models", "embedder")), GKE
    assert not allowed(READS, held, gke_pod("p", "1", "default", "embedder"))
    assert not allowed(READS, held, gke_pod("q", "2", "models", "embedder"))
    assert allowed(READS, held, gke_pod("p", "1", "models", "reranker")) is member.startswith("principalSet")


@pytest.mark.parametrize(
    ("role", "has", "lacks"),
    [
        ("storage.objectViewer", "storage.objects.get", "storage.objects.create"),
        ("storage.objectCreator", "storage.objects.create", "storage.objects.delete"),
        ("artifactregistry.reader", "artifactregistry.repositories.downloadArtifacts", "artifactregistry.repositories.uploadArtifacts"),
        ("artifactregistry.writer", "artifactregistry.repositories.uploadArtifacts", "artifactregistry.versions.delete"),
        ("container.defaultNodeServiceAccount", "logging.logEntries.create", "artifactregistry.repositories.uploadArtifacts"),
        ("secretmanager.secretAccessor", "secretmanager.versions.access", "secretmanager.secrets.list"),
        ("cloudkms.cryptoKeyEncrypterDecrypter", "cloudkms.cryptoKeyVersions.useToDecrypt", "cloudkms.cryptoKeyVersions.destroy"),
        ("iam.workloadIdentityUser", "iam.serviceAccounts.getAccessToken", "iam.serviceAccounts.signJwt"),
        ("memorystore.dbConnectionUser", "memorystore.instances.connect", "memorystore.instances.delete"),
    ],
)  # fmt: skip
def test_what_a_role_has_and_lacks(role: str, has: str, lacks: str):
    held = bucket(bound(role))
    assert (allowed(has, held), allowed(lacks, held)) == (True, False), ROLES


def test_the_answer_names_the_binding_and_where_it_is():
    answer = decide(Request(caller=SERVICE, permission=READS, resource=an_object(bucket(bound("storage.admin")), "x")))
    assert answer.reason == "roles/storage.admin on projects/_/buckets/b"
