"""How words that a person says reach the coach: offline, while the coach itself is speaking.

Sound from the microphone has the coach's own voice taken out of it (`echo`), is cut at pauses (`segments`),
and each piece is taken for one of the few things that can be said (`grammar`), or for nothing. Nothing in
here opens a device, keeps sound, or writes it anywhere.
"""
