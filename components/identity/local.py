"""Identity on one machine: a service account and no more, since there is nothing outside to be let into."""

import pulumi

from components import naming, objects
from components.identity import Abroad, IdentityArgs
from components.objects import Document
from components.secrets import volume_of_secret


class LocalIdentity(pulumi.ComponentResource):
    """A service account whose token no pod gets: model services do not talk to the API server."""

    service_account: pulumi.Output[str]
    abroad = Abroad()
    secrets: Document | None

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None):
        super().__init__("tradewind:identity:LocalIdentity", name, None, opts)
        meta = objects.metadata(args.service, args.namespace, naming.labels(args.service, args.owner, "identity"))
        account = objects.account(f"{name}-account", meta, pulumi.ResourceOptions(parent=self))
        # Its owner makes the Secret: a resource of the program would have the values in the state.
        self.secrets = volume_of_secret(args.service, args.secrets) if args.secrets else None
        self.service_account = account.id.apply(lambda _: args.service)
        self.register_outputs({"service_account": self.service_account})
