"""Documents prepared and passages encoded by the workers of a Ray cluster.

Only plain values travel: strings, bytes, numbers, arrays, and tuples, lists and dicts of them. So
the head of a cluster, which hands them on, needs nothing of this package.
"""
