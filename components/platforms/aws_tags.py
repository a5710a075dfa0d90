"""A tag by which a resource is found that AWS names itself: a lost VPC is told from another by nothing else."""

from typing import Any

import pulumi

from components import naming


def named(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
    """A transformation: whatever has tags gets its own name in the program as one more."""
    tags: Any = args.props.get("tags") if args.type_.startswith("aws:") else None
    if not tags:
        return None
    props = {**args.props, "tags": {**tags, naming.RESOURCE_TAG: args.name}}
    return pulumi.ResourceTransformationResult(props=props, opts=args.opts)
