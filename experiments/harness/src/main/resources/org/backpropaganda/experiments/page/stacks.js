/** What the overlay of two strategies is drawn from. */
let stacksOfPage = null;

/** The charts of the step that are drawn so far. */
let chartsOfStep = () => [];

const percent = (value) => `${Number(value.toFixed(1))} %`;

function bytesAxis(peaks) {
  return axis(null, markOf("BYTES", peaks), { incrs: byteSteps(peaks), size: widthOf, space: 36 });
}

function places(stack) {
  return stack.points.map(([event]) => (100 * event) / Math.max(1, stack.events - 1));
}

/** From the top of the stack to the bottom, so that each area is drawn over the one above it. */
function cumulated(stack, kinds, visible) {
  const sums = kinds.map(() => []);
  stack.points.forEach(([, ...bytes], at) => {
    let sum = 0;
    bytes.forEach((each, kind) => {
      sum += visible[kind] ? each : 0;
      sums[kind][at] = sum;
    });
  });
  return sums.reverse();
}

function total([, ...bytes]) {
  return bytes.reduce((sum, each) => sum + each, 0);
}

function peakPlace(stack) {
  const at = stack.points.reduce((best, point, i) => (total(point) > total(stack.points[best]) ? i : best), 0);
  return { at, x: places(stack)[at] };
}

function drawPeak(u, x, bytes, words) {
  const ctx = u.ctx;
  const ratio = devicePixelRatio || 1;
  const [left, top] = [u.valToPos(x, "x", true), u.valToPos(bytes, "y", true)];
  ctx.save();
  ctx.beginPath();
  ctx.rect(u.bbox.left, 0, u.bbox.width, u.bbox.top + u.bbox.height);
  ctx.clip();
  ctx.strokeStyle = variable("ink");
  ctx.fillStyle = variable("ink");
  ctx.lineWidth = ratio;
  ctx.setLineDash([4 * ratio, 3 * ratio]);
  ctx.beginPath();
  ctx.moveTo(u.bbox.left, top);
  ctx.lineTo(u.bbox.left + u.bbox.width, top);
  ctx.stroke();
  ctx.setLineDash([]);
  const path = new Path2D();
  SHAPES[4](path, left, top - 5 * ratio, 4 * ratio);
  ctx.fill(path);
  ctx.font = FONT.replace("12px", `600 ${11.5 * ratio}px`);
  ctx.textBaseline = "bottom";
  const onRight = left < u.bbox.left + u.bbox.width * 0.6;
  ctx.textAlign = onRight ? "left" : "right";
  ctx.fillText(words, left + (onRight ? 9 : -9) * ratio, top - 2 * ratio);
  ctx.restore();
}

function stackSeries(kind) {
  const number = kindColour(kind);
  return {
    label: kind,
    stroke: () => colour(number),
    fill: () => mixed(colour(number), variable("card"), 0.35),
    width: 1,
    points: { show: false },
    paths: uPlot.paths.stepped({ align: 1 }),
  };
}

function stackTable(block) {
  return {
    caption: "Bytes of each kind at the peak of the step",
    columns: [
      { name: "strategy", format: "TEXT" },
      { name: "peak", format: "BYTES", barred: true },
      ...block.kinds.map((kind) => ({ name: kindWords(kind), format: "BYTES" })),
    ],
    rows: block.stacks.map((stack) => [stack.name, stack.peakBytes, ...stack.points[peakPlace(stack).at].slice(1)]),
  };
}

function stacksBlock(block) {
  stacksOfPage = block;
  const format = formatOf("BYTES", block.stacks.map((stack) => stack.peakBytes));
  const highest = most(block.stacks.map((stack) => stack.peakBytes));
  const visible = block.kinds.map(() => true);
  const charts = new Map();
  chartsOfStep = () => [...charts.values()];
  const sync = uPlot.sync("step");
  let following = false;
  const entries = block.kinds.map((kind) => ({ name: kindWords(kind), swatch: areaSwatch(kindColour(kind)) }));
  const redraw = () => charts.forEach((u, stack) => {
    u.setData([places(stack), ...cumulated(stack, block.kinds, visible)], false);
    u.redraw(true);
  });
  const key = legend("Kinds of bytes", entries, (i, on) => {
    visible[i] = on;
    redraw();
  });
  const figures = block.stacks.map((stack) => {
    const peak = peakPlace(stack);
    const quiet = `peak ${format(stack.peakBytes)}`;
    const said = h("span.quiet", {}, quiet);
    const kinds = block.kinds
      .map((kind, i) => [kind, stack.points[peak.at][i + 1]])
      .filter(([, bytes]) => bytes > 0)
      .map(([kind, bytes]) => `${kindWords(kind)} ${format(bytes)}`);
    const host = h("div.plot", {
      role: "img",
      "aria-label": `Live bytes of ${stack.name} over one step: ${quiet}, at ${percent(peak.x)} of it: ${kinds.join(", ")}`,
    });
    whenShown(host, () => {
      const u = draw(host, {
        height: 210,
        padding: [16, 24, 0, 0],
        scales: { x: { time: false, range: (self, min, max) => [min, max] }, y: { range: () => [0, highest * 1.08] } },
        axes: [axis(null, percent, { space: 60, size: 28 }), bytesAxis(block.stacks.map((stack) => stack.peakBytes))],
        cursor: { drag: { x: true, y: false }, y: false, points: { show: false }, sync: { key: sync.key, scales: ["x", null] } },
        series: [{}, ...[...block.kinds].reverse().map(stackSeries)],
        hooks: {
          draw: [(self) => drawPeak(self, peak.x, stack.peakBytes, format(stack.peakBytes))],
          setScale: [(self, scale) => {
            if (scale === "x" && !following) {
              following = true;
              const { min, max } = self.scales.x;
              charts.forEach((other) => other !== self && other.setScale("x", { min, max }));
              following = false;
            }
          }],
          setCursor: [(self) => {
            const at = self.cursor.idx;
            said.textContent = at === null || at === undefined
              ? quiet
              : `${format(self.data[1][at])} at ${percent(self.data[0][at])}`;
          }],
        },
      }, [places(stack), ...cumulated(stack, block.kinds, visible)]);
      charts.set(stack, u);
      const other = [...charts.values()].find((each) => each !== u);
      const { min, max } = other ? other.scales.x : { min: 0, max: 100 };
      u.setScale("x", { min, max });
    });
    return h("figure", {}, h("figcaption", {}, h("h3", {}, stack.name), said), host);
  });
  return h("div", {},
    h("div.tools", {}, key.list, zoomTools(chartsOfStep, () => [0, 100])),
    h("p.quiet", {}, "Across: the step's allocations and releases, in percent. Drag over a chart to zoom, double-click to see all."),
    h("div.grid", {}, figures),
    tableOf(stackTable(block)));
}
