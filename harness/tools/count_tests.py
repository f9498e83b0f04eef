#!/usr/bin/env python3
"""count_tests.py JUNIT.xml ... : the failed and skipped tests by name, then "N passed, N failed, N skipped"."""
import sys
import xml.etree.ElementTree as ET

passed = failed = skipped = 0
for path in sys.argv[1:]:
    for suite in ET.parse(path).getroot().iter("testsuite"):
        for case in suite.findall("testcase"):
            name = f"{suite.get('name')}: {case.get('name')}"
            if case.find("failure") is not None or case.find("error") is not None:
                failed += 1
                print(f"failed   {name}")
            elif case.find("skipped") is not None:
                skipped += 1
                print(f"skipped  {name}")
            else:
                passed += 1
print(f"{passed} passed, {failed} failed, {skipped} skipped")
sys.exit(1 if failed or not passed else 0)
