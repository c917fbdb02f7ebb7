function columnFormats(columns, rows) {
  return columns.map((column, i) => formatOf(column.format, rows.map((row) => row[i])));
}

function cell(column, value, format, high, first) {
  const words = column.format === "TEXT";
  const element = h(first ? "th" : words ? "td.words" : "td", { scope: first ? "row" : null }, shown(value, format));
  if (words && String(value).length > 40) {
    element.classList.add("long");
  }
  if (typeof value === "number") {
    element.dataset.value = value;
    if (column.barred && high > 0) {
      element.classList.add("barred");
      if (column.signed) {
        element.classList.add(value < 0 ? "less" : "more");
      }
      element.style.setProperty("--share", `${(100 * Math.abs(value)) / high}%`);
    }
  }
  return element;
}

function compared(a, b) {
  if (typeof a === "number" && typeof b === "number") {
    return a - b;
  }
  if (typeof a === "number" || typeof b === "number") {
    return typeof a === "number" ? -1 : 1;
  }
  return String(a ?? "").localeCompare(String(b ?? ""));
}

/** A table in a box of its own that scrolls; headings sort. */
function tableOf({ caption, columns, rows }) {
  const formats = columnFormats(columns, rows);
  const highs = columns.map((column, i) => most(rows.map((row) => row[i])));
  const body = h("tbody", {});
  const fill = (ordered) =>
    body.replaceChildren(...ordered.map((row) =>
      h("tr", {}, row.map((value, i) => cell(columns[i], value, formats[i], highs[i], i === 0)))));
  const headings = columns.map((column, i) => {
    const heading = h(column.format === "TEXT" ? "th.words" : "th", { scope: "col" },
      h("button", {
        type: "button",
        onclick: () => {
          const up = heading.getAttribute("aria-sort") !== "ascending";
          headings.forEach((each) => each.removeAttribute("aria-sort"));
          heading.setAttribute("aria-sort", up ? "ascending" : "descending");
          const ordered = [...rows].sort((a, b) => compared(a[i], b[i]));
          fill(up ? ordered : ordered.reverse());
        },
      }, column.name));
    return heading;
  });
  fill(rows);
  return h(rows.length > 30 ? "div.scroll.tall" : "div.scroll", { tabindex: "0", role: "region", "aria-label": caption },
    h("table", {}, h("caption", {}, h("span", {}, caption)), h("thead", {}, h("tr", {}, headings)), body));
}

/** The figures of a chart, made when somebody opens them. */
function figuresOf(make) {
  const details = h("details", {
    ontoggle: () => {
      if (details.open && details.childElementCount === 1) {
        details.append(tableOf(make()));
      }
    },
  }, h("summary", {}, "Figures as a table"));
  return details;
}

/** Of many rows, some that are equally far apart, with the first and the last. */
function thinned(rows, limit) {
  if (rows.length <= limit) {
    return rows;
  }
  return Array.from({ length: limit }, (_, i) => rows[Math.round((i * (rows.length - 1)) / (limit - 1))]);
}
