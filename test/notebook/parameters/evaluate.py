"""Evaluates cells of Python, one JSON request a line: {"source": code} or {"parameters": JSON text, for papermill to write}.

Answers with the variables that the code binds, each as [kind, content].
"""

import json
import struct
import sys

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


def answer(request):
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
for line in sys.stdin:
    try:
        reply = {"bound": answer(json.loads(line))}
    except BaseException as error:
        reply = {"error": repr(error)}
    print(json.dumps(reply), flush=True)
