const HEAT = { light: ["#d9ecf7", "#0072b2", "#08304f"], dark: ["#1d3f57", "#56b4e9", "#f2f9ff"] };

function heatColour(share) {
  const [low, middle, high] = HEAT[isDark() ? "dark" : "light"];
  return share < 0.5 ? mixed(low, middle, share * 2) : mixed(middle, high, (share - 0.5) * 2);
}

/** A cell is a colour to the eye and a figure to a reader. */
function heatCell(value, layer, share, format) {
  const words = value === null ? "not finite" : value === 0 ? "equal to the bit" : format(value);
  const element = h("td", { title: `${layer}: ${words}` }, h("span.hidden", {}, words));
  if (value === null) {
    element.classList.add("broken");
  } else {
    element.dataset.value = value;
  }
  const paint = () => {
    if (value !== null) {
      element.style.background = value === 0 ? "var(--heat0)" : heatColour(share);
    }
  };
  followers.add(paint);
  paint();
  return element;
}

function heatBlock(block) {
  const errors = block.strips.flatMap((strip) => strip.values).filter((value) => value > 0);
  const format = formatOf("ERROR", errors);
  const low = Math.log10(errors.reduce((a, b) => Math.min(a, b), Infinity));
  const high = Math.log10(errors.reduce((a, b) => Math.max(a, b), 0));
  const share = (value) => (high > low ? (Math.log10(value) - low) / (high - low) : 1);
  const readout = h("p.readout.quiet", { "aria-hidden": "true" }, "Point at a cell to read it.");
  const table = h("table.heat", {},
    h("caption", {}, block.title),
    h("thead", {}, h("tr", {}, h("th.words", { scope: "col" }, "strategy"),
      block.columns.map((layer) => h("th", { scope: "col", title: layer }, h("span.turned", {}, layer))))),
    h("tbody", {}, block.strips.map((strip) => h("tr", {}, h("th", { scope: "row" }, strip.name),
      strip.values.map((value, i) => {
        const element = heatCell(value, block.columns[i], share(value), format);
        element.addEventListener("pointerenter", () => {
          readout.textContent = `${strip.name}, ${element.title}`;
        });
        return element;
      })))));
  const ramp = h("i", {});
  const paint = () => {
    ramp.style.background = `linear-gradient(90deg, ${[0, 0.25, 0.5, 0.75, 1].map(heatColour).join(", ")})`;
  };
  followers.add(paint);
  paint();
  return h("div", {},
    h("div.scale", {},
      errors.length > 0 ? h("span", {}, format(10 ** low)) : null,
      errors.length > 0 ? ramp : null,
      errors.length > 0 ? h("span", {}, `${format(10 ** high)} (logarithmic)`) : null,
      h("span", {}, h("b", { style: "background:var(--heat0)" }), " equal to the bit")),
    h("div.scroll", { tabindex: "0", role: "region", "aria-label": block.title }, table),
    readout);
}
