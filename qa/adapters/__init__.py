"""Retrievers for other frameworks: what they return are quotes, each with its citation.

    langchain    a retriever of langchain-core
    llamaindex   a retriever of llama-index-core
    haystack     a component of haystack-ai
    llm          a plugin of llm: a tool and a fragment loader
    passages     what they share

Each of the four needs the extra of its name. This package imports none of them.
"""
