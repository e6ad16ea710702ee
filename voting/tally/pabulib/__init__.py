"""Read and write elections in the `.pb` format of Pabulib (pabulib.org/format).

A file is read whole or not at all: the first thing wrong is raised with its line, its column and what was
expected. Ballots, which make up nearly all of a file, are read by array operations on the raw bytes; any
stretch that is not in the plain form (a quote, an unknown project, a missing field) goes through the slow,
exact reader, which either understands it or says what is wrong with it.

Money is read into minor units with as many decimals as the file uses: 0 for whole amounts, 2 for 1459730.46.
"""

from .arrays import Repeat
from .reader import PbFile, read
from .rows import PbError
from .terms import MANDATORY_META, WITHDRAWN_COST
from .writer import write

__all__ = ["MANDATORY_META", "WITHDRAWN_COST", "PbError", "PbFile", "Repeat", "read", "write"]
