"""Answers requests about Python, one JSON object a line.

source: code, answered with the variables that it binds, each as [kind, content]
parameters: JSON text, the same for the cell that papermill makes of it
names: a list, answered with whether each can be a variable's
module: a file, answered with what its assignments outside all blocks bind, each as [value's tree, literal's type]
expressions: a list, answered with their trees
notebook: a file, answered with what papermill says of its parameters
"""

import ast
import json
import struct
import sys
import warnings

try:
    from IPython.core.inputtransformer2 import TransformerManager
except ImportError:
    TransformerManager = None


def canon(value):
    if value is None:
        return ["null"]
    if isinstance(value, bool):
        return ["boolean", value]
    if isinstance(value, int):
        return ["integer", str(value)]
    if isinstance(value, float):
        return ["float", "nan" if value != value else struct.pack(">d", value).hex()]
    if isinstance(value, str):
        return ["text", units(value)]
    if isinstance(value, list):
        return ["list", [canon(item) for item in value]]
    if isinstance(value, dict):
        return ["map", [[units(key), canon(item)] for key, item in value.items()]]
    return ["other", repr(value)]


def units(text):
    return [unit for (unit,) in struct.iter_unpack(">H", text.encode("utf-16-be", "surrogatepass"))]


LITERALS = {
    ast.List: "list",
    ast.ListComp: "list",
    ast.Dict: "dict",
    ast.DictComp: "dict",
    ast.Set: "set",
    ast.SetComp: "set",
    ast.Tuple: "tuple",
    ast.JoinedStr: "str",
}


def literal_type(node):
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
        node = node.operand
    if isinstance(node, ast.Constant):
        return type(node.value).__name__
    return LITERALS.get(type(node))


def bind(target, value, bound):
    if isinstance(target, ast.Name):
        bound[target.id] = [ast.dump(value), literal_type(value)]
    elif isinstance(target, (ast.Tuple, ast.List)):
        if any(isinstance(item, ast.Starred) for item in target.elts):
            return
        paired = (
            isinstance(value, (ast.Tuple, ast.List))
            and len(value.elts) == len(target.elts)
            and not any(isinstance(item, ast.Starred) for item in value.elts)
        )
        for index, item in enumerate(target.elts):
            bind(item, value.elts[index] if paired else value, bound)


def declared(source):
    bound = {}
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                bind(target, statement.value, bound)
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            bound[statement.target.id] = [statement.value and ast.dump(statement.value), None]
    return bound


def tree(expression):
    return ast.dump(ast.parse(expression.strip(), mode="eval").body)


def answer(request):
    if "module" in request:
        with open(request["module"], encoding="utf-8") as file:
            return declared(file.read())
    if "expressions" in request:
        return [text and tree(text) for text in request["expressions"]]
    if "notebook" in request:
        from papermill.inspection import inspect_notebook

        return list(inspect_notebook(request["notebook"]).values())
    if "names" in request:
        import keyword
        import unicodedata

        return [
            name.isidentifier() and not keyword.iskeyword(unicodedata.normalize("NFKC", name))
            for name in request["names"]
        ]
    if "parameters" in request:
        from papermill.translators import translate_parameters

        source = translate_parameters("python3", "python", json.loads(request["parameters"]))
    else:
        source = request["source"]
        if TransformerManager is not None:
            source = TransformerManager().transform_cell(source)
    bound = {}
    exec(source, {}, bound)
    return {name: canon(value) for name, value in bound.items()}


sys.set_int_max_str_digits(0)
warnings.simplefilter("ignore")
for line in sys.stdin:
    try:
        reply = {"bound": answer(json.loads(line))}
    except BaseException as error:
        reply = {"error": repr(error)}
    print(json.dumps(reply), flush=True)
