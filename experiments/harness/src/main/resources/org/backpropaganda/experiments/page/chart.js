const FONT = '12px system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif';

/** An axis in the colours of the theme. */
function axis(label, format, extra) {
  return {
    label,
    labelFont: FONT,
    font: FONT,
    labelSize: 22,
    gap: 4,
    stroke: () => variable("quiet"),
    grid: { stroke: () => variable("rule"), width: 1 },
    ticks: { show: false },
    values: (u, splits) => splits.map((value) => (value === null || value === undefined ? "" : format(value))),
    ...extra,
  };
}

/** As wide as its widest figure. */
function widthOf(u, values) {
  const longest = (values || []).reduce((length, value) => Math.max(length, String(value ?? "").length), 0);
  return 14 + 6.6 * longest;
}

/** A chart that is as wide as its host, and follows host and theme. */
function draw(host, options, data) {
  const width = () => Math.max(120, host.clientWidth);
  const u = new uPlot({ ...options, width: width(), legend: { show: false } }, data, host);
  new ResizeObserver(() => {
    if (host.clientWidth > 0 && width() !== u.width) {
      u.setSize({ width: width(), height: options.height });
    }
  }).observe(host);
  followers.add(() => u.redraw(true, true));
  return u;
}

/** Buttons that zoom what dragging over a chart zooms. */
function zoomTools(charts, range) {
  const to = (from, until) => {
    const [least, highest] = range();
    const width = Math.min(until - from, highest - least);
    const start = Math.min(Math.max(from, least), highest - width);
    charts().forEach((u) => u.setScale("x", { min: start, max: start + width }));
  };
  const change = (grow, move) => () => {
    const { min, max } = charts()[0].scales.x;
    const width = (max - min) * grow;
    const middle = (min + max) / 2 + move * (max - min);
    to(middle - width / 2, middle + width / 2);
  };
  return h("div.tools.spread", { role: "group", "aria-label": "Zoom", style: "margin-bottom:0" },
    toolButton("Zoom in", "+", change(0.5, 0)),
    toolButton("Zoom out", "−", change(2, 0)),
    toolButton("Move left", "←", change(1, -0.25)),
    toolButton("Move right", "→", change(1, 0.25)),
    toolButton("Show all", "All", () => to(...range())));
}

/** A button for each curve, which shows and hides it. */
function legend(label, entries, toggle) {
  const values = entries.map(() => h("span.at", {}));
  const list = h("ul.legend", { "aria-label": label }, entries.map((entry, i) => {
    const button = h("button", {
      type: "button",
      "aria-pressed": "true",
      onclick: () => {
        const on = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(on));
        toggle(i, on);
      },
    }, entry.swatch, h("span", {}, entry.name), values[i]);
    return h("li", {}, button);
  }));
  return { list, values };
}

function lineSwatch(number) {
  return svg("svg", { width: 26, height: 12, "aria-hidden": "true" },
    svg("line", {
      x1: 1, y1: 6, x2: 25, y2: 6, "stroke-width": 2.5,
      stroke: `var(--c${number % COLOURS})`, "stroke-dasharray": dash(number).join(" "),
    }));
}

function areaSwatch(number) {
  return svg("svg", { width: 14, height: 12, "aria-hidden": "true" },
    svg("rect", { x: 0, y: 0, width: 14, height: 12, rx: 2, fill: `var(--c${number})` }));
}
