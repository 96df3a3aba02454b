"""Takes what the coach is playing out of what the microphone picks up.

`Canceller` learns how the room turns the one into the other: a Kalman filter in the frequency domain, in
partitions, after Enzner and Vary (2006) and Kuech, Mabande and Enzner (2014). It weighs what it hears by how
much of it cannot come from the speaker, so it needs no detector of people who speak at the same time. What
it could not take out is then turned down, band by band.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Spectrum = npt.NDArray[np.complex64]

#: Samples that are taken in and given out at a time: 16 ms.
BLOCK = 256

#: How much of a room is learnt: 256 ms of echo after the first sound of it.
PARTITIONS = 16

#: How fast the room is believed to change: what is known of it fades by this much in a block.
_KEEPS = 0.9998
_UNSURE = 0.1
_DOUBT_ANEW = 0.05

#: What is played counts for so many samples.
HISTORY = (PARTITIONS + 1) * BLOCK

#: How much is left of what the filter takes for echo: at the least, at the most.
_LEFT_MIN, _LEFT_MAX = 0.003, 1.0
_FLOOR = 0.08
_TINY = 1e-10


class Canceller:
    """Turns blocks of the microphone and of what was played (both 16 kHz, full scale 1) into what is left."""

    def __init__(self, partitions: int = PARTITIONS) -> None:
        """Know nothing of the room yet."""
        bins = BLOCK + 1
        self._played: Floats = np.zeros(2 * BLOCK, dtype=np.float32)
        self._far: Spectrum = np.zeros((partitions, bins), dtype=np.complex64)
        self._power: Floats = np.zeros((partitions, bins), dtype=np.float32)
        self._room: Spectrum = np.zeros((partitions, bins), dtype=np.complex64)
        self._doubt: Floats = np.full((partitions, bins), _UNSURE, dtype=np.float32)
        self._near: Floats = np.full(bins, _TINY, dtype=np.float32)
        self._quieten = _Quieten()
        self.echo: Floats = np.zeros(BLOCK, dtype=np.float32)  #: what was taken out of the last block
        self.echo_power = 0.0  #: its power; full scale is 1

    def take(self, heard: Floats, played: Floats) -> Floats:
        """Return one block of what was heard without what was played, one block later than it came."""
        self._played = np.concatenate([self._played[BLOCK:], played])
        far = np.fft.rfft(self._played).astype(np.complex64)
        self._far = np.concatenate([far[None], self._far[:-1]])
        self._power = np.concatenate([np.square(np.abs(far))[None], self._power[:-1]])
        echo: Floats = np.fft.irfft(np.einsum("pb,pb->b", self._far, self._room))[BLOCK:].astype(np.float32)
        left: Floats = heard - echo
        self.echo = echo
        self.echo_power = float(np.mean(np.square(echo)))
        self._learn(left)
        return self._quieten.take(left, echo)

    def realign(self, played: Floats) -> None:
        """Take note that what was played lies elsewhere than it was told: the last `HISTORY` samples of it.

        The room is the same, so what was learnt of it stays, but for fractions of a sample.
        """
        blocks = played.reshape(-1, BLOCK)
        pairs = np.concatenate([blocks[:-1], blocks[1:]], axis=1)
        self._played = pairs[-1]
        self._far = np.fft.rfft(pairs[::-1], axis=1).astype(np.complex64)
        self._power = np.square(np.abs(self._far))
        self._doubt += np.float32(_DOUBT_ANEW) * np.square(np.abs(self._room))

    def _learn(self, left: Floats) -> None:
        error = np.fft.rfft(np.concatenate([np.zeros_like(left), left])).astype(np.complex64)
        # What cannot be echo: what is left now and was left a moment ago.
        self._near += np.float32(0.6) * (np.square(np.abs(error)) - self._near)
        expected = np.einsum("pb,pb->b", self._doubt, self._power) + 0.7 * self._near + _TINY
        step = self._doubt / expected
        self._room += step * np.conj(self._far) * error
        self._doubt *= _KEEPS**2 * (1 - 0.5 * step * self._power)
        self._doubt += (1 - _KEEPS**2) * np.square(np.abs(self._room)) + _TINY
        self._constrain()

    def _constrain(self) -> None:
        """Keep each partition as long as it is: what wraps around was never heard."""
        taps = np.fft.irfft(self._room, axis=1)
        taps[:, BLOCK:] = 0.0
        self._room = np.fft.rfft(taps, axis=1).astype(np.complex64)


class _Quieten:
    """Turns down, band by band, what is left of the echo; half a block overlaps the next."""

    def __init__(self) -> None:
        self._window = np.sqrt(np.hanning(2 * BLOCK + 1)[:-1]).astype(np.float32)
        self._left: Floats = np.zeros(2 * BLOCK, dtype=np.float32)
        self._echo: Floats = np.zeros(2 * BLOCK, dtype=np.float32)
        self._tail: Floats = np.zeros(BLOCK, dtype=np.float32)
        bins = BLOCK + 1
        self._leak: Floats = np.full(bins, 0.3, dtype=np.float32)
        self._both: Floats = np.zeros(bins, dtype=np.float32)
        self._square: Floats = np.full(bins, _TINY, dtype=np.float32)
        self._mean_left: Floats = np.zeros(bins, dtype=np.float32)
        self._mean_echo: Floats = np.zeros(bins, dtype=np.float32)
        self._residue: Floats = np.zeros(bins, dtype=np.float32)
        self._before: Floats = np.ones(bins, dtype=np.float32)

    def take(self, left: Floats, echo: Floats) -> Floats:
        self._left = np.concatenate([self._left[BLOCK:], left])
        self._echo = np.concatenate([self._echo[BLOCK:], echo])
        spectrum = np.fft.rfft(self._left * self._window)
        loud = np.square(np.abs(spectrum)).astype(np.float32)
        echoed = np.square(np.abs(np.fft.rfft(self._echo * self._window))).astype(np.float32)
        self._learn(loud, echoed)
        # What leaks lingers as the room does.
        self._residue = np.maximum(self._leak * echoed, 0.6 * self._residue)
        clean = np.maximum(loud - 2.0 * self._residue, 0.0)
        prior = 0.7 * self._before + 0.3 * clean / (self._residue + _TINY)
        gain = np.maximum(prior / (1.0 + prior), _FLOOR)
        self._before = np.minimum(np.square(gain) * loud / (self._residue + _TINY), 1e4)
        shaped = np.fft.irfft(spectrum * gain).astype(np.float32) * self._window
        out = shaped[:BLOCK] + self._tail
        self._tail = shaped[BLOCK:]
        return out

    def _learn(self, loud: Floats, echoed: Floats) -> None:
        """See how far what is left goes up and down with the echo: that much of it has leaked."""
        self._mean_left += 0.02 * (loud - self._mean_left)
        self._mean_echo += 0.02 * (echoed - self._mean_echo)
        up, wave = loud - self._mean_left, echoed - self._mean_echo
        self._both += 0.02 * (up * wave - self._both)
        self._square += 0.02 * (wave * wave - self._square)
        self._leak = np.clip(self._both / (self._square + _TINY), _LEFT_MIN, _LEFT_MAX)
