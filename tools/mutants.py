# SPDX-License-Identifier: MIT
"""Finds the mutants of a C++ file: small changes, each of which a test should notice.

Relations, arithmetic, logic, shifts, constants, dropped statements and flipped returns. Clang says
where an expression begins and ends; what the compiler evaluates by itself (constants, assertions,
template arguments, cases) is counted and left alone, for there a mutant cannot be switched on.
"""

import re
import sys
from pathlib import Path

try:
    import clang.cindex as clang
except ImportError:  # Debian's package is for Debian's Python, which may not be the first one.
    sys.path.append("/usr/lib/python3/dist-packages")
    import clang.cindex as clang

Kind = clang.CursorKind
PARSE_FLAGS = ["-std=c++20", "-I.", "-fno-exceptions"]

OPERATORS = {
    "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
    "==": ["!="], "!=": ["=="],
    "+": ["-"], "-": ["+"], "*": ["/"], "/": ["*"], "%": ["/"],
    "&&": ["||"], "||": ["&&"], "&": ["|"], "|": ["&"], "^": ["|"],
    "<<": [">>"], ">>": ["<<"],
    "+=": ["-="], "-=": ["+="], "*=": ["/="], "/=": ["*="], "%=": ["/="],
    "&=": ["|="], "|=": ["&="], "^=": ["|="], "<<=": [">>="], ">>=": ["<<="],
}
# Each memory order, and those that promise less.
WEAKER = {"acquire": ["relaxed"], "release": ["relaxed"], "acq_rel": ["acquire", "release"],
          "seq_cst": ["acq_rel"]}
# What a negation would only repeat.
TRUTH = {"<", "<=", ">", ">=", "==", "!=", "&&", "||"}
INFIX = (Kind.BINARY_OPERATOR, Kind.COMPOUND_ASSIGNMENT_OPERATOR)
STATEMENTS = {Kind.CALL_EXPR, Kind.BINARY_OPERATOR, Kind.COMPOUND_ASSIGNMENT_OPERATOR,
              Kind.UNARY_OPERATOR, Kind.UNEXPOSED_EXPR, Kind.BREAK_STMT, Kind.CONTINUE_STMT}
FUNCTIONS = {Kind.FUNCTION_DECL, Kind.CXX_METHOD, Kind.CONSTRUCTOR, Kind.DESTRUCTOR,
             Kind.CONVERSION_FUNCTION, Kind.FUNCTION_TEMPLATE}
SCOPES = {Kind.NAMESPACE, Kind.CLASS_DECL, Kind.STRUCT_DECL, Kind.CLASS_TEMPLATE}
# These hold names and template arguments, no code.
NAMES = {Kind.TYPE_REF, Kind.TEMPLATE_REF, Kind.NAMESPACE_REF, Kind.DECL_REF_EXPR}
DECLARATIONS = {Kind.VAR_DECL, Kind.FIELD_DECL, Kind.PARM_DECL}
CONSTANT = {Kind.STATIC_ASSERT, Kind.TYPE_ALIAS_DECL, Kind.ENUM_CONSTANT_DECL, Kind.ENUM_DECL}
NEVER_RETURN = ("kernel::unreachable", "unreachable", "kernel::broken_promise", "broken_promise")


class Mutant:
    """`old`, at [begin, end) of `path` in `function`, becomes `new`. A dropped statement has no
    `new`. `copy` tells apart those that read the same."""

    def __init__(self, path, function, text, span, new):
        self.path, self.function, self.new = path, function, new
        self.begin, self.end = span
        self.old = " ".join(text[self.begin:self.end].split())
        self.line = text.count("\n", 0, self.begin) + 1
        self.last_line = text.count("\n", 0, self.end) + 1
        self.copy = 1

    def key(self):
        """What names it, however the lines move."""
        new = "dropped" if self.new is None else f"`{' '.join(self.new.split())}`"
        copy = f" [{self.copy}]" if self.copy > 1 else ""
        return f"{self.path} {self.function}: `{self.old}` -> {new}{copy}"


class Finder:
    """Walks what Clang made of one file."""

    def __init__(self, path):
        self.path = Path(path)
        self.text = self.path.read_text(encoding="latin-1")  # A byte is a character.
        self.found = {}
        self.orders = {}  # Apart: no unit test can judge them.
        self.constant = set()
        self._function = ""
        self._is_constant = False

    def add(self, begin, end, new):
        place = (begin, end, new)
        if self._is_constant or not self._function:
            self.constant.add(place)
        else:
            self.found.setdefault(place, Mutant(self.path, self._function, self.text,
                                                (begin, end), new))

    def source(self, cursor):
        return self.text[cursor.extent.start.offset:cursor.extent.end.offset]

    def is_here(self, cursor):
        file = cursor.location.file
        return file is not None and Path(file.name) == self.path

    def walk(self, cursor, within=()):
        """Finds what can be changed in `cursor`; `within` are the kinds around it."""
        kind = cursor.kind
        if kind in NAMES:
            if kind == Kind.DECL_REF_EXPR and Kind.RETURN_STMT in within:
                self.flip_enumerator(cursor)
            if kind == Kind.DECL_REF_EXPR:
                self.weaken_order(cursor)
            return
        before = self._function, self._is_constant
        if kind in FUNCTIONS and cursor.is_definition():
            self._function = self.name_of(cursor)
            if "consteval" in self.text[cursor.extent.start.offset:cursor.location.offset].split():
                self._is_constant = True
        if kind in CONSTANT or self.is_constant(cursor):
            self._is_constant = True
        if kind == Kind.FIELD_DECL and not self._function:
            self._function = self.name_of(cursor)
        self.mutate(cursor)
        self.walk_children(cursor, (*within, kind) if kind not in FUNCTIONS else ())
        self._function, self._is_constant = before

    def walk_children(self, cursor, within):
        kind = cursor.kind
        children = list(cursor.get_children())
        for position, child in enumerate(children):
            if not self.is_here(child):
                continue
            if kind in DECLARATIONS or kind in FUNCTIONS:
                # In front of the name are types, and the arguments of templates.
                if child.extent.start.offset < cursor.location.offset:
                    continue
            if kind == Kind.COMPOUND_STMT or (kind in (Kind.CASE_STMT, Kind.DEFAULT_STMT) and
                                              position == len(children) - 1):
                self.drop_statement(child)
            constant = self._is_constant
            if (kind == Kind.CASE_STMT and position == 0) or (position == 0 and self.is_if_constexpr(cursor)):
                self._is_constant = True
            self.walk(child, within)
            self._is_constant = constant

    def is_if_constexpr(self, cursor):
        return cursor.kind == Kind.IF_STMT and re.match(r"if\s+constexpr\b", self.source(cursor))

    def is_constant(self, cursor):
        if cursor.kind != Kind.VAR_DECL:
            return False
        head = self.text[cursor.extent.start.offset:cursor.location.offset]
        return "constexpr" in head.split()

    def name_of(self, cursor):
        names = [cursor.spelling]
        parent = cursor.semantic_parent
        while parent is not None and parent.kind in SCOPES:
            if parent.kind != Kind.NAMESPACE:
                names.insert(0, parent.spelling)
            parent = parent.semantic_parent
        return "::".join(names)

    def mutate(self, cursor):
        kind = cursor.kind
        if kind in INFIX:
            self.change_infix(cursor)
        elif kind == Kind.CALL_EXPR and cursor.spelling.startswith("operator"):
            self.change_call(cursor)
        elif kind == Kind.UNARY_OPERATOR:
            self.change_unary(cursor)
        elif kind in (Kind.INTEGER_LITERAL, Kind.CHARACTER_LITERAL, Kind.CXX_BOOL_LITERAL_EXPR):
            self.change_literal(cursor)
        elif kind in (Kind.IF_STMT, Kind.WHILE_STMT, Kind.CONDITIONAL_OPERATOR):
            self.negate(next(cursor.get_children(), None))
        elif kind == Kind.RETURN_STMT and self._returns_bool:
            self.negate(next(cursor.get_children(), None))
        elif kind in FUNCTIONS and cursor.is_definition():
            self._returns_bool = cursor.result_type.spelling == "bool"

    _returns_bool = False

    def change_infix(self, cursor):
        left, right = list(cursor.get_children())[:2]
        begin, end = left.extent.end.offset, right.extent.start.offset
        self.replace_operator(cursor.extent.start.offset, cursor.extent.end.offset, begin, end)

    def change_call(self, cursor):
        """An operator of a class. A comparison that the compiler writes anew with <=> ends for Clang
        at the operator; the operands inside say where it really ends."""
        place = None
        first, last = cursor.extent.start.offset, cursor.extent.end.offset
        for child in cursor.walk_preorder():
            last = max(last, child.extent.end.offset)
            first = min(first, child.extent.start.offset)
            if place is None and child.kind == Kind.DECL_REF_EXPR and \
                    child.spelling.startswith("operator"):
                place = child.extent
        if place is not None and first < place.start.offset and place.end.offset < last:
            self.replace_operator(first, last, place.start.offset, place.end.offset)

    def replace_operator(self, first, last, begin, end):
        operator = self.text[begin:end].strip()
        for other in OPERATORS.get(operator, []):
            self.add(first, last, self.text[first:begin] + f" {other} " + self.text[end:last])

    def change_unary(self, cursor):
        begin, end = cursor.extent.start.offset, cursor.extent.end.offset
        text = self.text[begin:end]
        for old, new in (("++", "--"), ("--", "++")):
            if text.startswith(old):
                self.add(begin, end, new + text[2:])
                return
            if text.endswith(old):
                self.add(begin, end, text[:-2] + new)
                return
        if text[0] == "!":
            self.add(begin, end, f"static_cast<bool>({text[1:]})")
        elif text[0] in "~-":
            self.add(begin, end, text[1:])

    def change_literal(self, cursor):
        begin, end = cursor.extent.start.offset, cursor.extent.end.offset
        text = self.text[begin:end]
        if cursor.kind == Kind.CXX_BOOL_LITERAL_EXPR:
            self.add(begin, end, "false" if text == "true" else "true")
        elif cursor.kind == Kind.CHARACTER_LITERAL:
            self.add(begin, end, f"static_cast<char>({text} + 1)")
        elif number := re.fullmatch(r"((?:0[xX][\da-fA-F']+|0[bB][01']+|[\d']+))[uUlLzZ]*", text):
            self.add(begin, end, f"{text} + 1")
            if int(number[1].replace("'", ""), 0) != 0:
                self.add(begin, end, f"{text} - 1")

    def negate(self, condition):
        """Unless its own operator is changed already."""
        if condition is None or condition.kind in (*INFIX, Kind.VAR_DECL, Kind.UNARY_OPERATOR,
                                                   Kind.CXX_BOOL_LITERAL_EXPR, Kind.DECL_STMT):
            return
        if not self.is_here(condition):
            return
        inner = condition
        while inner.kind == Kind.UNEXPOSED_EXPR and len(list(inner.get_children())) == 1:
            inner = next(inner.get_children())
        if inner.kind in (*INFIX, Kind.UNARY_OPERATOR, Kind.CXX_BOOL_LITERAL_EXPR) or \
                inner.spelling[len("operator"):] in TRUTH and inner.spelling.startswith("operator"):
            return
        begin, end = condition.extent.start.offset, condition.extent.end.offset
        self.add(begin, end, f"!static_cast<bool>({self.text[begin:end]})")

    def flip_enumerator(self, cursor):
        enumerator = cursor.referenced
        if enumerator is None or enumerator.kind != Kind.ENUM_CONSTANT_DECL:
            return
        names = [child.spelling for child in enumerator.semantic_parent.get_children()
                 if child.kind == Kind.ENUM_CONSTANT_DECL]
        other = names[(names.index(enumerator.spelling) + 1) % len(names)]
        text = self.source(cursor)
        if other != enumerator.spelling and text.endswith(enumerator.spelling):
            self.add(cursor.extent.start.offset, cursor.extent.end.offset,
                     text[:-len(enumerator.spelling)] + other)

    def weaken_order(self, cursor):
        begin, end = cursor.extent.start.offset, cursor.extent.end.offset
        prefix, name, order = self.text[begin:end].partition("memory_order_")
        for weaker in WEAKER.get(order, []) if name else []:
            self.orders[begin, weaker] = Mutant(self.path, self._function, self.text, (begin, end),
                                                prefix + name + weaker)

    def drop_statement(self, cursor):
        text = self.source(cursor)
        if cursor.kind in STATEMENTS and not text.startswith(NEVER_RETURN):
            self.add(cursor.extent.start.offset, cursor.extent.end.offset, None)


def roots(unit, finder):
    """The outermost declarations of the unit that stand in the finder's file."""
    return [child for child in unit.cursor.get_children() if finder.is_here(child)]


def finders(paths):
    """Each file of `paths`, gone through."""
    index = clang.Index.create()
    headers = [path for path in paths if path.suffix == ".hpp"]
    all_headers = "".join(f'#include "{path}"\n' for path in headers)
    shared = index.parse("all.cpp", args=PARSE_FLAGS, unsaved_files=[("all.cpp", all_headers)])
    for path in paths:
        unit = shared if path.suffix == ".hpp" else index.parse(str(path), args=PARSE_FLAGS)
        errors = [error for error in unit.diagnostics if error.severity >= clang.Diagnostic.Error]
        if errors:
            sys.exit(f"error: {path}: {errors[0]}")
        finder = Finder(path)
        for root in roots(unit, finder):
            finder.walk(root)
        yield finder


def numbered(mutants):
    """In the order of the text; those of a file that read the same have different copies."""
    places = {}
    for mutant in sorted(mutants, key=lambda each: (each.begin, -each.end)):
        places[mutant.key()] = mutant.copy = places.get(mutant.key(), 0) + 1
        yield mutant


def find(paths):
    """(mutants, how many were left alone because the compiler evaluates them by itself)"""
    mutants, constant = [], 0
    for finder in finders(paths):
        mutants += numbered(finder.found.values())
        constant += len(finder.constant - set(finder.found))
    return mutants, constant


def find_orders(paths):
    """The memory orders that could be weaker."""
    return [mutant for finder in finders(paths) for mutant in numbered(finder.orders.values())]
