// The paths of A and B under one slider, all in the browser: moving it asks nobody.
// Sentences come from models and visitors: they are set as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";
const [WIDE, HIGH, LEFT, BOTTOM, TOP, RIGHT] = [340, 200, 40, 34, 12, 12];

function make(parent, tag, attributes = {}, text) {
  const vector = parent.namespaceURI === SVG || tag === "svg";
  const node = vector ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

// Round numbers that a range is read by: steps of 1, 2 or 5 times a power of ten.
function ticks(low, high) {
  const rough = (high - low) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
  const found = [];
  for (let i = Math.ceil(low / step); i * step <= high + step * 1e-9; i++) found.push(i * step);
  const digits = Math.max(0, -Math.floor(Math.log10(step)));
  return found.map((value) => [value, value.toFixed(digits).replace(/^-(?=0(\.0*)?$)/, "").replace("-", "−")]);
}

// A diamond leaves the edge of a circle below it to be seen.
function marker(svg, symbol, x, y, colour) {
  if (symbol === "circle") return make(svg, "circle", { cx: x, cy: y, r: 5, fill: colour });
  const corners = [[x, y - 5], [x + 5, y], [x, y + 5], [x - 5, y]].map((c) => c.join(",")).join(" ");
  return make(svg, "polygon", { points: corners, fill: colour });
}

function chart(parent, places, paths, values, label, alt) {
  const svg = make(parent, "svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, role: "img", "aria-label": alt });
  const all = paths.flatMap((path) => path[values]).filter((value) => value !== null);
  let [low, high] = all.length ? [Math.min(...all), Math.max(...all)] : [0, 1];
  const room = high > low ? 0.06 * (high - low) : 0.5;
  [low, high] = [low - room, high + room];
  const x = (t) => LEFT + t * (WIDE - LEFT - RIGHT);
  const y = (value) => TOP + ((high - value) / (high - low)) * (HIGH - TOP - BOTTOM);
  for (const [value, text] of ticks(low, high)) {
    make(svg, "line", { class: "grid", x1: x(0), x2: x(1), y1: y(value), y2: y(value) });
    make(svg, "text", { x: LEFT - 6, y: y(value) + 4, "text-anchor": "end" }, text);
  }
  for (const t of [0, 0.2, 0.4, 0.6, 0.8, 1]) {
    make(svg, "text", { x: x(t), y: HIGH - BOTTOM + 16, "text-anchor": "middle" }, t.toFixed(1));
  }
  make(svg, "text", { x: x(0.5), y: HIGH - 3, "text-anchor": "middle" }, "t");
  for (const path of paths) {
    // Where a value is not defined the line is broken, not drawn across.
    const moves = path[values].map((value, i) => (value === null ? "" :
      `${i && path[values][i - 1] !== null ? "L" : "M"}${x(places[i])} ${y(value)}`));
    make(svg, "path", {
      d: moves.join(""), fill: "none", stroke: path.colour, "stroke-width": 2, "stroke-dasharray": path.dash,
    });
    places.forEach((t, i) => {
      const value = path[values][i];
      if (value === null) return;
      const point = marker(svg, path.symbol, x(t), y(value), path.colour);
      make(point, "title", {}, `${path.name}, t = ${t.toFixed(2)}: ${value.toFixed(3)}`);
    });
  }
  const here = make(svg, "line", { class: "here", y1: TOP, y2: HIGH - BOTTOM });
  const caption = make(parent, "div", { class: "legend" });
  make(caption, "span", {}, label);
  for (const path of paths) {
    // The sign alone is coloured: as letters the colours would be too faint.
    const entry = make(caption, "span");
    make(entry, "span", { style: `color: ${path.colour}` }, path.sign);
    entry.append(` ${path.name}`);
  }
  return (t) => {
    here.setAttribute("x1", x(t));
    here.setAttribute("x2", x(t));
  };
}

function table(parent, places, paths, choose) {
  const node = make(parent, "table", { "aria-label": "Sentences along the path; a line moves the slider there" });
  const head = make(make(node, "thead"), "tr");
  make(head, "th", { scope: "col" }, "t");
  for (const path of paths) make(head, "th", { scope: "col" }, `${path.sign} ${path.name}`);
  const body = make(node, "tbody");
  const rows = places.map((t, i) => {
    const row = make(body, "tr");
    const place = make(make(row, "th", { scope: "row" }), "button", { type: "button" }, t.toFixed(2));
    for (const path of paths) {
      const cell = make(row, "td");
      if (path.words[i] === null) make(cell, "span", { class: "same" }, "″");
      else if (!path.words[i].length) cell.textContent = "(nothing)";
      else path.words[i].forEach(([word, is_new], j) => {
        if (j) cell.append(" ");
        if (is_new) make(cell, "strong", {}, word);
        else cell.append(word);
      });
    }
    row.addEventListener("click", () => choose(i));
    return [row, place];
  });
  make(parent, "div", { class: "quiet" }, "Bold: words that the line above does not have. ″: the same sentence.");
  return (at) => rows.forEach(([row, place], i) => {
    row.classList.toggle("chosen", i === at);
    place.setAttribute("aria-current", i === at);
    place.textContent = `${i === at ? "▸ " : ""}${places[i].toFixed(2)}`;
  });
}

function cards(parent, paths) {
  const row = make(parent, "div", { class: "two", "aria-live": "polite" });
  const parts = paths.map((path) => {
    const card = make(row, "div", { class: "card" });
    const title = make(card, "div");
    make(title, "strong", {}, `${path.sign} ${path.title}`);
    make(title, "span", { class: "quiet" }, ` ${path.kind}`);
    return [make(card, "p", { class: "sentence" }), make(card, "div", { class: "quiet" })];
  });
  return (at) => parts.forEach(([sentence, nearest], i) => {
    sentence.textContent = paths[i].texts[at] || "(nothing)";
    nearest.textContent = `nearest training sentence: ${paths[i].nearest[at]}`;
  });
}

function unmasking(parent, paths) {
  const details = make(parent, "details");
  make(details, "summary", {}, "How the sentence at this point was unmasked, step by step");
  const row = make(details, "div", { class: "two" });
  const lists = paths.map(() => make(row, "ol"));
  return (at) => lists.forEach((list, i) => {
    list.replaceChildren();
    for (const step of paths[i].unmasking[at]) make(list, "li", {}, step || "…");
  });
}

export default function ({ data, parentElement }) {
  const { places, paths } = data;
  const root = parentElement.querySelector(".paths");
  const kept = root.slider && root.slider.max === String(places.length - 1) ? Number(root.slider.value) : null;
  const open = root.querySelector("details")?.open;
  root.replaceChildren();
  const bar = make(root, "label", { class: "bar" });
  make(bar, "span", {}, "Point on the path");
  const shown = make(bar, "output");
  const slider = make(bar, "input", { type: "range", min: 0, max: places.length - 1, "aria-label": "Point on the path" });
  slider.value = kept ?? Math.floor(places.length / 2);
  root.slider = slider;
  const choose = (i) => {
    slider.value = i;
    move();
  };
  const updates = [cards(root, paths), table(root, places, paths, choose)];
  const row = make(root, "div", { class: "two" });
  const along = paths.length > 1 ? "along both paths" : "along the path";
  const charts = [
    ["nearness", "nearness to B − to A", "How meaning moves from A to B"],
    ["fluency", "perplexity / that of the ends", "How fluent the sentences are"],
    ["norm", "‖z‖", "Length of the latent"],
  ].map(([values, label, alt]) => chart(make(row, "div"), places, paths, values, label, `${alt} ${along}`));
  updates.push((at) => charts.forEach((show) => show(places[at])), unmasking(root, paths));
  root.querySelector("details").open = Boolean(open);
  const move = () => {
    const at = Number(slider.value);
    shown.textContent = `t = ${places[at].toFixed(2)}`;
    slider.setAttribute("aria-valuetext", shown.textContent);
    for (const update of updates) update(at);
  };
  slider.addEventListener("input", move);
  move();
}
