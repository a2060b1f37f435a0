// What mouse, fingers and keys do on the map: they point, move it, turn it and zoom.

// Pointers that are down, by number; what one of them drags; whether it has left its place.
const down = new Map();
let drag = null, moved = false, scrolled = 0;

function pointer(event) {
  const box = $("map").getBoundingClientRect();
  return [event.clientX - box.left, event.clientY - box.top, box.width, box.height];
}

function pointed(event) {
  const [lat, lon] = state.view.place(...pointer(event));
  if (lat === lat) lookAt(lat, lon, false);
}

// The map shows another part of the Earth.
function changeView(change) {
  change(state.view);
  painter.moved();
  draw();
  showZoom();
}

function showZoom() {
  const { zoom } = state.view;
  $("zoom").textContent = `${zoom < 9.95 ? Math.round(10 * zoom) / 10 : Math.round(zoom)}×`;
  // Where there is more to see than is shown, a finger moves the map and not the page.
  $("map").classList.toggle("held", state.view === globe || zoom > 1);
}

// By keys and buttons: about the cross where it is to be seen, else about the middle.
function zoomAbout(factor) {
  const [x, y, seen] = state.cross ? state.view.point(...state.cross, 1, 1) : [0, 0, false];
  changeView((view) => {
    if (view === globe && seen) view.turn(...state.cross);
    view.zoomBy(factor, ...(seen ? [x, y] : [0.5, 0.5]));
  });
}

function pinch(event) {
  const apart = () => { const [a, b] = [...down.values()]; return Math.hypot(a[0] - b[0], a[1] - b[1]); };
  const middle = () => { const [a, b] = [...down.values()]; return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2]; };
  const [, , width, height] = pointer(event);
  const [before, from] = [apart(), middle()];
  down.set(event.pointerId, pointer(event));
  const [after, to] = [apart(), middle()];
  changeView((view) => {
    view.drag((to[0] - from[0]) / width, (to[1] - from[1]) / height);
    view.zoomBy(after / Math.max(before, 1), to[0] / width, to[1] / height);
  });
}

$("map").addEventListener("pointerdown", (event) => {
  const [x, , width] = pointer(event);
  down.set(event.pointerId, pointer(event));
  const near = state.other && Math.abs(x - width * state.wiper / 100) < 14;
  drag = near && down.size === 1 ? "wiper" : "map";
  moved = down.size > 1;
  $("map").setPointerCapture(event.pointerId);
  if (drag === "wiper") pointed(event);
});

function release(event) {
  down.delete(event.pointerId);
  if (down.size) return;
  if (drag === "map" && !moved && event.type === "pointerup") pointed(event);
  drag = null;
  $("map").classList.remove("dragged");
}
$("map").addEventListener("pointerup", release);
$("map").addEventListener("pointercancel", release);

$("map").addEventListener("pointermove", (event) => {
  const [x, y, width, height] = pointer(event);
  if (!down.has(event.pointerId)) return pointed(event);
  if (down.size > 1) return pinch(event);
  if (drag === "wiper") return setWiper(Math.max(0, Math.min(100, Math.round(100 * x / width))));
  const [left, top] = down.get(event.pointerId);
  // A hand that clicks is not quite still.
  if (!moved && Math.hypot(x - left, y - top) < 4) return undefined;
  moved = true;
  down.set(event.pointerId, [x, y]);
  $("map").classList.add("dragged");
  return changeView((view) => view.drag((x - left) / width, (y - top) / height));
});

window.addEventListener("scroll", () => { scrolled = Date.now(); });
$("map").addEventListener("wheel", (event) => {
  // A page that is being scrolled goes on, and one that has no more map to show begins to.
  const out = event.deltaY > 0;
  if (!event.deltaY || (!event.ctrlKey && Date.now() - scrolled < 300)) return;
  if (out && state.view.zoom <= 1) return;
  event.preventDefault();
  const turns = event.deltaY * [1, 20, 400][event.deltaMode] * (event.ctrlKey ? 0.01 : 0.002);
  const [x, y, width, height] = pointer(event);
  changeView((view) => view.zoomBy(Math.exp(-Math.max(-0.7, Math.min(0.7, turns))), x / width, y / height));
  pointed(event);
}, { passive: false });

$("map").addEventListener("dblclick", () => changeView((view) => view.reset()));
$("closer").addEventListener("click", () => zoomAbout(1.6));
$("farther").addEventListener("click", () => zoomAbout(1 / 1.6));
$("all").addEventListener("click", () => changeView((view) => view.reset()));

const KEYS = {
  "+": () => zoomAbout(1.6), "=": () => zoomAbout(1.6),
  "-": () => zoomAbout(1 / 1.6), "_": () => zoomAbout(1 / 1.6),
  "0": () => changeView((view) => view.reset()),
  ArrowUp: (steps) => step(steps, 0), ArrowDown: (steps) => step(-steps, 0),
  ArrowLeft: (steps) => step(0, -steps), ArrowRight: (steps) => step(0, steps),
};

$("map").addEventListener("keydown", (event) => {
  const act = KEYS[event.key];
  if (!act || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  act(event.shiftKey ? 10 : 1);
});

// Moves the cross by nodes; the map follows.
function step(up, along) {
  const { lat, lon } = fields.grid(state.shown);
  const [north, east] = state.cross
    || [(flat.north + flat.south) / 2, (flat.west + flat.east) / 2].map((at) => at + 1e-6);
  const i = nearest(lat, north) + (lat[0] > lat[lat.length - 1] ? -1 : 1) * up;
  const at = finder(lon, true)(east), j = (at < 0 ? 0 : at) + along;
  const column = flat.round ? ((j % lon.length) + lon.length) % lon.length : Math.max(0, Math.min(lon.length - 1, j));
  const row = Math.max(0, Math.min(lat.length - 1, i));
  changeView((view) => view.follow(lat[row], lon[column]));
  lookAt(lat[row], lon[column], true);
}

showZoom();
