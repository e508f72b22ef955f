"""Results as Markdown, between markers in docs/performance.md; what others wrote there stays."""
import os
import re

import plot

MOST_NAMED = 6

def table(rows):
    head, *body = rows
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in body])


def number(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}" if value < 100 else f"{value:.0f}"


def measured(goal, key="value"):
    return number(goal[key]) + (" " + goal["unit"] if goal["unit"] else "")


def goals(all_):
    rows = [["goal", "limit", "measured", ""]]
    for one in all_:
        rows.append([one["goal"], f"{'≥' if one['least'] else '≤'} {measured(one, 'limit')}", measured(one),
                     "met" if one["met"] else "**missed**"])
    return table(rows)


def section(row, result, picture=""):
    parts = [f"### {row}. {result['title']}"] + ([picture] if picture else [])
    for caption, rows in result["tables"]:
        parts += ([f"{caption}:"] if caption else []) + [table(rows)]
    parts += ([goals(result["goals"])] if result["goals"] else []) + result["notes"]
    parts += [f"Load of the machine before and after: {result['load'][0]:.0f} and {result['load'][1]:.0f}; "
              f"the row took {result['seconds']:.0f} s."]
    return "\n\n".join(parts)


def summary(results):
    """A line for each row: how many of its goals are met, and which are not."""
    rows = [["row", "", "goals met", "missed"]]
    for row, result in sorted(results.items()):
        missed = [f"{one['goal']}: {measured(one)}" for one in result["goals"] if not one["met"]]
        all_ = len(result["goals"])
        more = f"; … ({len(missed)} in all)" if len(missed) > MOST_NAMED else ""
        rows.append([str(row), result["title"], f"{all_ - len(missed)} of {all_}" if all_ else "none set",
                     "; ".join(missed[:MOST_NAMED]) + more])
    return table(rows)


def put(text, name, body):
    """Replaces what stands between the markers of `name`; appends both where they are missing."""
    begin, end = f"<!-- bench: {name} -->", f"<!-- /bench: {name} -->"
    block = f"{begin}\n{body}\n{end}"
    if begin in text and end in text:
        return text[:text.index(begin)] + block + text[text.index(end) + len(end):]
    return text.rstrip("\n") + "\n\n" + block + "\n"


def about(machine):
    """The machine in one line, then the versions."""
    # parallel-ssh gives its version without its name.
    versions = [f"pssh {line}" if line[0].isdigit() else line for line in machine["versions"]]
    return (f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['system']}, Linux "
            f"{machine['kernel']}"), versions


def put_picture(path, row, result, computer):
    """Draws the row beside the page; the Markdown that shows it."""
    load = f"load before and after {result['load'][0]:.0f} and {result['load'][1]:.0f}"
    svg = plot.draw(row, result, f"{computer}; {load}")
    if not svg:
        return ""
    folder, name = path.removesuffix(".md"), f"row-{row:02}.svg"
    os.makedirs(folder, exist_ok=True)
    write(os.path.join(folder, name), svg)
    return f"![{result['title']}: the table below as a plot]({os.path.basename(folder)}/{name})"


def write(path, text):
    temporary = path + ".new"
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)


def update(path, machine, results):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    computer, versions = about(machine)
    text = put(text, "machine", f"The machine: {computer}. Versions: " + "; ".join(versions) +
               ". A ratio is taken round by round: median (least–most).")
    for row, result in results.items():
        text = put(text, f"row {row}", section(row, result, put_picture(path, row, result, computer)))
    if set(re.findall(r"<!-- bench: row (\d+) -->", text)) == {str(row) for row in results}:  # one run measured them all
        text = put(text, "summary", summary(results))
    write(path, text)
