"""Remote compute: engines, the agent process of a target, and the runner on its workers."""
