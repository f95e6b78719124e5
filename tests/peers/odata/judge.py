#!/usr/bin/env python3
"""Reads filters, one a line, with an OData parser that this project did not write (`odata-query`), and prints what each
means as JSON, one a line: lists that begin with a name. A filter that is none gives `["error", ...]`.
"""

import json
import sys

from odata_query import ast
from odata_query.exceptions import ODataException
from odata_query.grammar import ODataLexer, ODataParser


def path(node):
    if isinstance(node, ast.Attribute):
        return path(node.owner) + [node.attr]
    return [node.name]


def joined(node, operator):
    if isinstance(node, ast.BoolOp) and type(node.op) is operator:
        return joined(node.left, operator) + joined(node.right, operator)
    return [meaning(node)]


COMPARATORS = {
    ast.Eq: "eq", ast.NotEq: "ne", ast.Gt: "gt", ast.GtE: "ge", ast.Lt: "lt", ast.LtE: "le", ast.In: "in",
}
LITERALS = {
    ast.String: "text", ast.Integer: "int", ast.Float: "decimal", ast.Boolean: "bool", ast.GUID: "id",
    ast.Date: "date", ast.DateTime: "instant",
}


def meaning(node):
    if isinstance(node, (ast.Identifier, ast.Attribute)):
        return ["path", *path(node)]
    if isinstance(node, ast.Null):
        return ["null"]
    if isinstance(node, ast.List):
        return ["list", *map(meaning, node.val)]
    if type(node) in LITERALS:
        return [LITERALS[type(node)], node.val]
    if isinstance(node, ast.Compare):
        return [COMPARATORS[type(node.comparator)], meaning(node.left), meaning(node.right)]
    if isinstance(node, ast.Call):
        return ["call", node.func.name, *map(meaning, node.args)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ["not", meaning(node.operand)]
    if isinstance(node, ast.BoolOp):
        name = "and" if isinstance(node.op, ast.And) else "or"
        return [name, *joined(node, type(node.op))]
    return ["error", f"unexpected {type(node).__name__}"]


def judge(text):
    try:
        node = ODataParser().parse(ODataLexer().tokenize(text))
    except ODataException as error:
        return ["error", type(error).__name__]
    return meaning(node) if node is not None else ["error", "nothing"]


def main():
    sys.stdin.reconfigure(encoding="utf-8", newline="\n")
    sys.stdout.reconfigure(encoding="utf-8")
    for line in sys.stdin:
        print(json.dumps(judge(line.rstrip("\n"))), flush=False)


if __name__ == "__main__":
    main()
