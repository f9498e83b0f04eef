#!/usr/bin/env python3
"""A few lemmas of two wordnets of the Open Multilingual WordNet, with their licences: tests/golden/omw/.

    python3 tests/golden/make_omw_extract.py OMW_DATA    a clone of omwn/omw-data

Every line of the lemmas named below, in the order of the file, behind its first line; tests/cli/test_languages.sh
reads them. The licences (DanNet, Chinese Open Wordnet) allow copies and changes under their notice, which stands beside.
"""
import os
import shutil
import sys

WANTED = {"dan": ("dan", "bænk pil bue hjerne kort bror slå bank".split()), "cmn": ("cow", "头 打 银行 水".split())}
FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "omw")

for language, (name, lemmas) in WANTED.items():
    with open(os.path.join(sys.argv[1], "wns", name, f"wn-data-{language}.tab"), encoding="utf-8") as file:
        first, *lines = file
    with open(os.path.join(FOLDER, f"{language}.tab"), "w", encoding="utf-8") as file:
        file.write(first)
        file.writelines(line for line in lines if line.rstrip("\n").split("\t")[-1] in lemmas)
    shutil.copy(os.path.join(sys.argv[1], "wns", name, "LICENSE"), os.path.join(FOLDER, f"{language}.LICENSE"))
