#!/usr/bin/env python3
"""browser.py OUT PAGE...: pages in headless Chromium, at 1280 and 390 pixels, light and dark.

Of each page and view a screenshot OUT/NAME-WIDTH-SCHEME.png is written, and it is checked that the
page does not scroll sideways, that every text has a contrast of 4.5 or more against what is behind
it (WCAG 2.1, 1.4.3), that no text is cut off or lies on another, in a chart or outside, and of a run's page that the
first screen holds the finding and the picture (where names are sane), that nothing is fetched, that the console is free of errors, and that nothing
from a name or a sentence ran as a script. Of wide.html, a page as large as there may be, it is measured how soon it opens. Ends with status 77 if
there is no browser.
"""
import base64
import json
import pathlib
import re
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

# Texts of a chart or of the picture that stick out of it, that are cut off, or that lie on each other. Slanted
# names are compared along their own direction.
BOXES = """
const bad = [];
function turned(points, angle) {
  const c = Math.cos(-angle), s = Math.sin(-angle), xs = points.map(p => p[0] * c - p[1] * s), ys = points.map(p => p[0] * s + p[1] * c);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}
const meet = (a, b) => Math.min(a[2], b[2]) - Math.max(a[0], b[0]) > 2 && Math.min(a[3], b[3]) - Math.max(a[1], b[1]) > 4;
function pairs(list, where) {
  for (let i = 0; i < list.length; i++) for (let k = 0; k < i; k++)
    if (list[i].angle === list[k].angle && meet(list[i].box, list[k].box)) bad.push(`${where}: "${list[i].text}" on "${list[k].text}"`);
}
let texts = 0;
for (const svg of document.querySelectorAll("svg.chart")) {
  if (!svg.checkVisibility()) continue;
  const frame = svg.getBoundingClientRect(), list = [];
  for (const text of svg.querySelectorAll("text")) {
    const own = text.getBBox(), m = text.getScreenCTM(), box = text.getBoundingClientRect();
    const at = (x, y) => [m.a * x + m.c * y + m.e, m.b * x + m.d * y + m.f];
    const angle = Math.round(100 * Math.atan2(m.b, m.a)) / 100;
    const corners = [at(own.x, own.y), at(own.x + own.width, own.y), at(own.x, own.y + own.height), at(own.x + own.width, own.y + own.height)];
    list.push({text: text.textContent, angle, box: turned(corners, angle)});
    if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
      bad.push(`${svg.querySelector("title").textContent}: "${text.textContent}" sticks out`);
  }
  texts += list.length;
  pairs(list, svg.querySelector("title").textContent);
}
for (const row of document.querySelectorAll(".dots .row")) {
  const list = [], walker = document.createTreeWalker(row, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (!node.data.trim() || node.parentElement.closest("title")) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects()) list.push({text: node.data, angle: 0, box: [r.left, r.top, r.right, r.bottom]});
  }
  texts += list.length;
  pairs(list, "picture");
  for (const box of row.querySelectorAll(".who, .val, .name"))
    if (box.checkVisibility() && box.scrollWidth > box.clientWidth + 1) bad.push(`picture: "${box.textContent}" is cut off`);
}
return {texts, bad: bad.slice(0, 10), n_bad: bad.length};
"""

# Texts outside charts that lie on each other, or that a box cuts off; of a box that scrolls what it shows counts.
LINES = """
const bad = [], rects = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode, element = node.parentElement;
  if (!node.data.trim() || element.closest("script, style, title, svg, .dots, .hidden") || !element.checkVisibility()) continue;
  const frame = element.closest(".scroll")?.getBoundingClientRect(), range = document.createRange();
  range.selectNodeContents(node);
  for (const r of range.getClientRects()) {
    const right = Math.min(r.right, frame?.right ?? Infinity), left = Math.max(r.left, frame?.left ?? -Infinity);
    if (right - left > 2) rects.push({left, right, top: r.top, bottom: r.bottom, text: node.data.trim().slice(0, 40)});
  }
}
rects.sort((a, b) => a.top - b.top);
for (let i = 0; i < rects.length; i++)
  for (let k = i + 1; k < rects.length && rects[k].top < rects[i].bottom - 4; k++)
    if (Math.min(rects[i].right, rects[k].right) - Math.max(rects[i].left, rects[k].left) > 2)
      bad.push(`"${rects[i].text}" on "${rects[k].text}"`);
for (const box of document.body.querySelectorAll("*")) {
  const overflow = getComputedStyle(box).overflowX;
  if ((overflow === "hidden" || overflow === "clip") && box.scrollWidth > box.clientWidth + 1 && !box.closest("svg, .hidden") && box.checkVisibility())
    bad.push(`"${box.textContent.trim().slice(0, 40)}" is cut off`);
}
return {texts: rects.length, bad: bad.slice(0, 10), n_bad: bad.length};
"""

# How soon a page is there, in ms from the beginning of its load, and how much there is of it.
OPENED = """
const load = performance.getEntriesByType("navigation")[0];
return {paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Infinity, ready: load.domContentLoadedEventEnd,
  elements: document.getElementsByTagName("*").length};
"""

# Does the first screen hold the finding and the picture? And of the first table the scores.
FIRST = """
const bottom = name => document.querySelector(name)?.getBoundingClientRect().bottom ?? Infinity;
const head = [...document.querySelectorAll("table.headline thead tr:last-child th")].find(th => th.textContent.startsWith("score"));
return {finding: bottom(".finding"), picture: bottom("#hero .dots"), score: head ? head.getBoundingClientRect().right : Infinity};
"""

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


def texts_of_charts(page):
    """How many there are to measure, by the page's source; those of the picture come on top."""
    charts = re.findall(r'<svg class="chart".*?</svg>', page.read_text(encoding="utf-8"), re.S)
    return sum(chart.count("<text") for chart in charts)


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
    sane = "hostile" not in page.stem  # in the length of its names
    if page.stem in ("real", "summary"):
        first = driver.execute_script(FIRST)
        check(first["finding"] < 900 and first["picture"] < 900, f"{view}: not on the first screen: {first}")
        check(first["score"] <= width, f"{view}: the score begins beyond the screen: {first}")
    (out / f"{page.stem}-{width}-{scheme}.png").write_bytes(base64.b64decode(shot["data"]))
    driver.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
    scroll = driver.execute_script("return document.documentElement.scrollWidth")
    check(scroll <= client, f"{view}: the page scrolls sideways with all parts open, {scroll} > {client}")
    if sane:
        boxes, lines = driver.execute_script(BOXES), driver.execute_script(LINES)
        least = texts_of_charts(page)
        check(boxes["texts"] >= least, f"{view}: {boxes['texts']} texts of charts were measured, the page has {least}")
        check(boxes["n_bad"] == 0, f"{view}: {boxes['n_bad']} texts of charts overlap or are cut: {boxes['bad']}")
        check(lines["texts"] > 15, f"{view}: only {lines['texts']} lines were measured")
        check(lines["n_bad"] == 0, f"{view}: {lines['n_bad']} lines overlap or are cut: {lines['bad']}")
    found = driver.execute_script(MEASURE)
    check(found["texts"] > 15, f"{view}: only {found['texts']} texts were measured")
    check(found["n_bad"] == 0, f"{view}: {found['n_bad']} texts below a contrast of 4.5: {found['bad']}")
    check(driver.execute_script("return window.harmed === undefined"), f"{view}: a text of the report ran as a script")
    print(f"{view}: {found['texts']} texts, lowest contrast {found['lowest']:.2f}, {height} high")


def open_wide(driver, out, page):
    """A page at the bound of 5 MB: what one waits for is the first paint, and then a page that answers. The bounds are of a machine that does
    thirty things besides; idle it takes a tenth."""
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": 1280, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    driver.get(page.resolve().as_uri())
    driver.execute_async_script("requestAnimationFrame(() => setTimeout(arguments[0]))")
    found = driver.execute_script(OPENED)
    print(f"{page.stem}: {page.stat().st_size} bytes, {found['elements']} elements, first paint after {found['paint']:.0f} ms, ready after {found['ready']:.0f} ms")
    check(found["paint"] < 10000, f"{page.stem}: painted after {found['paint']:.0f} ms")
    check(found["ready"] < 60000, f"{page.stem}: ready after {found['ready']:.0f} ms")
    check(found["elements"] < 200000, f"{page.stem}: {found['elements']} elements")
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {})
    (out / f"{page.stem}.png").write_bytes(base64.b64decode(shot["data"]))


def sort_and_filter(driver, page):
    """The comfort works: a click on a head of numbers puts the greatest on top, the filter hides rows."""
    result = driver.execute_script("""
        const table = document.querySelector("table.headline"), body = table.tBodies[table.tBodies.length - 1];
        const head = table.tHead.rows[1].cells[0];
        head.querySelector("button").click();
        const column = [...body.rows].map(row => Number.parseFloat(row.cells[1].firstChild?.textContent));
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
                if page.stem == "wide":
                    open_wide(driver, out, page)
                    complain(driver, page)
                    continue
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
