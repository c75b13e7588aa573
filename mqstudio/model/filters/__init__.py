"""The filter language: `body.total > 100 and state == ready`. Grammar and fields: docs/filters.md.

`syntax.parse` reads a text into a `tree`; `matching.compile_filter` makes a test of it, which is asked of a
`subject.Subject`; `completion.complete` says what could stand at a cursor.
"""
