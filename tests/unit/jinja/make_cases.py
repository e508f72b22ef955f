#!/usr/bin/python3
"""Asks the installed Ansible what it makes of the texts in cases/*.txt, and writes the answers beside them as JSON.

Run it by hand when cases are added (Debian: ansible-core 2.14, python3-jinja2 3.1); the tests read the JSON only.
Lines of a .txt: "mode text", mode one of r (a value of a playbook), f (a file), w (a condition), x (an expression);
\\n in the text is a newline, \\\\ a backslash. "=name json" sets a variable for the lines that follow. "#" begins a comment.
"""
import json
import pathlib
import sys

from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.conditional import Conditional
from ansible.template import Templar
from ansible.utils.display import Display
from jinja2.runtime import StrictUndefined

Display.verbosity = 0
Display.warning = Display.deprecated = lambda *a, **k: None


def plain(value):
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set)):
        return [plain(v) for v in value]
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return str(value)


def answer(mode, text, variables):
    templar = Templar(loader=DataLoader(), variables=variables)
    if mode == "r":
        return plain(templar.template(text))
    if mode == "f":
        return templar.do_template(text, preserve_trailing_newlines=True, escape_backslashes=False)
    if mode == "w":
        conditional = Conditional(loader=DataLoader())
        conditional.when = [text]
        return bool(conditional.evaluate_conditional(templar, variables))
    names = {**templar.environment.globals, **variables}
    value = templar.environment.compile_expression(text, undefined_to_none=False)(**names)
    if isinstance(value, StrictUndefined):
        str(value)  # raises its words
    return plain(value)


def main():
    folder = pathlib.Path(__file__).parent / "cases"
    total = 0
    for source in sorted(folder.glob("*.txt")):
        variables, cases = {}, []
        for line in source.read_text().splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("="):
                name, value = line[1:].split(" ", 1)
                variables[name] = json.loads(value)
                continue
            mode, text = (line + " ").split(" ", 1) if " " not in line else line.split(" ", 1)
            text = text.replace("\\\\", "\0").replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace("\0", "\\")
            case = {"mode": mode, "text": text}
            try:
                case["result"] = answer(mode, text, dict(variables))
            except (AnsibleError, Exception) as error:  # whatever it raises is the answer
                case["error"] = str(getattr(error, "message", None) or error)[:300]
            cases.append(case)
        total += len(cases)
        lines = ",\n".join("  " + json.dumps(case, ensure_ascii=False) for case in cases)
        document = '{"variables": %s,\n "cases": [\n%s\n]}\n' % (json.dumps(variables, ensure_ascii=False), lines)
        source.with_suffix(".json").write_text(document)
    print(total, "cases")


if __name__ == "__main__":
    sys.exit(main())
