function partsTable(pair) {
  return {
    caption: `What makes the difference at the peak: ${pair.to} less ${pair.from}`,
    columns: [
      { name: "what", format: "TEXT" },
      { name: "difference", format: "BYTES", barred: true, signed: true },
      { name: "tensors", format: "COUNT" },
      { name: "kind", format: "TEXT" },
      { name: "what became of them", format: "TEXT" },
    ],
    rows: pair.parts.map((part) => [part.what, part.bytes, part.count, kindWords(part.kind), part.fate || ABSENT]),
  };
}

function overlayChart(host, stacks) {
  host.replaceChildren();
  const format = formatOf("BYTES", stacks.map((stack) => stack.peakBytes));
  const highest = most(stacks.map((stack) => stack.peakBytes));
  const curves = stacks.map((stack) => [places(stack), stack.points.map(total)]);
  return draw(host, {
    height: 300,
    padding: [18, 24, 0, 0],
    scales: { x: { time: false, range: (self, min, max) => [min, max] }, y: { range: () => [0, highest * 1.08] } },
    axes: [axis("allocations and releases of the step, %", percent, { space: 60, size: 30 }), bytesAxis(stacks.map((stack) => stack.peakBytes))],
    cursor: { drag: { x: true, y: false }, points: { size: 6 } },
    series: [{}, ...stacks.map((stack, i) => ({
      label: stack.name,
      stroke: () => colour(i + 1),
      fill: () => `${colour(i + 1)}22`,
      width: 2,
      dash: DASHES[i],
      points: { show: false },
      paths: uPlot.paths.stepped({ align: 1 }),
    }))],
    hooks: {
      draw: [(self) => stacks.forEach((stack) =>
        drawPeak(self, peakPlace(stack).x, stack.peakBytes, `${stack.name}: ${format(stack.peakBytes)}`))],
    },
  }, uPlot.join(curves));
}

function overlaySwatch(i) {
  return svg("svg", { width: 26, height: 12, "aria-hidden": "true" },
    svg("line", { x1: 1, y1: 6, x2: 25, y2: 6, "stroke-width": 2.5, stroke: `var(--c${i + 1})`, "stroke-dasharray": DASHES[i].join(" ") }));
}

function overlayBlock(block) {
  const names = stacksOfPage.stacks.map((stack) => stack.name);
  const chosen = { from: block.from, to: block.to };
  const host = h("div.plot", { role: "img" });
  const told = h("div", { "aria-live": "polite" });
  let u = null;
  const show = () => {
    const stacks = [chosen.from, chosen.to].map((name) => stacksOfPage.stacks.find((stack) => stack.name === name));
    const pair = block.pairs.find((each) => each.from === chosen.from && each.to === chosen.to);
    const bytes = stacks[1].peakBytes - stacks[0].peakBytes;
    const words = formatOf("BYTES", [bytes]);
    const sentence = pair
      ? `${pair.sentence}.`
      : chosen.from === chosen.to
        ? "Choose two that differ."
        : `${chosen.to} against ${chosen.from}: ${bytes < 0 ? "" : "+"}${words(bytes)} at the peak.`;
    host.setAttribute("aria-label", `Live bytes of ${chosen.from} and ${chosen.to} over one step. ${sentence}`);
    told.replaceChildren(h("p.sentence", {}, sentence), ...(pair && pair.parts.length > 0 ? [tableOf(partsTable(pair))] : []));
    if (u !== null) {
      u.destroy();
    }
    u = overlayChart(host, stacks);
  };
  const choose = (side) => (name) => {
    chosen[side] = name;
    show();
  };
  whenShown(host, show);
  return h("div", {},
    h("figure", {},
      h("figcaption", {}, h("h3", {}, block.title)),
      h("div.tools", {},
        overlaySwatch(0), chooser("From", names, chosen.from, choose("from")),
        overlaySwatch(1), chooser("to", names, chosen.to, choose("to")),
        zoomTools(() => [u], () => [0, 100])),
      host),
    told);
}
