// The controls of the page: what is chosen, and what follows from it.

const $ = (name) => document.getElementById(name);
const data = JSON.parse($("data").textContent);
const fields = new Fields(data);
const painter = new Painter($("map"), fields);
const narrowest = 6 * Math.min(...data.grids.map((grid) => spacing(grid.lat)));
const flat = new FlatMap(data.extent, narrowest);
const middle = (flat.west + flat.east) / 2;
const globe = new Globe(flat.north - flat.south > 100 ? 20 : (flat.south + flat.north) / 2, middle, narrowest);
const state = { view: flat, epoch: 0, wiper: 50, shown: null, other: null, cross: null };
let playing = 0, request = 0;

const ofVariable = () => data.fields.filter((field) => field.variable === $("variable").value);
const find = (kind) => ofVariable().find((field) => field.kind === kind) || null;

function fill(select, choices, wanted) {
  select.replaceChildren(...choices.map(([value, text]) => new Option(text, value)));
  if (choices.some(([value]) => value === wanted)) select.value = wanted;
}

// Fields that share a colour bar may be laid side by side.
function others() {
  return ofVariable().filter((field) => field !== state.shown && field.scale === state.shown.scale);
}

function chooseVariable() {
  const wanted = $("shown").value;
  fill($("shown"), ofVariable().map((field) => [field.kind, field.label]), wanted);
  return chooseField();
}

function chooseField() {
  state.shown = find($("shown").value);
  const wanted = $("other").value;
  fill($("other"), [["", "nothing"], ...others().map((field) => [field.kind, field.label])], wanted);
  $("for-other").hidden = !others().length;
  return chooseOther();
}

async function chooseOther() {
  const mine = ++request;
  state.other = find($("other").value);
  const loaded = [...ofVariable()];
  try {
    for (const field of loaded) await fields.load(field);
  } catch (problem) {
    $("trouble").hidden = false;
    $("trouble").textContent = `The fields could not be unpacked (${problem.message}); a browser of 2023 or later is needed.`;
    return;
  }
  if (mine !== request) return;
  $("for-wiper").hidden = $("sides").hidden = !state.other;
  if (state.other) {
    $("left").textContent = `◀ ${state.other.label}`;
    $("right").textContent = `${state.shown.label} ▶`;
  }
  $("for-time").hidden = data.times.length < 2 || !state.shown.timed;
  legend();
  draw();
  document.body.dataset.ready = String(mine);
}

function legend() {
  const scale = data.scales[state.shown.scale];
  const colours = palette(data, scale.colours);
  const stops = Array.from({ length: 17 }, (_, k) => {
    const [red, green, blue] = new Uint8Array(colours.buffer, 4 * Math.min(255, 16 * k), 3);
    return `rgb(${red},${green},${blue})`;
  });
  $("bar").style.background = `linear-gradient(to right, ${stops.join(", ")})`;
  $("low").textContent = shownNumber(scale.low, scale);
  $("high").textContent = shownNumber(scale.high, scale);
  $("unit").textContent = scale.unit === "1" ? "" : scale.unit;
  $("legend").setAttribute("aria-label",
    `Colours from ${$("low").textContent} to ${$("high").textContent} ${$("unit").textContent}`);
}

function digitsOf(scale) { return { mm: 1, m: 4, stations: 0 }[scale.unit] ?? 3; }
function shownNumber(value, scale) { return (value * scale.factor).toFixed(digitsOf(scale)); }

function draw() {
  if (!state.shown) return;
  painter.paint(state);
  $("when").textContent = state.shown.timed ? data.times[state.epoch] : "All epochs of the comparison";
  $("time").setAttribute("aria-valuetext", data.times[state.epoch]);
  $("wiper").setAttribute("aria-valuetext", `${state.wiper} % from the left`);
  $("map").setAttribute("aria-label",
    `Map: ${$("variable").selectedOptions[0].text}, ${state.shown.label}, ${$("when").textContent}`);
  if (state.cross) read();
}

function valueAt(field, lat, lon, epoch) {
  const grid = fields.grid(field);
  const i = finder(grid.lat, false)(lat), j = finder(grid.lon, true)(lon);
  return i < 0 || j < 0 ? NaN : fields.values(field, epoch)[i * grid.lon.length + j];
}

// Moves the cross to the node of the shown field whose cell holds a place.
function lookAt(lat, lon, spoken) {
  const grid = fields.grid(state.shown);
  const i = finder(grid.lat, false)(lat), j = finder(grid.lon, true)(lon);
  state.cross = i < 0 || j < 0 ? null : [grid.lat[i], grid.lon[j]];
  $("readout").setAttribute("aria-live", spoken ? "polite" : "off");
  draw();
}

function read() {
  const [lat, lon] = state.cross;
  const where = document.createElement("b");
  where.textContent = `${latitude(lat)}, ${longitude(lon)}`;
  const told = ofVariable().map((field) => {
    const scale = data.scales[field.scale];
    const value = valueAt(field, lat, lon, state.epoch);
    const unit = scale.unit === "1" ? "" : ` ${scale.unit}`;
    const item = document.createElement("span"), number = document.createElement("b");
    number.textContent = value === value ? shownNumber(value, scale) + unit : "no value";
    item.append(`${field.label}: `, number);
    return item;
  });
  told.push(...stationsAt(lat, lon));
  $("readout").replaceChildren(where, " ", ...told.flatMap((item) => [item, " "]));
  series(lat, lon);
}

// What was observed at the stations in the cell of the cross.
function stationsAt(lat, lon) {
  const grid = fields.grid(state.shown);
  const row = finder(grid.lat, false), column = finder(grid.lon, true);
  const here = data.stations.filter((station) =>
    row(station.lat) === row(lat) && column(station.lon) === column(lon));
  return here.map((station) => {
    const item = document.createElement("span"), numbers = document.createElement("b");
    numbers.textContent = Object.entries(station.residuals).map(([title, values]) =>
      `${title}: ${values[state.epoch] === null ? "no value" : `${values[state.epoch].toFixed(1)} mm`}`).join(", ");
    item.append(`Station ${station.name}: `, numbers);
    return item;
  });
}

function series(lat, lon) {
  const drawn = ofVariable().filter((field) => field.timed && field.scale.endsWith("/value"));
  $("for-series").hidden = data.times.length < 2 || !drawn.length;
  if ($("for-series").hidden) return;
  const scale = data.scales[drawn[0].scale];
  const lines = drawn.map((field) => ({
    kind: field.kind,
    values: data.times.map((_, epoch) => valueOnce(field, lat, lon, epoch) * scale.factor),
  }));
  drawSeries($("series"), lines, scale.unit, state.epoch, digitsOf(scale));
  const marks = { fine: "line", coarse: "dashes", reference: "dots" };
  const told = drawn.map((field) => `${field.label} (${marks[field.kind]})`).join(", ");
  $("series-caption").textContent =
    `${latitude(lat)}, ${longitude(lon)}: ${told}; ${data.times[0]} to ${data.times[data.times.length - 1]}`;
}

// One value, without the whole field of its epoch.
function valueOnce(field, lat, lon, epoch) {
  if (field.parts) {
    const [one, other] = field.parts.map((part) => valueOnce(data.fields[part], lat, lon, epoch));
    return field.factors[0] * one + field.factors[1] * other;
  }
  const grid = fields.grid(field);
  const i = finder(grid.lat, false)(lat), j = finder(grid.lon, true)(lon);
  if (i < 0 || j < 0) return NaN;
  const columns = grid.lon.length;
  const code = fields.codes.get(field)[(epoch * grid.lat.length + i) * columns + j];
  return code ? field.offset + field.step * (code - 1) : NaN;
}

function spacing(axis) {
  return Math.min(...axis.slice(1).map((value, k) => Math.abs(value - axis[k])), 180);
}

function nearest(axis, value) {
  let best = 0;
  axis.forEach((each, k) => { if (Math.abs(each - value) < Math.abs(axis[best] - value)) best = k; });
  return best;
}

function setWiper(value) {
  state.wiper = value;
  $("wiper").value = String(value);
  draw();
}

function setEpoch(epoch) {
  state.epoch = epoch;
  $("time").value = String(epoch);
  draw();
}

function play(on) {
  clearInterval(playing);
  playing = on ? setInterval(() => setEpoch((state.epoch + 1) % data.times.length), 500) : 0;
  $("play").textContent = on ? "Stop" : "Play";
  $("play").setAttribute("aria-pressed", String(on));
}

function chooseView() {
  state.view = $("globe").checked ? globe : flat;
  resize();
  showZoom();
}

function resize() {
  painter.fit(state.view, $("stage"));
  draw();
}

$("time").max = String(Math.max(0, data.times.length - 1));
$("time").addEventListener("input", () => setEpoch(Number($("time").value)));
$("wiper").addEventListener("input", () => setWiper(Number($("wiper").value)));
$("play").addEventListener("click", () => play(!playing));
$("variable").addEventListener("change", chooseVariable);
$("shown").addEventListener("change", chooseField);
$("other").addEventListener("change", chooseOther);
$("flat").addEventListener("change", chooseView);
$("globe").addEventListener("change", chooseView);
$("controls").addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("resize", resize);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);

fill($("variable"), data.variables.map((each) => [each.key, each.label]), data.first);
painter.fit(state.view, $("stage"));
chooseVariable().then(() => {
  const before = others().find((field) => field.kind === "coarse") || others().find((field) => field.kind === "reference");
  if (before) { $("other").value = before.kind; return chooseOther(); }
  return null;
});
