"""Kinds of import contracts that import-linter does not bring along; named in pyproject.toml."""

from __future__ import annotations

from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class PrivateFloors(Contract):
    """Modules of an app that only the app itself, and the composition above all apps, may import.

    `apps`: the packages. `private`: module names that are private wherever an app or a part of one has them.
    `composition`: the package that may import everything.
    """

    type_name = "private_floors"

    # Fields when the class is made, plain values in an instance.
    apps: Any = fields.ListField(subfield=fields.StringField())
    private: Any = fields.ListField(subfield=fields.StringField())
    composition: Any = fields.StringField()

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        private = set(self.private)
        trespasses = []
        for inside in graph.modules:
            app, *floors = inside.split(".")
            if app not in self.apps or not private.intersection(floors):
                continue
            for importer in graph.find_modules_that_directly_import(inside):
                if importer.split(".")[0] not in {app, self.composition}:
                    trespasses.append(f"{importer} imports {inside}")
        return ContractCheck(kept=not trespasses, metadata={"trespasses": sorted(trespasses)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["trespasses"]:
            output.print_error(f"{line}, which is private to its app.")


class UpperRooms(Contract):
    """Parts of a package that stand above everything else in it, whatever else is called.

    `package`: the package. `upper`: names of its children, from the top; each may import those after it, and
    no other child may import any of them.
    """

    type_name = "upper_rooms"

    package: Any = fields.StringField()
    upper: Any = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        upper = list(self.upper)
        trespasses = []
        for place, name in enumerate(upper):
            room = f"{self.package}.{name}"
            may_import = {self.package + "." + other for other in upper[: place + 1]}
            for inside in {room, *graph.find_descendants(room)}:
                for importer in graph.find_modules_that_directly_import(inside):
                    child = ".".join(importer.split(".")[:2])
                    if importer.split(".")[0] == self.package and child not in may_import:
                        trespasses.append(f"{importer} imports {inside}")
        return ContractCheck(kept=not trespasses, metadata={"trespasses": sorted(trespasses)})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for line in check.metadata["trespasses"]:
            output.print_error(f"{line}, which stands above it.")
