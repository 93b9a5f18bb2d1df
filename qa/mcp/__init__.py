"""The index as tools for agents, over the Model Context Protocol; extra ``mcp``.

    arguments  what each tool takes, with its limits
    texts      the same for a model to read and quote from
    tools      the tools: one call of the library each
    server     the protocol's requests, answered from an open index within limits
    stdio      the server on standard input and output
    http       the server on a port

Quotes come from documents that may hold anything, instructions to the model included: they are
fenced with a mark that no document can hold of itself.
"""
