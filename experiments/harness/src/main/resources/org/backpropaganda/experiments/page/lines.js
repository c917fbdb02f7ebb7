const SHAPES = [
  (p, x, y, r) => p.arc(x, y, r, 0, 2 * Math.PI),
  (p, x, y, r) => p.rect(x - r, y - r, 2 * r, 2 * r),
  (p, x, y, r) => polygon(p, [[x, y - r * 1.3], [x + r * 1.3, y], [x, y + r * 1.3], [x - r * 1.3, y]]),
  (p, x, y, r) => polygon(p, [[x, y - r * 1.25], [x + r * 1.2, y + r], [x - r * 1.2, y + r]]),
  (p, x, y, r) => polygon(p, [[x, y + r * 1.25], [x + r * 1.2, y - r], [x - r * 1.2, y - r]]),
];

function polygon(path, points) {
  points.forEach(([x, y], i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
  path.closePath();
}

/** Numbers of shape and colour: five shapes and seven colours meet in each pair once. */
function shapeOf(number) {
  return number % SHAPES.length;
}

function pointSwatch(number) {
  const marks = ["M7 2a4 4 0 1 0 .01 0z", "M3 2h8v8h-8z", "M7 .8L12.2 6L7 11.2L1.8 6z", "M7 1L12 10H2z", "M7 11L12 2H2z"];
  return svg("svg", { width: 14, height: 12, "aria-hidden": "true" },
    svg("path", { d: marks[shapeOf(number)], fill: `var(--c${number % COLOURS})` }));
}

function hereSwatch() {
  return svg("svg", { width: 16, height: 14, "aria-hidden": "true" },
    svg("circle", { cx: 8, cy: 7, r: 5, fill: "none", stroke: "var(--ink)", "stroke-width": 2 }),
    svg("circle", { cx: 8, cy: 7, r: 1.8, fill: "var(--ink)" }));
}

function drawPoints(u, block) {
  const ctx = u.ctx;
  const ratio = devicePixelRatio || 1;
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left - 8 * ratio, u.bbox.top - 8 * ratio, u.bbox.width + 16 * ratio, u.bbox.height + 16 * ratio);
  ctx.clip();
  block.curves.forEach((curve, i) => {
    if (!u.series[i + 1].show || (curve.style !== "POINTS" && curve.style !== "HERE")) {
      return;
    }
    curve.x.forEach((value, k) => {
      if (curve.y[k] === null) {
        return;
      }
      const x = u.valToPos(value, "x", true);
      const y = u.valToPos(curve.y[k], "y", true);
      if (curve.style === "HERE") {
        drawHere(ctx, x, y, ratio, curve.name, u.bbox);
        return;
      }
      const path = new Path2D();
      SHAPES[shapeOf(i)](path, x, y, 5 * ratio);
      ctx.fillStyle = colour(i);
      ctx.strokeStyle = variable("card");
      ctx.lineWidth = ratio;
      ctx.fill(path);
      ctx.stroke(path);
    });
  });
  ctx.restore();
}

function drawHere(ctx, x, y, ratio, name, box) {
  ctx.strokeStyle = variable("ink");
  ctx.fillStyle = variable("ink");
  ctx.lineWidth = 2 * ratio;
  ctx.beginPath();
  ctx.arc(x, y, 10 * ratio, 0, 2 * Math.PI);
  ctx.stroke();
  ctx.font = FONT.replace("12px", `600 ${12 * ratio}px`);
  const right = x + 110 * ratio < box.left + box.width;
  ctx.textAlign = right ? "left" : "right";
  ctx.textBaseline = "bottom";
  ctx.strokeStyle = variable("card");
  ctx.lineWidth = 4 * ratio;
  ctx.lineJoin = "round";
  ctx.strokeText(name, x + (right ? 1 : -1) * 11 * ratio, y - 9 * ratio);
  ctx.fillText(name, x + (right ? 1 : -1) * 11 * ratio, y - 9 * ratio);
}

function lineSeries(curve, i) {
  const lone = curve.style === "LINE" && curve.x.length < 60;
  return {
    label: curve.name,
    stroke: () => colour(i),
    width: 2,
    dash: dash(i),
    spanGaps: false,
    points: { show: lone, size: 5, fill: () => colour(i) },
    paths: curve.style === "STEP"
      ? uPlot.paths.stepped({ align: 1 })
      : curve.style === "LINE" ? uPlot.paths.linear() : () => null,
  };
}

/** Logarithms are drawn on a linear axis, which has no least value. */
function drawable(block) {
  const positive = (value) => (!block.y.logarithmic || value === null ? value : value > 0 ? Math.log10(value) : null);
  return {
    ...block,
    curves: block.curves
      .map((curve) => ({ ...curve, y: curve.y.map((value) => positive(value ?? null)) }))
      .filter((curve) => curve.y.some((value) => value !== null)),
  };
}

function lineTable(block) {
  const xs = [...new Set(block.curves.flatMap((curve) => curve.x))].sort((a, b) => a - b);
  const found = block.curves.map((curve) => new Map(curve.x.map((x, i) => [x, curve.y[i]])));
  return {
    caption: block.title,
    columns: [{ name: block.x.name, format: block.x.format }, ...block.curves.map((curve) => ({ name: curve.name, format: block.y.format }))],
    rows: thinned(xs, 200).map((x) => [x, ...found.map((values) => values.get(x) ?? null)]),
  };
}

/** Padding around what is drawn, so that no point lies on the edge; bytes begin at zero. */
function paddedRange(side) {
  return (u, min, max) => {
    if (min === null || max === null) {
      return [0, 1];
    }
    const pad = (max - min || Math.abs(max) || 1) * 0.06;
    const zero = !side.logarithmic && min >= 0 && (side.format === "BYTES" || min < 0.5 * max);
    return [zero ? 0 : min - pad, max + pad];
  };
}

/** Distances between the marks of an axis, where the format asks for some of its own. */
function steps(side, values) {
  if (side.logarithmic) {
    return { incrs: [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50] };
  }
  const whole = [1, 10, 100, 1e3, 1e4, 1e5, 1e6].flatMap((power) => [power, 2 * power, 5 * power]);
  return side.format === "BYTES" ? { incrs: byteSteps(values) } : side.format === "COUNT" ? { incrs: whole } : {};
}

function linesBlock(original) {
  const block = drawable(original);
  const host = h("div.plot", {
    role: "img",
    "aria-label": `${block.title}: ${block.curves.length} curves over ${block.x.name}; the figures are in the table below`,
  });
  if (block.curves.length === 0) {
    return h("figure", {}, h("figcaption", {}, h("h3", {}, block.title)),
      h("p.quiet", {}, "There is nothing to draw: every value is zero or not finite."),
      figuresOf(() => lineTable(original)));
  }
  const xs = block.curves.flatMap((curve) => curve.x);
  const ys = block.curves.flatMap((curve) => curve.y);
  const linear = formatOf(block.y.format, ys);
  const yFormat = block.y.logarithmic ? (value) => linear(10 ** value) : linear;
  const yMark = block.y.logarithmic ? yFormat : markOf(block.y.format, ys);
  const data = uPlot.join(block.curves.map((curve) => [curve.x, curve.y]));
  const low = xs.reduce((a, b) => Math.min(a, b));
  const high = xs.reduce((a, b) => Math.max(a, b));
  const pad = (high - low || Math.abs(high) || 1) * 0.03;
  const full = [low - pad, high + pad];
  const entries = block.curves.map((curve, i) => ({
    name: curve.name,
    swatch: curve.style === "HERE" ? hereSwatch() : curve.style === "POINTS" ? pointSwatch(i) : lineSwatch(i),
  }));
  const key = legend(`Curves of ${block.title}`, entries, (i, on) => u.setSeries(i + 1, { show: on }));
  const figure = h("figure", {},
    h("figcaption", {}, h("h3", {}, block.title), h("div.tools.spread", { style: "margin:0" },
      zoomTools(() => [u], () => full))),
    key.list, host, figuresOf(() => lineTable(original)));
  let u = null;
  whenShown(host, () => {
    u = draw(host, {
      height: 330,
      padding: [10, 24, 0, 0],
      scales: {
        x: { time: false, range: (self, min, max) => [min, max] },
        y: { range: paddedRange(block.y) },
      },
      axes: [
        axis(block.x.name, markOf(block.x.format, xs), { ...steps(block.x, xs), space: 70, size: 30 }),
        axis(block.y.name, yMark, { ...steps(block.y, ys), size: widthOf }),
      ],
      cursor: { drag: { x: true, y: false }, points: { size: 7 } },
      series: [{}, ...block.curves.map(lineSeries)],
      hooks: {
        draw: [(self) => drawPoints(self, block)],
        setCursor: [(self) => key.values.forEach((element, i) => {
          const at = self.cursor.idxs ? self.cursor.idxs[i + 1] : null;
          const value = at === null || at === undefined ? null : self.data[i + 1][at];
          element.textContent = value === null || value === undefined ? "" : yFormat(value);
        })],
      },
    }, data);
    u.setScale("x", { min: full[0], max: full[1] });
  });
  return figure;
}
