"""Run the benchmarks: all of them, or those named. `python -m benchmarks [pages …]`

Each is a module or package of this folder with a `main()` that prints its figures and what they were
measured on. They use servers of their own under `var/`, and only the loopback interface.
"""

import importlib
import pkgutil
import sys

import benchmarks


def names() -> list[str]:
    """Return what can be run, sorted."""
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if name != "__main__")


def main(wanted: list[str]) -> int:
    known = names()
    unknown = [name for name in wanted if name not in known]
    if unknown:
        print(f"No benchmark is called {', '.join(unknown)}. There are: {', '.join(known)}.", file=sys.stderr)
        return 2
    for name in wanted or known:
        module = importlib.import_module(f"benchmarks.{name}")
        if hasattr(module, "main"):
            print(f"# {name}")
            module.main()
        elif wanted:
            print(f"{name} is material of other benchmarks and measures nothing by itself.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
