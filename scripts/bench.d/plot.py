"""Draws rows as SVG: medians as bars with the least and the most, slopes as lines. On a background of its own, so that it
can be read on a light and on a dark page."""
import math
import re
import statistics
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, TOP = 860, 240, 70, 62
BAR, STEP, CAPTION = 12, 17, 24
OURS, OTHERS = "#1f6feb", "#8c959f"
COLOURS = ("#1f6feb", "#1a7f37", "#bc4c00", "#8250df", "#8250df")
LOG_FROM = 20  # a factor between the least and the most
SECONDS = ("wall, seconds", lambda sample: sample["wall_s"])


def bars_of(row, result):
    """What an axis shows, the value of a sample, the caption of a group."""
    if row == 2:
        count = int(re.match(r"\d+", result["tables"][0][0]).group())
        return "CPU of a host, milliseconds", lambda sample: sample["cpu_s"] / count * 1000, "{}"
    if row == 11:
        return "images a second", lambda sample: 10000 / sample["wall_s"], "{}"
    if row in (8, 10):
        return "wall, milliseconds", lambda sample: sample["wall_s"] * 1000, "{}"
    captions = {1: "{} hosts", 4: "a round trip of {} ms"}
    return (*SECONDS, captions.get(row, "{}")) if row in (1, 4, 5, 6, 7, 9, 13) else None


def groups_of(samples, value, caption):
    """[caption, [name, median, least, most]]: a group for each folder of samples, one without a caption for those beside."""
    def bar(name, all_):
        values = [value(sample) for sample in all_]
        return name, statistics.median(values), min(values), max(values)

    def is_leaf(one):
        return isinstance(one, list) and one

    groups = [["", [bar(name, all_) for name, all_ in samples.items() if is_leaf(all_)]]]
    for group, inner in samples.items():
        if not isinstance(inner, dict):
            continue
        bars = [bar(name, all_) for name, all_ in inner.items() if is_leaf(all_)]
        for threads, by_program in inner.items():  # row 10
            if isinstance(by_program, dict):
                bars += [bar(f"{name}, {threads} thread{'s' * (int(threads) > 1)}", all_) for name, all_ in by_program.items()]
        groups.append([caption.format(group), bars])
    return [group for group in groups if group[1]]


class Axis:
    """From values to places between `start` and `end`, and where its lines are."""

    def __init__(self, least, most, start, end, log):
        self.log, self.start, self.end = log, start, end
        if log:
            powers = range(math.floor(math.log10(least)) - 1, math.ceil(math.log10(most)) + 1)
            marks = [step * 10.0 ** power for power in powers for step in (1, 2, 5)]
            low = max(mark for mark in marks if mark * 1.5 <= least)  # the shortest bar can be seen
            high = min(mark for mark in marks if mark >= most * 0.999)
            tens = high / low > 500
            self.marks = [mark for mark in marks if low <= mark <= high and not (tens and f"{mark:e}"[0] != "1")]
            self.low, self.high = math.log10(low), math.log10(high)
        else:
            power = 10.0 ** math.floor(math.log10(most))
            step = next(part * power for part in (0.1, 0.2, 0.5, 1, 2) if most / (part * power) <= 8)
            self.low, self.high = 0, math.ceil(most / step - 1e-9) * step
            self.marks = [i * step for i in range(round(self.high / step) + 1)]

    def at(self, value):
        place = math.log10(value) if self.log else value
        return self.start + (place - self.low) / (self.high - self.low) * (self.end - self.start)


def text(x, y, words, more=""):
    return f'<text x="{x:.0f}" y="{y:.0f}"{more}>{escape(words)}</text>'


def frame(height, title, label, about, body):
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        'font-family="DejaVu Sans,Helvetica,Arial,sans-serif" font-size="12" fill="#1f2328">',
        f"<title>{escape(title)}</title>",
        f'<rect x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="6" fill="#fff" stroke="#d0d7de"/>',
        text(16, 26, title, ' font-size="16" font-weight="bold"'), text(16, 46, label, ' fill="#59636e"'), *body,
        text(16, height - 12, about, ' font-size="10" fill="#59636e"'), "</svg>"]) + "\n"


def short(value):
    return f"{value:.3g}" if value < 1000 else f"{value:.0f}"


def grid(axis, top, bottom):
    path = "".join(f"M{axis.at(mark):.1f} {top}V{bottom}" for mark in axis.marks)
    return [f'<path d="{path}" stroke="#d8dee4" fill="none"/>'] + [
        text(axis.at(mark), bottom + 16, f"{mark:,g}", ' text-anchor="middle" fill="#59636e"') for mark in axis.marks]


def bars(title, label, groups, about):
    values = [value for _, all_ in groups for bar in all_ for value in bar[1:]]
    log = max(values) / min(values) > LOG_FROM
    axis = Axis(min(values), max(values), LEFT, WIDTH - RIGHT, log)
    y, body, whiskers = TOP, [], ""
    for caption, all_ in groups:
        if caption:
            body.append(text(16, y + 14, caption, ' font-weight="bold"'))
            y += CAPTION
        for name, median, least, most in all_:
            middle, start, end = y + STEP / 2, axis.start, axis.at(median)
            body.append(text(LEFT - 8, y + 13, name, ' text-anchor="end"'))
            body.append(f'<rect x="{start}" y="{y + 2}" width="{end - start:.1f}" height="{BAR}" '
                        f'fill="{OURS if name.startswith("cef") else OTHERS}"/>')
            body.append(text(max(end, axis.at(most)) + 6, y + 13, short(median)))
            whiskers += f"M{axis.at(least):.1f} {middle}H{axis.at(most):.1f}" + "".join(
                f"M{axis.at(one):.1f} {middle - 3}v6" for one in (least, most))
            y += STEP
        y += 8
    label += (", logarithmic" if log else "") + "; the bar is the median, the line from the least to the most of the runs"
    body.append(f'<path class="whiskers" d="{whiskers}" stroke="#1f2328" fill="none"/>')
    return frame(y + 50, title, label, about, grid(axis, TOP, y) + body)


def lines(title, label, series, about, log):
    """Series: name, [(x, y)], dashed. The label: of y, of x."""
    points = [point for _, all_, _ in series for point in all_]
    across = Axis(min(x for x, _ in points), max(x for x, _ in points), 70, 580, log)
    bottom = TOP + 340
    up = Axis(min(y for _, y in points), max(y for _, y in points), bottom, TOP, log)
    level = "".join(f"M{across.start} {up.at(mark):.1f}H{across.end}" for mark in up.marks)
    body = grid(across, TOP, bottom) + [f'<path d="{level}" stroke="#d8dee4" fill="none"/>']
    body += [text(across.start - 8, up.at(mark) + 4, f"{mark:,g}", ' text-anchor="end" fill="#59636e"') for mark in up.marks]
    body.append(text(325, bottom + 36, label[1], ' text-anchor="middle" fill="#59636e"'))
    for number, (name, all_, dashed) in enumerate(series):
        stroke = f'stroke="{COLOURS[number]}" stroke-width="2" fill="none"' + (' stroke-dasharray="6 4"' if dashed else "")
        path = "L".join(f"{across.at(x):.1f} {up.at(y):.1f}" for x, y in all_)
        body.append(f'<path class="line" d="M{path}" {stroke}/><path d="M595 {TOP + 16 + 22 * number}h26" {stroke}/>')
        body.append(text(628, TOP + 20 + 22 * number, name))
    return frame(bottom + 70, title, label[0] + (", logarithmic" if log else ""), about, body)


def memory(result):
    """Row 3: the peaks of few and of many hosts, and where the goal would end."""
    few, many = map(int, re.search(r"(\d+) to (\d+)", str(result["tables"])).groups())
    peaks = [statistics.median(round_[i] for round_ in result["samples"]["peaks_kib"]) * 1.024e-3 for i in (0, 1)]
    return ("peak memory, MB", "hosts that wait at once"), [
        ("cef, medians", [(few, peaks[0]), (many, peaks[1])], False),
        ("20 kB a host more, the goal", [(few, peaks[0]), (many, peaks[0] + (many - few) * 0.02)], True)], False


def scale(result):
    """Row 14: CPU of each part at each size, and ping's slope drawn on."""
    series = {}
    for name, all_ in result["samples"].items():
        part, count = re.fullmatch(r"(.*), (\d+)(?: at once)?", name).groups()
        series.setdefault(part, []).append((int(count), statistics.median(sample["cpu_s"] for sample in all_)))
    (few, least), (many, most) = series["ping"]
    slope = (most - least) / (many - few)
    ahead = [(many, most)] + [(count, slope * count) for count in (10000, 100000)]
    return ("CPU, seconds", "hosts, logarithmic"), [(part, points, False) for part, points in series.items()] + [
        ("ping, extrapolated", ahead, True)], True


def draw(row, result, about):
    """The SVG of a row, or nothing where none says more than the table."""
    title = f"{row}. {result['title']}"
    if not result["samples"]:
        return None
    if row in (3, 14):
        label, series, log = memory(result) if row == 3 else scale(result)
        return lines(title, label, series, about, log)
    shown = bars_of(row, result)
    return bars(title, shown[0], groups_of(result["samples"], *shown[1:]), about) if shown else None
