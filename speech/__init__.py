"""How a timeline reaches ears and eyes: voices, clips, tracks, files, the speaker, captions.

The rules of this package: it knows routines, never `skill`. Devices, child processes, threads and files live
in the modules named after them (`speaker`, `pyttsx3_voice`, `clips`, `audiofile`); the rest takes and returns
values. Nothing opens a device or starts a process at import.
"""
