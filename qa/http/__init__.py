"""The HTTP service: takes requests, makes one call of a session, and sends JSON.

    settings     what may be set, and where it binds
    server       opens the index, binds, serves, and stops
    connections  limits of one connection: slow heads, too many of them
    app          puts the parts below together
    guard        who may ask: host, origin, token; headers of every response
    bodies       limits of a request's body
    observing    the access log; metrics: what is counted
    errors       every error in one JSON form
    workers      the threads that answer, and how many may wait
    service      what the routes share
    asking, documents, health    the routes; spans: how requests write them
    examples     what the description of the API shows

It needs the extra ``serve``. Nothing is decided here that the library decides.
"""
