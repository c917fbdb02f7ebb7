/** Charts are drawn when they come near the window; all of them before it prints. */
const waiting = new Map();
const watcher = new IntersectionObserver((entries) => entries
  .filter((entry) => entry.isIntersecting)
  .forEach((entry) => drawNow(entry.target)), { rootMargin: "400px" });

function drawNow(host) {
  const make = waiting.get(host);
  if (make) {
    waiting.delete(host);
    watcher.unobserve(host);
    make();
    host.dataset.drawn = "true";
  }
}

function whenShown(host, make) {
  waiting.set(host, make);
  watcher.observe(host);
}

addEventListener("beforeprint", () => [...waiting.keys()].forEach(drawNow));

function tilesBlock(block) {
  return h("dl.tiles", {}, block.tiles.map((tile) =>
    h("div", {},
      h("dt", {}, tile.label),
      h("dd.value", {}, shown(tile.value, formatOf(tile.format, [tile.value]))),
      tile.note ? h("dd.note", {}, tile.note) : null)));
}

function factsBlock(block) {
  return h("dl.facts", {}, Object.entries(block.facts).map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function wordsBlock(block) {
  const heading = block.heading ? h("h3", {}, block.heading) : null;
  const said = block.code
    ? block.sentences.map((each) => h("pre", { tabindex: "0" }, h("code", {}, each)))
    : [h("ul.sentences", {}, block.sentences.map((each) => h("li", {}, each)))];
  return h("div", {}, heading, ...said);
}

const BLOCKS = {
  Table: tableOf,
  Tiles: tilesBlock,
  Facts: factsBlock,
  Words: wordsBlock,
  Lines: linesBlock,
  Stacks: stacksBlock,
  Overlay: overlayBlock,
  Holders: holdersBlock,
  HeatStrip: heatBlock,
};

function start() {
  const page = JSON.parse(document.getElementById("data").textContent);
  document.getElementById("header").append(
    h("div", {}, h("h1", {}, page.title), h("p", {}, page.subtitle)), themeToggle());
  document.getElementById("nav").append(h("ul", {}, page.sections.map((section) =>
    h("li", {}, h("a", { href: `#${section.id}` }, section.title)))));
  document.getElementById("main").append(...page.sections.map((section) => {
    const title = newId();
    return h("section", { id: section.id, "aria-labelledby": title },
      h("h2", { id: title }, section.title),
      h("p.about", {}, section.about),
      section.blocks.map((block) => BLOCKS[block.type](block)));
  }));
}

start();
