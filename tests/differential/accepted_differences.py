"""Where mail/message and Python's email package read a message differently, and why.

(file, what differs as compare_with_python.py names it, the reason). An entry that no longer applies
makes the test fail, so that this list stays true.
"""

BLANKS = "RFC 2045 s6.7 rule 3: blanks at the end of a quoted-printable line are deleted; Python keeps them"
NO_END = "without an end boundary no line end belongs to a delimiter; Python takes the last one away"
EMPTY = "the body of a multipart without parts: up to the enclosing delimiter, whose line end is not its own"

ACCEPTED = [
    ("samples/empty_multipart.eml", "part 1 body", EMPTY + "; Python leaves the delimiter out"),
    ("samples/encoded_message.eml", "structure",
     "RFC 2046 s5.2.1 forbids to encode a message: ours is opaque, Python reads base64 as a header"),
    ("samples/encoded_words.eml", "part 0 body", BLANKS),
    ("samples/no_end_boundary.eml", "part 3 body", NO_END),
    ("samples/utf8_headers.eml", "part 0 file name",
     "Python replaces UTF-8 in a parameter (RFC 6532); ours reads it"),
    ("corpus/mailkit/message.11.msg", "part 3 body", BLANKS),
    ("corpus/mailkit/message.14.msg", "part 0 body", BLANKS),
    ("corpus/mailkit/message.2.msg", "part 0 body", BLANKS),
    ("corpus/mailkit/message.20.msg", "part 3 body", BLANKS),
    ("corpus/mailkit/message.29.msg", "part 8 body", BLANKS),
    ("corpus/mailkit/message.34.msg", "part 0 body",
     "damaged uuencode: Python gives it back undecoded, ours decodes what can be decoded"),
    ("corpus/mailkit/message.39.msg", "part 2 body", BLANKS),
    ("corpus/mailkit/message.47.msg", "part [35] body", BLANKS),
    ("corpus/mimekit/disposition-notification.anonymized.eml", "date",
     "`(EDT) -0400`: Python loses the zone behind the comment"),
    ("corpus/mimekit/disposition-notification.txt", "date",
     "`(EDT) -0400`: Python loses the zone behind the comment"),
    ("corpus/mimekit/empty-multipart.txt", "part 1 body", EMPTY),
    ("corpus/mimekit/issue358.txt", "message 0 addresses from",
     "`a@b <c@d>` is one mailbox with a name that looks like an address; Python makes it two"),
    ("corpus/mimekit/multipart-no-end-boundary.msg", "part 2 body", NO_END),
    ("corpus/mimekit/simple.mbox.txt", "structure",
     "three multiparts share one boundary: ours gives it to the innermost, Python to the outermost"),
    ("corpus/mimekit/stack-overflow.txt", "message 0 addresses to",
     "thousands of malformed addresses: Python's parser recurses too deep, ours does not recurse"),
]
