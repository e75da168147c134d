"""The kinds of announcement that a plan can name: each with its words, its tone, and the facts that it needs."""

from __future__ import annotations

from dataclasses import dataclass

from bot.domain.message import Tone


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of message. `text` is a template; `{% if %}` leaves out what is not known."""

    name: str
    text: str
    tone: Tone = Tone.INFO


KINDS: dict[str, Kind] = {
    it.name: it
    for it in (
        Kind(
            "deploying_soon",
            "{{ coming }} is planned for {{ starts_at }} in {{ environment }}.\n"
            "{% if summary %}{{ summary }}{% endif %}\n"
            "You will be told when it begins, and when it is done.",
        ),
        # What a person typed is never read as a template.
        Kind("said", "{{ text }}"),
        Kind(
            "started", "The rollout has begun in {{ environment }}: {{ steps }} steps, the first is “{{ step_name }}”."
        ),
        Kind(
            "step_reached",
            "“{{ step_name }}” is reached, step {{ step }} of {{ steps }}."
            "{% if reaches %} It reaches {{ reaches }}.{% endif %}\n"
            "{% if holds_until %}It is watched until {{ holds_until }} at least.{% endif %}",
            Tone.SUCCESS,
        ),
        Kind(
            "still_running",
            "It goes on as planned: step {{ step }} of {{ steps }}, “{{ step_name }}”, since {{ since }}."
            "{% if reaches %} It reaches {{ reaches }}.{% endif %}\n"
            "{% if holds_until %}It is watched until {{ holds_until }} at least. {% endif %}"
            "{% if following %}Next is “{{ following }}”.{% endif %}",
        ),
        Kind(
            "maintenance_begins",
            "The maintenance window begins now with “{{ step_name }}”. Short interruptions are possible; we say when it is over.",
            Tone.WARNING,
        ),
        Kind(
            "held",
            "It waits at “{{ step_name }}”{% if reason %}: {{ reason }}{% endif %}. What is in force stays as it is until "
            "somebody has had a look.",
            Tone.WARNING,
        ),
        Kind(
            "gate_failed",
            "A condition does not hold at “{{ step_name }}”: {{ gate }}. It goes no further until that is understood.",
            Tone.WARNING,
        ),
        Kind(
            "paused",
            "It is paused at “{{ step_name }}”{% if by %} by {{ by }}{% endif %}{% if reason %}: {{ reason }}{% endif %}.",
            Tone.WARNING,
        ),
        Kind("resumed", "It goes on at “{{ step_name }}”."),
        Kind("problem_reported", "{{ reporter }} reports a problem at “{{ step_name }}”: {{ problem }}", Tone.WARNING),
        Kind(
            "paused_while_we_fix",
            "It is taken back for now, so that we can put something right. What you use is as it was before. "
            "You will hear from us when it goes on.",
            Tone.DANGER,
        ),
        Kind("aborted", "It was ended before its time, and everything is as it was before.", Tone.DANGER),
        Kind(
            "live",
            "It is there for everybody{% if took %}, {{ took }} after its start{% endif %}. Thank you for your patience.",
            Tone.SUCCESS,
        ),
    )
}
