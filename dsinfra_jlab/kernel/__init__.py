"""The probe: what runs inside the user's kernel, and nothing else does.

Standard library and IPython only, Python 3.9 and later. It is loaded by the server as a silent
request, from the installed package or from its own source (``bundle``), and can be turned off.
"""
