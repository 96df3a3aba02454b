"""A whole routine to listen to in a browser: one file with captions, made when somebody asks."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from routines.model import Routine
from routines.phrases import Phrases
from routines.plan import Plan
from skill.browser.sound import PieceSounds
from skill.rendering import Job, render_course
from skill.showing import course_to_show
from speech.audiofile import AudioFileError

#: The longest that is made while somebody waits, in milliseconds: an hour and a half.
LONGEST_MS = 90 * 60_000


@dataclass(frozen=True, slots=True)
class Previews:
    """Makes files to listen to, under names that cannot be guessed."""

    sounds: PieceSounds
    phrases: Phrases

    def name(self, routine: Routine, plan: Plan | None = None) -> str | None:
        """Return the name of the routine's file, without its suffix: `.mp3` and `.vtt` are there.

        None if it cannot be made, or is too long to be waited for.
        """
        plan = plan or Plan()
        clips = self.sounds.clips(plan.rate_wpm)
        course = course_to_show(routine, self.phrases, clips)
        script = course.script(plan)
        name = hmac.digest(self.sounds.secret, repr((script, plan.rate_wpm)).encode(), "sha256").hex()
        path = self.sounds.settings.audio_folder / f"{name}.mp3"
        if path.is_file() and path.with_suffix(".vtt").is_file():
            return name
        if course.timeline(plan).total_ms > LONGEST_MS:
            return None
        job = Job(routine=routine, plan=plan, phrases=self.phrases, path=path)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with self.sounds.encoding() as frames:
                render_course(course, job, clips, lambda _: None, bank=frames, needs_voice=False)
        except (AudioFileError, OSError):
            return None
        return name
