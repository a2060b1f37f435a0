// A line for each field of delays at one place, over all epochs of the page.

const SVG = "http://www.w3.org/2000/svg";

function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

// Draws `lines`, each with a class, a label and its values [unit]; `now` is the epoch of the map.
function drawSeries(svg, lines, unit, now, digits) {
  const width = svg.clientWidth || 600, height = svg.clientHeight || 150;
  const known = lines.flatMap((line) => line.values).filter((value) => value === value);
  svg.replaceChildren();
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  if (!known.length) return;
  let low = known[0], high = known[0];
  for (const value of known) { low = Math.min(low, value); high = Math.max(high, value); }
  if (high - low < 1e-9) { low -= 0.5 * 10 ** -digits; high += 0.5 * 10 ** -digits; }
  const left = 62, count = lines[0].values.length;
  const x = (k) => left + (width - left - 10) * (count > 1 ? k / (count - 1) : 0.5);
  const y = (value) => 10 + (height - 30) * (high - value) / (high - low);
  for (const value of [low, high]) {
    svg.append(element("line", { x1: left, x2: width - 10, y1: y(value), y2: y(value) }));
    svg.append(element("text", { x: left - 6, y: y(value) + 4, "text-anchor": "end" }, value.toFixed(digits)));
  }
  svg.append(element("text", { x: left - 6, y: height / 2, "text-anchor": "end" }, unit));
  svg.append(element("line", { class: "now", x1: x(now), x2: x(now), y1: 6, y2: height - 18 }));
  for (const line of lines) {
    let run = [];
    const finish = () => {
      if (run.length > 1) svg.append(element("polyline", { class: line.kind, points: run.join(" ") }));
      else if (run.length) {
        const [cx, cy] = run[0].split(",");
        svg.append(element("circle", { class: line.kind, cx, cy, r: 3 }));
      }
      run = [];
    };
    line.values.forEach((value, k) => {
      if (value === value) run.push(`${x(k).toFixed(1)},${y(value).toFixed(1)}`); else finish();
    });
    finish();
  }
}
