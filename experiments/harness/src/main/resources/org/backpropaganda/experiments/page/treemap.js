/** Squarified: rows along the shorter side, each as long as its tiles grow squarer by it. */
function squarified(items, box) {
  const sum = items.reduce((all, item) => all + item.bytes, 0);
  const placed = [];
  let { x, y, width, height } = box;
  let left = sum;
  let from = 0;
  while (from < items.length && width > 0 && height > 0) {
    const side = Math.min(width, height);
    const scale = (width * height) / left;
    let until = from;
    let row = 0;
    let worst = Infinity;
    while (until < items.length) {
      const next = row + items[until].bytes;
      const thick = (next * scale) / side;
      const aspects = [items[from].bytes, items[until].bytes].map((bytes) => {
        const long = (bytes * scale) / thick;
        return Math.max(long / thick, thick / long);
      });
      const ratio = Math.max(...aspects);
      if (ratio > worst) {
        break;
      }
      worst = ratio;
      row = next;
      until += 1;
    }
    const thick = (row * scale) / side;
    let along = 0;
    for (const item of items.slice(from, until)) {
      const long = (item.bytes * scale) / thick;
      placed.push(width >= height
        ? { item, x, y: y + along, width: thick, height: long }
        : { item, x: x + along, y, width: long, height: thick });
      along += long;
    }
    if (width >= height) {
      x += thick;
      width -= thick;
    } else {
      y += thick;
      height -= thick;
    }
    left -= row;
    from = until;
  }
  // Rounding may leave no room for the smallest, which are there all the same.
  items.slice(from).forEach((item) => placed.push({ item, x, y, width: 0, height: 0 }));
  return placed;
}

function grouped(holders, by) {
  const groups = new Map();
  holders.forEach((holder) => {
    const name = by === "kind" ? kindWords(holder.kind) : holder.path.split(".")[0] || "the step itself";
    groups.set(name, [...(groups.get(name) || []), holder]);
  });
  return [...groups].map(([name, inside]) => ({
    name,
    inside,
    bytes: inside.reduce((sum, each) => sum + each.bytes, 0),
  })).sort((a, b) => b.bytes - a.bytes);
}

function holderWords(holder, format) {
  const place = holder.path || "the step itself";
  return `${place}: ${format(holder.bytes)}, ${holder.words}${holder.op ? `, made by ${holder.op}` : ""}`
    + ` (${kindWords(holder.kind)}, ${holder.count} ${holder.count === 1 ? "tensor" : "tensors"})`;
}

/** What has room: of a path its end, which tells modules apart. */
function clipped(text, width, fromEnd) {
  const room = Math.floor(width / 6.3);
  if (text.length <= room) {
    return text;
  }
  if (room < 4) {
    return "";
  }
  return fromEnd ? `…${text.slice(text.length - room + 1)}` : `${text.slice(0, room - 1)}…`;
}

function tileFill(kind, deep) {
  return mixed(colour(kindColour(kind)), variable("card"), deep);
}

function drawMap(host, peak, by, readout) {
  const width = Math.max(200, host.clientWidth);
  const height = width < 500 ? 380 : 420;
  const format = formatOf("BYTES", [peak.bytes]);
  const map = svg("svg", { class: "map", viewBox: `0 0 ${width} ${height}`, height, "aria-hidden": "true" });
  squarified(grouped(peak.holders, by), { x: 0, y: 0, width, height }).forEach((group) => {
    const head = group.height > 40 && group.width > 50 ? 17 : 0;
    map.append(svg("rect", { x: group.x, y: group.y, width: group.width, height: group.height, fill: variable("soft") }));
    if (head > 0) {
      const label = svg("text", { x: group.x + 5, y: group.y + 13, style: `fill:${variable("ink")};font-weight:600` });
      label.textContent = clipped(`${group.item.name} ${format(group.item.bytes)}`, group.width - 8);
      map.append(label);
    }
    const inner = { x: group.x + 2, y: group.y + head + 1, width: group.width - 4, height: group.height - head - 3 };
    squarified(group.item.inside, inner).forEach((tile, i) => {
      const holder = tile.item;
      const words = holderWords(holder, format);
      const rect = svg("rect", { x: tile.x, y: tile.y, width: tile.width, height: tile.height, fill: tileFill(holder.kind, 0.42 + 0.07 * (i % 3)) });
      const title = svg("title");
      title.textContent = words;
      rect.append(title);
      rect.addEventListener("pointerenter", () => {
        rect.classList.add("lit");
        readout.textContent = words;
      });
      rect.addEventListener("pointerleave", () => rect.classList.remove("lit"));
      map.append(rect);
      [holder.path || holder.words, [holder.op, format(holder.bytes)].filter(Boolean).join(" · ")].forEach((line, row) => {
        if (tile.height > 18 + 15 * row) {
          const text = svg("text", { x: tile.x + 5, y: tile.y + 14 + 14 * row });
          text.textContent = clipped(line, tile.width - 8, row === 0);
          map.append(text);
        }
      });
    });
  });
  host.replaceChildren(map);
}

function holdersTable(peak) {
  return {
    caption: `Who is alive at the peak of ${peak.name}`,
    columns: [
      { name: "module", format: "TEXT" },
      { name: "bytes", format: "BYTES", barred: true },
      { name: "tensors", format: "COUNT" },
      { name: "kind", format: "TEXT" },
      { name: "made by", format: "TEXT" },
      { name: "what they are", format: "TEXT" },
    ],
    rows: peak.holders.map((each) =>
      [each.path || "the step itself", each.bytes, each.count, kindWords(each.kind), each.op || ABSENT, each.words]),
  };
}

function holdersBlock(block) {
  let peak = block.peaks[0];
  let by = "kind";
  const host = h("div.plot", { role: "img" });
  const readout = h("p.readout.quiet", { "aria-hidden": "true" }, "Point at a tile to read it.");
  const table = h("div", {});
  const redraw = () => drawMap(host, peak, by, readout);
  const show = () => {
    host.setAttribute("aria-label", `${block.title}, of ${peak.name}; the same is in the table below`);
    redraw();
    table.replaceChildren(tableOf(holdersTable(peak)));
  };
  whenShown(host, () => {
    show();
    followers.add(redraw);
    let width = host.clientWidth;
    new ResizeObserver(() => {
      if (host.clientWidth !== width) {
        width = host.clientWidth;
        redraw();
      }
    }).observe(host);
  });
  const used = [...new Set(block.peaks.flatMap((each) => each.holders.map((holder) => holder.kind)))];
  return h("div", {},
    h("figure", {},
      h("figcaption", {}, h("h3", {}, block.title)),
      h("div.tools", {},
        chooser("Strategy", block.peaks.map((each) => each.name), peak.name, (name) => {
          peak = block.peaks.find((each) => each.name === name);
          show();
        }),
        switcher("Grouped by", [["kind", "kind"], ["module", "module"]], by, (value) => {
          by = value;
          redraw();
        })),
      h("ul.legend", { "aria-label": "Kinds of bytes" }, used.map((kind) =>
        h("li", {}, areaSwatch(kindColour(kind)), ` ${kindWords(kind)}`))),
      host, readout),
    table);
}
