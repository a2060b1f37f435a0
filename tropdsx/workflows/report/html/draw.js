// Paints fields, coast, lines of the grid, cross and wiper on the canvas, and the legend beside it.

const palettes = new Map();
// Between the lines of the grid [deg].
const STEPS = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01];

// Multiples of a step from low to high, without sums of rounded numbers.
function multiples(step, low, high) {
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => (first + k) * step);
}

// 256 colours as the pixels of an ImageData hold them.
function palette(data, name) {
  if (!palettes.has(name)) {
    const raw = Uint8Array.from(atob(data.colours[name]), (letter) => letter.charCodeAt(0));
    const bytes = new Uint8ClampedArray(256 * 4);
    for (let k = 0; k < 256; k++) bytes.set([raw[3 * k], raw[3 * k + 1], raw[3 * k + 2], 255], 4 * k);
    palettes.set(name, new Uint32Array(bytes.buffer));
  }
  return palettes.get(name);
}

function coastOf(data) {
  const raw = Uint8Array.from(atob(data.coast.points), (letter) => letter.charCodeAt(0));
  const points = new Int16Array(raw.buffer);
  let place = 0;
  return data.coast.lengths.map((length) => {
    const line = [];
    for (let k = 0; k < length; k++, place++) line.push([points[2 * place] / 100, points[2 * place + 1] / 100]);
    return line;
  });
}

function colourOf(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function packedColour(name) {
  const hex = colourOf(name).slice(1);
  const full = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  const [red, green, blue] = [0, 2, 4].map((at) => parseInt(full.slice(at, at + 2), 16));
  return new Uint32Array(new Uint8ClampedArray([red, green, blue, 255]).buffer)[0];
}

class Painter {
  constructor(canvas, fields) {
    this.canvas = canvas;
    this.fields = fields;
    this.data = fields.data;
    this.coast = coastOf(this.data);
    this.pen = canvas.getContext("2d");
    this.cells = new Map();
  }

  // Fits the canvas into its frame.
  fit(view, frame) {
    const sharp = Math.min(2, window.devicePixelRatio || 1);
    const room = frame.clientWidth - 8;
    const tallest = Math.max(260, Math.min(620, window.innerHeight * 0.72));
    const width = Math.min(room, tallest * view.ratio);
    const height = width / view.ratio;
    Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    this.canvas.width = Math.max(1, Math.round(width * sharp));
    this.canvas.height = Math.max(1, Math.round(height * sharp));
    this.sharp = sharp;
    this.moved();
  }

  // The view shows another part of the Earth.
  moved() { this.cells.clear(); }

  cellsOf(view, number) {
    if (!this.cells.has(number)) {
      const { width, height } = this.canvas;
      this.cells.set(number, cellsOfPixels(view, this.data.grids[number], width, height));
    }
    return this.cells.get(number);
  }

  // Colours of the cells of a field.
  coloured(field, epoch) {
    const scale = this.data.scales[field.scale];
    const colours = palette(this.data, scale.colours);
    const empty = packedColour("--empty");
    const times = 256 / (scale.high - scale.low);
    const values = this.fields.values(field, epoch), out = new Uint32Array(values.length);
    for (let k = 0; k < out.length; k++) {
      const level = Math.floor((values[k] - scale.low) * times);
      out[k] = level === level ? colours[level < 0 ? 0 : level > 255 ? 255 : level] : empty;
    }
    return out;
  }

  paint(state) {
    const { width, height } = this.canvas;
    const image = this.pen.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    const cut = state.other ? Math.round(width * state.wiper / 100) : 0;
    if (state.other) this.fill(pixels, state, state.other, 0, cut);
    this.fill(pixels, state, state.shown, cut, width);
    this.pen.putImageData(image, 0, 0);
    this.lines(state.view);
    this.stations(state.view);
    if (state.other) this.wiper(cut);
    if (state.cross) this.cross(state.view, state.cross);
  }

  fill(pixels, state, field, from, to) {
    const { width, height } = this.canvas;
    const cells = this.cellsOf(state.view, field.grid);
    const colours = this.coloured(field, state.epoch);
    const empty = packedColour("--empty"), round = state.view instanceof Globe;
    for (let y = 0; y < height; y++) {
      for (let k = y * width + from; k < y * width + to; k++) {
        if (cells[k] >= 0) pixels[k] = colours[cells[k]];
        else if (!round || this.onGlobe(state.view, k)) pixels[k] = empty;
      }
    }
  }

  onGlobe(view, k) {
    const { width, height } = this.canvas;
    return view.place(k % width + 0.5, Math.floor(k / width) + 0.5, width, height)[0] <= 90;
  }

  lines(view) {
    this.pen.lineJoin = "round";
    // Light beside dark, so that the coast is seen on either.
    for (const [colour, wide] of [["rgba(255,255,255,.45)", 2.4], [colourOf("--coast"), 0.9]]) {
      this.pen.strokeStyle = colour;
      this.pen.lineWidth = wide * this.sharp;
      this.trace(view, this.coast);
    }
    const span = view instanceof FlatMap ? Math.min(view.east - view.west, view.north - view.south) : 180 / view.zoom;
    const step = STEPS.find((each) => span > 3.3 * each) || STEPS[STEPS.length - 1];
    this.pen.lineWidth = 0.6 * this.sharp;
    this.pen.strokeStyle = "rgba(0,0,0,.28)";
    if (!(view instanceof FlatMap)) return this.trace(view, this.graticule(Math.max(step, 1)));
    this.ruled(view, step);
    return this.degrees(view, step);
  }

  graticule(step) {
    const lines = [], fine = Math.min(2, step / 5);
    for (let lat = -90 + step; lat < 90; lat += step) {
      const line = [];
      for (let lon = -180; lon <= 180; lon += fine) line.push([lon, lat]);
      lines.push(line);
    }
    for (let lon = -180; lon < 180; lon += step) {
      const line = [];
      for (let lat = -90; lat <= 90; lat += fine) line.push([lon, lat]);
      lines.push(line);
    }
    return lines;
  }

  // Straight lines of a flat map.
  ruled(view, step) {
    const { width, height } = this.canvas;
    this.pen.beginPath();
    for (const lat of multiples(step, view.south, view.north)) {
      const y = (view.north - lat) / (view.north - view.south) * height;
      this.pen.moveTo(0, y);
      this.pen.lineTo(width, y);
    }
    for (const lon of multiples(step, view.west, view.east)) {
      const x = (lon - view.west) / (view.east - view.west) * width;
      this.pen.moveTo(x, 0);
      this.pen.lineTo(x, height);
    }
    this.pen.stroke();
  }

  trace(view, lines) {
    const { width, height } = this.canvas;
    const flat = view instanceof FlatMap;
    const world = flat ? 360 / (view.east - view.west) * width : 2 * width;
    this.pen.beginPath();
    for (const line of lines) {
      let before = null;
      for (const [lon, lat] of line) {
        const [x, y, seen] = view.point(lat, lon, width, height);
        // No line from one edge of the world to the other; the canvas cuts off what is outside of it.
        if (!flat && !seen) { before = null; continue; }
        if (before === null || Math.abs(x - before) > world / 2) this.pen.moveTo(x, y);
        else this.pen.lineTo(x, y);
        before = x;
      }
    }
    this.pen.stroke();
  }

  degrees(view, step) {
    const { width, height } = this.canvas, size = 11 * this.sharp;
    this.pen.font = `${size}px system-ui, "DejaVu Sans", sans-serif`;
    this.pen.lineWidth = 3 * this.sharp;
    this.pen.strokeStyle = "rgba(255,255,255,.85)";
    this.pen.fillStyle = "#111";
    const write = (text, x, y) => { this.pen.strokeText(text, x, y); this.pen.fillText(text, x, y); };
    const wide = step * Math.ceil(48 * this.sharp / (step / (view.east - view.west) * width));
    this.pen.textAlign = "center";
    for (const lon of multiples(wide, view.west, view.east)) {
      const x = (lon - view.west) / (view.east - view.west) * width;
      if (x > 2 * size && x < width - 2 * size) write(longitude(lon), x, height - 5 * this.sharp);
    }
    this.pen.textAlign = "left";
    for (const lat of multiples(step, view.south, view.north)) {
      const y = (view.north - lat) / (view.north - view.south) * height;
      if (y > 2 * size && y < height - 2 * size) write(latitude(lat), 4 * this.sharp, y + size / 3);
    }
  }

  // A small triangle for each station.
  stations(view) {
    const size = 5 * this.sharp;
    this.pen.fillStyle = "#fff";
    this.pen.strokeStyle = "#111";
    this.pen.lineWidth = 1.4 * this.sharp;
    for (const station of this.data.stations) {
      const [x, y, seen] = view.point(station.lat, station.lon, this.canvas.width, this.canvas.height);
      if (!seen) continue;
      this.pen.beginPath();
      this.pen.moveTo(x, y - size);
      this.pen.lineTo(x + size, y + 0.7 * size);
      this.pen.lineTo(x - size, y + 0.7 * size);
      this.pen.closePath();
      this.pen.fill();
      this.pen.stroke();
    }
  }

  wiper(x) {
    for (const [colour, wide] of [["#fff", 5], ["#111", 2]]) {
      this.pen.fillStyle = colour;
      this.pen.fillRect(x - wide * this.sharp / 2, 0, wide * this.sharp, this.canvas.height);
    }
  }

  cross(view, [lat, lon]) {
    const [x, y, seen] = view.point(lat, lon, this.canvas.width, this.canvas.height);
    if (!seen) return;
    for (const [colour, wide] of [["#fff", 4], ["#111", 1.6]]) {
      this.pen.strokeStyle = colour;
      this.pen.lineWidth = wide * this.sharp;
      this.pen.beginPath();
      this.pen.arc(x, y, 7 * this.sharp, 0, 2 * Math.PI);
      this.pen.stroke();
    }
  }
}

function trimmed(value) { return String(Math.round(value * 1e4) / 1e4); }

function latitude(value) {
  return `${trimmed(Math.abs(value))}°${value > 0 ? "N" : value < 0 ? "S" : ""}`;
}

function longitude(value) {
  const turned = ((((value + 180) % 360) + 360) % 360) - 180;
  const half = turned === 0 || turned === -180 ? "" : turned > 0 ? "E" : "W";
  return `${trimmed(Math.abs(turned))}°${half}`;
}
