"""The state and the verbs of each panel, in plain Python: fed by the client, shown by gui."""
