"""Bindings, buckets and questions that tests of the Google evaluator build theirs from."""

from typing import Any

from tests.doubles.permissions.gcp import Binding, Caller, Request, Resource, account, decide

SERVICE = account("embedder@p.iam.gserviceaccount.com")
[MEMBER] = SERVICE.members
READS = "storage.objects.get"
PROJECT = Resource(name="projects/p", type="cloudresourcemanager.googleapis.com/Project")


def bound(role: str, *members: str, condition: str = "") -> Binding:
    return Binding(role=f"roles/{role}", members=members or (MEMBER,), condition=condition)


def bucket(*bindings: Binding, name: str = "b", parent: Resource = PROJECT) -> Resource:
    return Resource(
        name=f"projects/_/buckets/{name}", type="storage.googleapis.com/Bucket", parent=parent, bindings=bindings
    )


def an_object(holder: Resource, key: str) -> Resource:
    return Resource(name=f"{holder.name}/objects/{key}", type="storage.googleapis.com/Object", parent=holder)


def allowed(permission: str, resource: Resource, caller: Caller = SERVICE, **more: Any) -> bool:
    return decide(Request(caller=caller, permission=permission, resource=resource, **more)).allowed
