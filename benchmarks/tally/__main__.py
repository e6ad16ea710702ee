import sys

from benchmarks.tally.bench import main

sys.exit(main())
