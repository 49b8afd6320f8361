"""Product files that cannot be used: why, so that a caller can put them aside and go on."""

from landda_hpc.errors import InputError

#: The reasons: nothing in the file; it ends too early; no product that is known; a known one whose content is damaged; a
#: layout or version that is not read; content that contradicts itself; the file cannot be opened; or reading it crashes the
#: library, does not end, or needs more memory than is allowed.
REASONS = ("empty", "truncated", "foreign", "damaged", "unsupported", "inconsistent", "unreadable", "crashed", "hangs",
           "memory")


class ProductRefusal(InputError):
    """A product file that is not used.

    Attributes
    ----------
    path : str
    reason : str
        One of :data:`REASONS`.
    """

    def __init__(self, path, reason, found, advice=""):
        super().__init__(f"{path}: {reason} product file: {found}" + (f" {advice}" if advice else ""))
        self.path, self.reason, self.found, self.advice = str(path), reason, found, advice

    def __reduce__(self):
        return ProductRefusal, (self.path, self.reason, self.found, self.advice)
