const COLOURS = 7;
const DASHES = [[], [9, 4], [2, 3], [9, 3, 2, 3], [14, 5], [5, 2, 2, 2, 2, 2]];
const KIND_COLOURS = { PARAMETER: 1, GRADIENT: 5, OPTIMIZER: 4, ACTIVATION: 2, TEMPORARY: 6, INPUT: 3, SCRATCH: 0 };
const followers = new Set();

function variable(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
}

/** Of the curve with a number: colours come again with another dash only. */
function colour(number) {
  return variable(`c${number % COLOURS}`);
}

function dash(number) {
  return DASHES[Math.floor(number / COLOURS) % DASHES.length];
}

function kindColour(kind) {
  return KIND_COLOURS[kind] ?? 0;
}

function kindWords(kind) {
  return kind.toLowerCase();
}

function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
}

/** A colour between two, as hexadecimal digits. */
function mixed(one, other, share) {
  const [a, b] = [channels(one), channels(other)];
  return `#${a.map((value, i) => Math.round(value + (b[i] - value) * share).toString(16).padStart(2, "0")).join("")}`;
}

function isDark() {
  return document.documentElement.dataset.theme === "dark";
}

function setTheme(dark) {
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  followers.forEach((redraw) => redraw());
}

/** The toggle; until it is used, the page follows the system. */
function themeToggle() {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let chosen = false;
  const button = h("button.theme", {
    type: "button",
    id: "theme",
    onclick: () => {
      chosen = true;
      setTheme(!isDark());
      tell();
    },
  });
  const tell = () => {
    button.textContent = isDark() ? "Light colours" : "Dark colours";
  };
  system.addEventListener("change", () => {
    if (!chosen) {
      setTheme(system.matches);
      tell();
    }
  });
  setTheme(system.matches);
  tell();
  return button;
}
