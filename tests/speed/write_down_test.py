#!/usr/bin/python3
"""scripts/bench --from: what it makes of a run's JSON, in a copy of scripts and of an empty docs/performance.md."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as xml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
SVG = "{http://www.w3.org/2000/svg}"


def samples(*walls):
    return [{"wall_s": wall, "cpu_s": wall / 10, "peak_kib": 1000} for wall in walls]


def row(title, of, tables=()):
    return {"title": title, "tables": list(tables), "goals": [], "notes": ["A note."], "samples": of, "load": [2.6, 4.2],
            "seconds": 61.0}


GOAL = {"goal": "cef / pssh", "value": 0.5, "limit": 0.55, "unit": "", "met": True, "least": False}
TABLE = ["5 hosts", [["", "wall"], ["cef", "1.00 s"]]]
RUN = {"schema": "cef.speed/1",
       "machine": {"processor": "A processor", "cores": 4, "memory_gib": 23, "system": "Debian", "kernel": "6.1",
                   "load": [1, 1, 1], "versions": ["ansible [core 2.14.18]", "2.3.4"]},
       "rows": {"1": row("Ping <5> hosts", {"fans": {"pssh": 64}, "100": {"cef": samples(1, 4, 2), "pssh": samples(8, 6, 7)}},
                         [TABLE]) | {"goals": [GOAL, GOAL | {"goal": "cef / pdsh", "value": 0.6, "met": False}]},
                "3": row("Light", {"cef": samples(1), "peaks_kib": [[20000, 50000]] * 3}, [["", [["memory, 500 to 2000"]]]]),
                "8": row("Start", {"cef --version": samples(0.01, 0.012, 0.008), "ansible --version": samples(0.5)}),
                "12": row("Overhead", {"overhead": [{"query_us": 20}]}),
                "14": row("Scale", {"merge, 1000": samples(0.1), "merge, 10000": samples(1), "ping, 100 at once": samples(1),
                                    "ping, 500 at once": samples(4)})}}


class WriteDown(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        shutil.copytree(os.path.join(ROOT, "scripts"), os.path.join(self.folder, "scripts"))
        os.mkdir(os.path.join(self.folder, "docs"))
        with open(os.path.join(self.folder, "docs", "performance.md"), "w", encoding="utf-8") as file:
            file.write("# Performance\n\n<!-- bench: row 8 -->\nold\n<!-- /bench: row 8 -->\n\nKept.\n")

    def bench(self, run, *more):
        path = os.path.join(self.folder, f"run-{len(os.listdir(self.folder))}.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(run if isinstance(run, str) else json.dumps(run))
        return subprocess.run([os.path.join(self.folder, "scripts", "bench"), "--from", path, *more], capture_output=True,
                              text=True, check=False)

    def text(self, *path):
        with open(os.path.join(self.folder, "docs", *path), encoding="utf-8") as file:
            return file.read()

    def picture(self, number):
        return xml.fromstring(self.text("performance", f"row-{number:02}.svg"))

    def bars(self, number):
        """Where each bar begins, how long it is and the text at its end, by the text before it."""
        found, name, rect = {}, "", None
        for element in self.picture(number).iter():
            if element.tag == SVG + "rect" and "stroke" not in element.attrib:
                rect = [float(element.get("x")), float(element.get("width"))]
            elif element.tag == SVG + "text" and rect:
                found[name], rect = rect + [element.text], None
            elif element.tag == SVG + "text":
                name = element.text
        return found

    def test_the_page_gets_its_blocks_and_keeps_the_rest(self):
        ran = self.bench(RUN)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        page = self.text("performance.md")
        for part in ("The machine: A processor, 4 cores, 23 GiB, Debian, Linux 6.1. Versions: ansible [core 2.14.18]; pssh 2.3.4.",
                     "### 1. Ping <5> hosts\n\n![Ping <5> hosts: the table below as a plot](performance/row-01.svg)\n\n5 hosts:",
                     "| cef | 1.00 s |", "| cef / pssh | ≤ 0.550 | 0.500 | met |", "A note.",
                     "before and after: 3 and 4; the row took 61 s.", "\n\nKept.\n"):
            self.assertIn(part, page)
        self.assertNotIn("old", page)
        self.assertEqual(sorted(os.listdir(os.path.join(self.folder, "docs", "performance"))),
                         ["row-01.svg", "row-03.svg", "row-08.svg", "row-14.svg"])
        self.assertEqual(self.bench(RUN).returncode, 0)
        self.assertEqual(self.text("performance.md"), page)

    def test_a_bar_is_as_long_as_its_median(self):
        self.bench(RUN)
        bars = self.bars(1)  # linear from zero
        self.assertEqual([bar[2] for bar in bars.values()], ["2", "7"])
        self.assertAlmostEqual(bars["pssh"][1] / bars["cef"][1], 7 / 2, places=2)
        self.assertEqual(bars["pssh"][0], bars["cef"][0])
        bars = self.bars(8)  # logarithmic from 5 ms to 0.5 s
        self.assertEqual([bar[2] for bar in bars.values()], ["10", "500"])
        self.assertAlmostEqual(bars["cef --version"][1] / bars["ansible --version"][1], 0.30103 / 2, places=3)

    def test_whiskers_go_from_the_least_to_the_most(self):
        self.bench(RUN)
        start, length, _ = self.bars(1)["cef"]
        path = next(element.get("d") for element in self.picture(1).iter(SVG + "path") if element.get("class") == "whiskers")
        least, most = float(path[1:].split()[0]), float(path.partition("H")[2].partition("M")[0])
        self.assertAlmostEqual(least, start + length / 2, places=0)
        self.assertAlmostEqual(most, start + length * 2, places=0)

    def test_what_was_not_measured_is_drawn_as_extrapolated(self):
        self.bench(RUN)
        dashed = [element for element in self.picture(14).iter(SVG + "path") if element.get("stroke-dasharray")]
        self.assertEqual([element.get("class") for element in dashed], ["line", None])
        self.assertEqual(dashed[0].get("d").count("L"), 2)
        words = [element.text for element in self.picture(14).iter(SVG + "text")]
        self.assertIn("ping, extrapolated", words)

    def test_pictures_are_small_and_name_the_machine(self):
        self.bench(RUN)
        for number in (1, 3, 8, 14):
            self.assertLess(len(self.text("performance", f"row-{number:02}.svg")), 20000)
            words = [element.text for element in self.picture(number).iter(SVG + "text")]
            self.assertIn("A processor, 4 cores, 23 GiB, Debian, Linux 6.1; load before and after 3 and 4", words)

    def test_only_some_rows_or_none(self):
        self.assertEqual(self.bench(RUN, "--only", "8").returncode, 0)
        self.assertNotIn("Ping", self.text("performance.md"))
        before = self.text("performance.md")
        ran = self.bench(RUN, "--no-docs")
        self.assertIn("### 1. Ping", ran.stdout)
        self.assertEqual(self.text("performance.md"), before)

    def test_the_summary_is_of_a_run_of_all_rows(self):
        self.bench(RUN, "--only", "8")
        self.assertIn("<!-- bench: summary -->", self.text("performance.md"))
        self.bench(RUN)
        page = self.text("performance.md")
        self.assertIn("| 1 | Ping <5> hosts | 1 of 2 | cef / pdsh: 0.600 |", page)
        self.assertIn("| 8 | Start | none set |  |", page)
        self.bench(RUN, "--only", "8")
        self.assertEqual(self.text("performance.md"), page)

    def test_of_a_row_in_two_runs_the_later_counts(self):
        later = os.path.join(self.folder, "later.json")
        with open(later, "w", encoding="utf-8") as file:
            json.dump(RUN | {"rows": {"8": row("Start anew", {})}}, file)
        self.assertEqual(self.bench(RUN, later).returncode, 0)
        self.assertIn("### 8. Start anew", self.text("performance.md"))
        self.assertIn("### 1. Ping", self.text("performance.md"))

    def test_other_files_are_refused(self):
        before = self.text("performance.md")
        for wrong in ("no JSON", {"schema": "cef.ping/1"}, {"schema": "cef.speed/1", "rows": {"1": {}}}, []):
            ran = self.bench(wrong)
            self.assertEqual(ran.returncode, 1)
            self.assertIn("not what a run wrote with --json", ran.stderr)
            self.assertNotIn("Traceback", ran.stderr)
        self.assertEqual(self.text("performance.md"), before)


if __name__ == "__main__":
    unittest.main()
