"""Every fifth sentence of SemCor, as a data set of its own: for suites that keep all training vectors."""
import gzip
import itertools
import os
import re

NAME = "semcor-fifth"


def make(semcor, folder):
    """semcor: the folder of the unified framework's SemCor; folder: where NAME is to be. What is there is not made again."""
    target, source = os.path.join(folder, NAME), os.path.join(semcor, "semcor")
    if os.path.exists(target):
        return target
    half = f"{target}.{os.getpid()}"
    os.makedirs(half)
    packed = os.path.exists(source + ".data.xml.gz")
    with (gzip.open if packed else open)(source + ".data.xml" + (".gz" if packed else ""), "rt", encoding="utf-8") as file:
        counter = itertools.count()
        text = re.sub(r"<sentence .*?</sentence>\n", lambda found: found[0] if next(counter) % 5 == 4 else "", file.read(), flags=re.DOTALL)
    kept = set(re.findall(r'<instance id="([^"]+)"', text))
    with open(source + ".gold.key.txt", encoding="utf-8") as file:
        gold = [line for line in file if line.split()[0] in kept]
    for name, content in ((".data.xml", text), (".gold.key.txt", "".join(gold))):
        with open(os.path.join(half, NAME + name), "w", encoding="utf-8") as file:
            file.write(content)
    os.rename(half, target)
    return target
