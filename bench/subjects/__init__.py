"""
What is measured, each in an interpreter of its own.

Every module here but those with facts, `run`, and what several of them use (`instant_aws`,
`lambda_event`, `wsgi`) has

    prepare   one request in the form in which this subject gets it from its server
    answer    status and body for what `prepare` returned; this is what is measured
    taken     the platform's ids of the messages that it took
"""
