"""The same rules over what is there: the exported state of a stack, and its objects as the cluster has them now."""
