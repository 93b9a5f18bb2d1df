"""The page: files without a build step, and the routes that serve them.

    index.html page.css icon.svg    what is there, and how it looks
    page         asks, and keeps the address, the answer and the source in step
    address      the question and its filters in the page's address
    service      requests, with the token that the service may want
    answer       how sure, the sentence that answers, the other passages
    values       the values that several passages give
    passage      a passage: its best sentence, its place, what to know before relying on it
    source       the pane beside the answer: a page as a picture (picture) or text (window)
    layout text  text with marks, as lines and tables
    citing       citations in the forms of others; copying offers them, checking reads the file
    filters keys themes welcome    what their names say
    words dom    the words of the terminal; elements made from text

Nothing that comes from a document is parsed as HTML: every node is made by ``dom.js`` from text,
and the policy of the page (``serving.POLICY``) forbids the browser to do otherwise.
"""
