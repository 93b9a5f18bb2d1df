"""JSON Schemas of the JSON that the command, the service and the tools for agents write.

    named        ``json_schema``: a schema by its name
    fields       how a schema is written: one function for each type of field
    places       spans, lines, pages and sources, which most schemas share
    answering, checking, indexing, keeping, packing, measuring    the schemas, by what writes them

Records are written by their ``to_dict``; a schema has the name of its record. It allows other
fields: a schema of the tool gains fields within its version.
"""
