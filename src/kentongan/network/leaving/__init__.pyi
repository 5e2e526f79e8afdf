"""A region leaves with all that is its own: the exit bundle (docs/reference/exit-bundle.md), and the move itself."""

from .departing import (
    Moving as Moving,
    move as move,
)
from .exporting import (
    Exported as Exported,
    export as export,
)
from .importing import (
    Brought as Brought,
    bring_in as bring_in,
)
from .verifying import (
    Verified as Verified,
    verify as verify,
)
