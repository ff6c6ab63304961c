"""Sign policies: which transmitters excite, which inhibit."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from graphkit.errors import ParameterError

__all__ = ["SIGN_POLICIES", "SignPolicy", "sign_policy"]


@dataclass(frozen=True)
class SignPolicy:
    """A named map from transmitter to sign; a transmitter in neither list has sign 0.

    Parameters
    ----------
    name
        The policy's name.
    excitatory, inhibitory
        Transmitters of sign +1 and -1.
    source
        Who states it.

    Examples
    --------
    >>> from graphkit.transmitters import SIGN_POLICIES
    >>> SIGN_POLICIES["shiu2024"].sign("GABA")
    -1
    """

    name: str
    excitatory: tuple[str, ...]
    inhibitory: tuple[str, ...]
    source: str

    def sign(self, nt_type: str) -> int:
        """Return the sign of a transmitter."""
        return 1 if nt_type in self.excitatory else -1 if nt_type in self.inhibitory else 0


# Histamine is not among the classifier's six and reaches the graph through overrides only. It opens chloride channels
# in the fly (Hardie 1989, 10.1038/339704a0), so every policy that has inhibition has it there.
_INHIBITORY = ("GABA", "GLUT", "HIST")

#: The named policies; ``shiu2024`` is the default.
SIGN_POLICIES: dict[str, SignPolicy] = {
    policy.name: policy
    for policy in (
        SignPolicy(
            "shiu2024", ("ACH", "DA", "SER", "OCT"), _INHIBITORY, "Shiu et al. 2024, 10.1038/s41586-024-07763-9"
        ),
        SignPolicy("monoamine_zero", ("ACH",), _INHIBITORY, "monoamines act through slow receptors: no fast effect"),
        SignPolicy("ach_only", ("ACH",), (), "excitation alone: acetylcholine excites, nothing inhibits"),
    )
}


def sign_policy(policy: str | SignPolicy) -> SignPolicy:
    """Return the policy of a name.

    Raises
    ------
    ParameterError
        If no policy has that name.

    Examples
    --------
    >>> from graphkit.transmitters import sign_policy
    >>> sign_policy("ach_only").inhibitory
    ()
    """
    if isinstance(policy, SignPolicy):
        return policy
    if policy not in SIGN_POLICIES:
        close = difflib.get_close_matches(policy, SIGN_POLICIES, n=1)
        hint = f" Did you mean {close[0]}?" if close else ""
        raise ParameterError(f"no sign policy is called {policy!r}; known: {', '.join(SIGN_POLICIES)}.{hint}")
    return SIGN_POLICIES[policy]
