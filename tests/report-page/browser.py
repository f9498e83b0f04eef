#!/usr/bin/env python3
"""browser.py OUT PAGE...: pages in headless Chromium, at 1280 and 390 pixels, light and dark.

Of each page and view a screenshot OUT/NAME-WIDTH-SCHEME.png is written, and it is checked that the
page does not scroll sideways, that every text has a contrast of 4.5 or more against what is behind
it (WCAG 2.1, 1.4.3), that nothing is fetched, that the console is free of errors, and that nothing
from a name or a sentence ran as a script. Ends with status 77 if there is no browser.
"""
import base64
import json
import pathlib
import shutil
import sys
import tempfile

CHROMIUM = shutil.which("chromium")
DRIVER = shutil.which("chromedriver")
if not CHROMIUM or not DRIVER:
    print("skipped: no chromium or no chromedriver (Debian: chromium, chromium-driver)")
    sys.exit(77)
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
except ImportError:
    print("skipped: no selenium (Debian: python3-selenium)")
    sys.exit(77)

WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
TALLEST = 9000  # of a screenshot, in pixels

# The contrast of every visible text with its background: the nearest painted ancestors, blended.
MEASURE = """
const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const colours = new Map();
function rgba(text) {
  if (!colours.has(text)) {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
    colours.set(text, [r, g, b, a / 255]);
  }
  return colours.get(text);
}
const over = (top, below) => [0, 1, 2].map(i => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
function luminance(c) {
  const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
const backgrounds = new Map();
function background(element) {
  if (!element) return rgba(getComputedStyle(document.body).backgroundColor);
  if (!backgrounds.has(element)) {
    const own = rgba(getComputedStyle(element).backgroundColor);
    backgrounds.set(element, own[3] === 1 ? own : over(own, background(element.parentElement)));
  }
  return backgrounds.get(element);
}
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const bad = [];
let texts = 0, lowest = 21;
while (walker.nextNode()) {
  const node = walker.currentNode, element = node.parentElement;
  if (!node.data.trim() || element.closest("script, style, title, desc") || !element.checkVisibility()) continue;
  const style = getComputedStyle(element);
  const below = background(element), ink = over(rgba(element.closest("svg") ? style.fill : style.color), below);
  const [high, low] = [luminance(ink), luminance(below)].sort((a, b) => b - a);
  const ratio = (high + 0.05) / (low + 0.05);
  texts++;
  lowest = Math.min(lowest, ratio);
  if (ratio < 4.5) bad.push(`${ratio.toFixed(2)} <${element.tagName} ${element.className.baseVal ?? element.className}> ${node.data.trim().slice(0, 40)}`);
}
return {texts, lowest, bad: bad.slice(0, 10), n_bad: bad.length};
"""

# Elements that stick out of the page and are in no box that scrolls.
WIDE = """
return [...document.body.querySelectorAll("*")].filter(e => !e.closest(".scroll, svg") &&
  e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(0, 5)
  .map(e => `<${e.tagName} ${e.className}> ${e.textContent.slice(0, 30)}`)"""

failures = 0


def check(condition, what):
    global failures
    if not condition:
        failures += 1
        print("FAILED:", what)


def start(profile):
    options = Options()
    options.binary_location = CHROMIUM
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                 "--force-color-profile=srgb", "--disable-background-networking", "--host-resolver-rules=MAP * ~NOTFOUND",
                 f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service(DRIVER), options=options)


def look(driver, out, page, width, scheme):
    view = f"{page.stem}, {width} pixels, {scheme}"
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600})
    driver.get(page.resolve().as_uri())
    scroll, client, height = driver.execute_script(
        "const e = document.documentElement; return [e.scrollWidth, e.clientWidth, e.scrollHeight]")
    check(client == width, f"{view}: the page is {client} wide")
    check(scroll <= client, f"{view}: the page scrolls sideways, {scroll} > {client}: {driver.execute_script(WIDE)}")
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {
        "captureBeyondViewport": True,
        "clip": {"x": 0, "y": 0, "width": width, "height": min(height, TALLEST), "scale": 1}})
    (out / f"{page.stem}-{width}-{scheme}.png").write_bytes(base64.b64decode(shot["data"]))
    driver.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
    scroll = driver.execute_script("return document.documentElement.scrollWidth")
    check(scroll <= client, f"{view}: the page scrolls sideways with all parts open, {scroll} > {client}")
    found = driver.execute_script(MEASURE)
    check(found["texts"] > 100, f"{view}: only {found['texts']} texts were measured")
    check(found["n_bad"] == 0, f"{view}: {found['n_bad']} texts below a contrast of 4.5: {found['bad']}")
    check(driver.execute_script("return window.harmed === undefined"), f"{view}: a text of the report ran as a script")
    print(f"{view}: {found['texts']} texts, lowest contrast {found['lowest']:.2f}, {height} high")


def sort_and_filter(driver, page):
    """The comfort works: a click on a head of numbers puts the greatest on top, the filter hides rows."""
    result = driver.execute_script("""
        const table = document.querySelector("table.headline"), body = table.tBodies[table.tBodies.length - 1];
        const head = table.tHead.rows[1].cells[0];
        head.querySelector("button").click();
        const column = [...body.rows].map(row => Number.parseFloat(row.cells[2].firstChild?.textContent));
        return [head.getAttribute("aria-sort"), column.filter(v => !Number.isNaN(v))];""")
    check(result[0] == "descending", f"{page.stem}: the first click sorts {result[0]}")
    check(result[1] == sorted(result[1], reverse=True), f"{page.stem}: sorted {result[1]}")


def complain(driver, page):
    for entry in driver.get_log("browser"):
        check(entry["level"] not in ("SEVERE", "WARNING"), f"{page.stem}: the console says {entry['message']}")
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url, whose = message["params"]["request"]["url"], message["params"]["documentURL"]
            if whose.startswith("file:"):  # not the browser's own start page
                check(url.startswith(("file:", "data:")), f"{page.stem}: the page asks for {url}")


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        driver = start(profile)
        try:
            for page in map(pathlib.Path, sys.argv[2:]):
                for width in WIDTHS:
                    for scheme in SCHEMES:
                        look(driver, out, page, width, scheme)
                if driver.execute_script("return document.querySelector('table.headline') !== null"):
                    sort_and_filter(driver, page)
                complain(driver, page)
        finally:
            driver.quit()
    sys.exit(failures > 0)


main()
