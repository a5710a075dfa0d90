"""What Google Cloud answers, as far as programs read its answers."""

from typing import Any

from pulumi.runtime import mocks

PROJECT = "tradewind-dev"
NUMBER = "123456789012"

LOOKUPS: dict[str, dict[str, Any] | None] = {
    "gcp:iam/getWorkloadIdentityPool:getWorkloadIdentityPool": None,
    "gcp:certificatemanager/getCertificates:getCertificates": {
        "certificates": [
            {
                "name": f"projects/{PROJECT}/locations/global/certificates/domain-certificate-issue-id",
                "manageds": [{"state": "ACTIVE", "provisioningIssues": [], "authorizationAttemptInfos": []}],
            }
        ],
        "id": PROJECT,
    },
    "gcp:dns/getManagedZones:getManagedZones": {
        "managedZones": [
            {"name": "example-private", "dnsName": "example.com.", "visibility": "private"},
            {"name": "example-com", "dnsName": "example.com.", "visibility": "public"},
        ],
        "id": PROJECT,
    },
    "gcp:organizations/getClientConfig:getClientConfig": {"accessToken": "ya29.a-token", "id": "config"},
    "gcp:organizations/getProject:getProject": {"number": NUMBER, "id": PROJECT},
    "gcp:kms/getKeyRings:getKeyRings": {"keyRings": [], "id": PROJECT},
    "gcp:storage/getProjectServiceAccount:getProjectServiceAccount": {
        "member": f"serviceAccount:service-{NUMBER}@gs-project-accounts.iam.gserviceaccount.com",
        "id": PROJECT,
    },
}


def born(args: mocks.MockResourceArgs) -> dict[str, Any]:
    given = args.inputs
    match args.typ:
        case "gcp:container/cluster:Cluster":
            return {"endpoint": "10.20.64.2", "masterAuth": {"clusterCaCertificate": "Y2E=", **_NO_CLIENT}}
        case "gcp:serviceaccount/account:Account":
            email = f"{given['accountId']}@{given['project']}.iam.gserviceaccount.com"
            name = f"projects/{given['project']}/serviceAccounts/{email}"
            return {"email": email, "member": f"serviceAccount:{email}", "name": name}
        case "gcp:projects/serviceIdentity:ServiceIdentity":
            agent = f"gcp-sa-{given['service'].partition('.')[0]}"
            return {"member": f"serviceAccount:service-{NUMBER}@{agent}.iam.gserviceaccount.com"}
        case "gcp:memorystore/instance:Instance":
            where = f"projects/{given['project']}/locations/{given['location']}/instances/{given['instanceId']}"
            links = [_link("READER", "10.20.64.4"), _link("PRIMARY", "10.20.64.3")]
            authority = {"caCerts": [{"certificates": ["leaf", "root\n"]}]}
            return {"name": where, "endpoints": [{"connections": links}], "managedServerCas": [authority]}
        case "gcp:iam/workloadIdentityPool:WorkloadIdentityPool":
            id = given["workloadIdentityPoolId"]
            return {"name": f"projects/{NUMBER}/locations/global/workloadIdentityPools/{id}"}
        case "gcp:certificatemanager/dnsAuthorization:DnsAuthorization":
            record = {"name": f"_acme-challenge_x.{given['domain']}.", "type": "CNAME", "data": "x.authorize.example."}
            return {"dnsResourceRecords": [record]}
        case "gcp:compute/globalAddress:GlobalAddress":
            return {"address": "203.0.113.80"}
        case "gcp:artifactregistry/repository:Repository":
            return {"name": given["repositoryId"]}
    return {}


_NO_CLIENT = {"clientCertificate": "", "clientKey": "", "clientCertificateConfig": {"issueClientCertificate": False}}


def _link(kind: str, address: str) -> dict[str, Any]:
    return {"pscAutoConnection": {"connectionType": f"CONNECTION_TYPE_{kind}", "ipAddress": address, "port": 6379}}
