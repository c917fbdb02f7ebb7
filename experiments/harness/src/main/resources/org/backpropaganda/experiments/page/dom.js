/** An element: properties that begin with "on" listen, others are attributes; children are elements or text. */
function h(name, properties, ...children) {
  const [tag, ...classes] = name.split(".");
  const element = document.createElement(tag);
  if (classes.length > 0) {
    element.className = classes.join(" ");
  }
  for (const [key, value] of Object.entries(properties || {})) {
    if (key.startsWith("on")) {
      element.addEventListener(key.slice(2), value);
    } else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(key, value === true ? "" : value);
    }
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

function svg(name, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes || {})) {
    element.setAttribute(key, value);
  }
  element.append(...children);
  return element;
}

let identities = 0;

function newId() {
  identities += 1;
  return `e${identities}`;
}

function toolButton(label, text, act) {
  return h("button.tool", { type: "button", "aria-label": label, title: label, onclick: act }, text);
}

/** A list to choose from, with its label. */
function chooser(label, names, chosen, act) {
  const select = h("select", { onchange: () => act(select.value) },
    names.map((name) => h("option", { value: name, selected: name === chosen }, name)));
  return h("label", {}, h("span", {}, label), select);
}

/** Buttons of which one is pressed. */
function switcher(label, choices, chosen, act) {
  const buttons = choices.map(([value, text]) =>
    h("button.tool", {
      type: "button",
      "aria-pressed": String(value === chosen),
      onclick: () => {
        buttons.forEach((each, i) => each.setAttribute("aria-pressed", String(choices[i][0] === value)));
        act(value);
      },
    }, text));
  return h("div.tools", { role: "group", "aria-label": label, style: "margin:0" }, h("span.quiet", {}, label), buttons);
}
