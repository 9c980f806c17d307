"""Other trackers, each spoken to as its own documentation says, from a process of its own.

The modules here are run by the interpreter of an environment that has the peer and nothing of
ours, so ``driver`` and the adapters beside it import the standard library and the peer alone.
An adapter has these functions::

    start(folder)      begin a run that is stored below folder; returns a call that logs one point
    close()            end that run, and return when it is stored
    write_run(number)  make a whole run with 5 params, 3 metrics and 2 tags
    flush_runs()       return when those are stored
    index()            make runs visible to queries; only where that is a step of its own
    newest(count)      return so many of the newest runs, with params and metrics
    top(count)         return so many runs by their metric ``acc``, best first
    stored(folder)     return how many points a killed process left behind
"""
