"use strict";
// Comfort only: tables of class "sortable" get buttons in their heads and a field that filters
// their rows. Without this script the page lacks nothing else.
for (const table of document.querySelectorAll("table.sortable")) {
  const head = table.tHead.rows[table.tHead.rows.length - 1];
  const body = table.tBodies[table.tBodies.length - 1];
  const columns = [...head.cells];
  const leading = table.tHead.rows.length > 1 ? [...table.tHead.rows[0].cells].filter(cell => cell.rowSpan > 1) : [];
  const heads = leading.concat(columns);
  const value = (row, at) => {
    const cell = row.cells[at], text = cell.firstChild ? cell.firstChild.textContent.trim() : "";
    const number = Number.parseFloat(text.replace("−", "-").replace(/[\s\u202f\u00a0]/g, ""));
    return heads[at].classList.contains("n") ? (Number.isNaN(number) ? -Infinity : number) : cell.textContent.trim();
  };
  heads.forEach((cell, at) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...cell.childNodes);
    cell.append(button);
    button.addEventListener("click", () => {
      const down = cell.getAttribute("aria-sort") !== "descending" && cell.classList.contains("n") ||
        cell.getAttribute("aria-sort") === "ascending";
      heads.forEach(other => other.removeAttribute("aria-sort"));
      cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...body.rows].map(row => [value(row, at), row]);
      rows.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0) * (down ? -1 : 1));
      body.append(...rows.map(([, row]) => row));
    });
  });
  if (body.rows.length > 8) {
    const field = document.createElement("input");
    field.type = "search";
    field.className = "filter";
    field.placeholder = "filter rows";
    field.setAttribute("aria-label", "Filter rows of this table");
    field.addEventListener("input", () => {
      const wanted = field.value.toLowerCase();
      for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
    table.closest(".scroll").before(field);
  }
}
