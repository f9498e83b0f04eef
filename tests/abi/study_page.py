#!/usr/bin/python3
"""STUDY.md, and what README.md and RESULTS.md quote of it, are what study.json makes; sentences follow from the tests; a changed number
is found.

    study_page.py SOURCE-ROOT
"""
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = sys.argv.pop(1)
TOOLS = os.path.join(ROOT, "harness", "tools")
sys.path.insert(0, TOOLS)
sys.dont_write_bytecode = True
import semcor_fifth  # noqa: E402
import study  # noqa: E402
from study_chapters import kinds_of_readout  # noqa: E402
from study_facts import Test, p_text  # noqa: E402
from study_statistics import gains, holm  # noqa: E402
from study_words import verdict  # noqa: E402


def a_test(difference, p, same):
    kept = {"difference": difference, "low": difference - 0.01, "high": difference + 0.01, "margin": 0.01, "units": 26,
            "units_are": "documents", "detectable": 0.015}
    return Test(kept, p, same)


class Documents(unittest.TestCase):
    def test_are_what_the_facts_make(self):
        done = subprocess.run(["/usr/bin/python3", "-B", os.path.join(TOOLS, "study.py"), "--check"], check=False, capture_output=True,
                              text=True)
        self.assertEqual((done.returncode, done.stdout), (0, "ok\n"), done.stderr)

    def test_a_changed_number_is_found(self):
        made = study.texts(study.Facts(study.FACTS), None)
        for name, old in (("README.md", "| best that one vector per word could reach | 43.8 |"), ("README.md", "(7,253 instances)"),
                          ("harness/doc/RESULTS.md", "| static ceiling | 93.1 |"), ("harness/doc/STUDY.md", "| static ceiling | 43.8 (")):
            path = os.path.join(study.ROOT, name)
            with open(path, encoding="utf-8") as file:
                text = file.read()
            self.assertIsNone(study.difference(path, text, made[path]))
            self.assertEqual(text.count(old), 1, old)
            wrong = study.difference(path, text.replace(old, old.replace("3", "4", 1)), made[path])
            self.assertIn(f"{name}:{text[:text.index(old)].count(chr(10)) + 1}: found", wrong)


class Sentences(unittest.TestCase):
    def test_follow_from_the_test(self):
        for test, begins in ((a_test(0.02, 0.01, 1), "A scores higher than B"), (a_test(-0.02, 0.05, 1), "A scores lower than B"),
                             (a_test(0.002, 0.3, 0.04), "A and B score the same within 1 point: +0.2"),
                             (a_test(0.02, 0.051, 0.06), "No difference between A and B is shown: +2.0 (+1.0 to +3.0; p = .051); one below 1.5 would")):
            self.assertEqual(verdict(test, "A", "B")[:len(begins)], begins)

    def test_different_and_the_same_within_a_point(self):
        self.assertEqual(str(a_test(0.003, 0.01, 0.02)), "+0.3 (-0.7 to +1.3; p = .01; the same within 1 point)")

    def test_small_p(self):
        self.assertEqual([p_text(p) for p in (0.00009, 0.0001, 0.0412, 1)], ["p < .0001", "p = .0001", "p = .041", "p = 1"])

    def test_kinds_of_readout_are_counted_apart(self):
        said, at_one = kinds_of_readout("Here", [("nn", 1), ("lemma", 0), ("gloss:x", -1), ("gloss:y", 1)])
        self.assertEqual(said, "Here attention gains more than feed-forward by 1 of 2 readouts that learn from occurrences, less by 0, and by "
                               "1 of 2 readouts by definitions, less by 1")
        self.assertEqual(at_one, ["that learn from occurrences"])


class Fifth(unittest.TestCase):
    def test_has_every_fifth_sentence_and_its_keys(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "semcor.data.xml"), "w", encoding="utf-8") as file:
                file.write("<corpus>\n" + "".join(f'<sentence id="s{i}">\n<instance id="s{i}.t0" lemma="a">a</instance>\n</sentence>\n'
                                                  for i in range(11)) + "</corpus>\n")
            with open(os.path.join(folder, "semcor.gold.key.txt"), "w", encoding="utf-8") as file:
                file.writelines(f"s{i}.t0 key%{i}\n" for i in range(11))
            made = os.path.join(semcor_fifth.make(folder, folder), "semcor-fifth")
            with open(made + ".gold.key.txt", encoding="utf-8") as file:
                self.assertEqual(file.read(), "s4.t0 key%4\ns9.t0 key%9\n")
            with open(made + ".data.xml", encoding="utf-8") as file:
                text = file.read()
            self.assertEqual((text.count("<sentence"), text.count('id="s4"'), text.count('id="s9"')), (2, 1, 1))


class Statistics(unittest.TestCase):
    def test_holm_by_hand(self):  # sorted .005 .01 .03 .04, times 4 3 2 1, never less than the one before
        self.assertEqual([round(p, 10) for p in holm([0.01, 0.04, 0.03, 0.005])], [0.03, 0.06, 0.06, 0.02])

    def test_gains_by_hand(self):
        right = {"table": {"a": 0, "b": 0, "c": 1}, "input": {"a": 0, "b": 0, "c": 0}, "1.attention": {"a": 1, "b": 1, "c": 0},
                 "1": {"a": 1, "b": 0, "c": 1}}
        found = gains(right, ["table", "input", "1.attention", "1"], {"a": "x", "b": "x", "c": "y"})
        self.assertEqual(found["units"], 2)
        for part, value in (("input", -1 / 3), ("attention", 2 / 3), ("feed-forward", 0), ("difference", 2 / 3)):
            self.assertAlmostEqual(found[part]["value"], value)
        # two clusters drawn twice: both x (attention 1, difference 1.5), both y (0, -1), or one of each
        self.assertAlmostEqual(found["attention"]["low"], 0)
        self.assertAlmostEqual(found["attention"]["high"], 1)
        self.assertAlmostEqual(found["difference"]["low"], -1)
        self.assertAlmostEqual(found["difference"]["high"], 1.5)


if __name__ == "__main__":
    unittest.main()
