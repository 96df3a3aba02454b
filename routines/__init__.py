"""What to do and when: routines, plans, scripts, timelines, sessions.

The rules of this package: code here takes values and returns values. It reads no clock, opens no socket,
touches no device, starts no thread; the only files it reads are its own library, through `load`. It knows
nothing of voices, Alexa, Flask or SQL, and imports neither `speech` nor `skill`.
"""
