// Where on the Earth a pixel lies, and where on the canvas a place: flat map and globe.

const RAD = Math.PI / 180;
// Half of the canvas, in radii of the globe.
const RIM = 1.02;

// The node whose cell holds a value of an axis, or -1; a longitude may lie whole turns away.
function finder(axis, round) {
  const count = axis.length;
  const sign = count > 1 && axis[count - 1] < axis[0] ? -1 : 1;
  const at = (k) => sign * axis[k];
  const first = count > 1 ? at(0) - (at(1) - at(0)) / 2 : at(0) - 0.5;
  const last = count > 1 ? at(count - 1) + (at(count - 1) - at(count - 2)) / 2 : at(0) + 0.5;
  return (value) => {
    let x = sign * value;
    if (round) x = first + ((((x - first) % 360) + 360) % 360);
    if (!(x >= first - 1e-9 && x <= last + 1e-9)) return -1;
    let low = 0, high = count - 1;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (at(middle) <= x) low = middle; else high = middle;
    }
    return x - at(low) < at(high) - x ? low : high;
  };
}

class FlatMap {
  // `least` is the narrowest strip of latitude that is worth a whole map [deg].
  constructor(extent, least) {
    const [west, east, south, north] = extent;
    const tall = north - south, middle = (north + south) / 2;
    this.whole = { west, south, wide: east - west, tall };
    this.round = east - west > 359.9;
    const squeeze = tall > 100 ? 1 : Math.max(0.3, Math.cos(middle * RAD));
    this.ratio = (east - west) / tall * squeeze;
    this.most = Math.max(1, tall / least);
    this.reset();
  }

  reset() {
    this.zoom = 1;
    this.shift(this.whole.west, this.whole.south);
  }

  // Shows the part whose lower left corner lies there, as far as there is something to see.
  shift(west, south) {
    const { whole } = this;
    const wide = whole.wide / this.zoom, tall = whole.tall / this.zoom;
    const within = (value, low, room) => Math.max(low, Math.min(low + room, value));
    this.south = within(south, whole.south, whole.tall - tall);
    this.north = this.south + tall;
    this.west = this.round
      ? whole.west + ((((west - whole.west) % 360) + 360) % 360)
      : within(west, whole.west, whole.wide - wide);
    this.east = this.west + wide;
  }

  // Zooms; the place at these parts of width and height stays where it is.
  zoomBy(factor, right, down) {
    const [lat, lon] = this.place(right, down, 1, 1);
    this.zoom = Math.max(1, Math.min(this.most, this.zoom * factor));
    const { wide, tall } = this.whole;
    this.shift(lon - right * wide / this.zoom, lat - (1 - down) * tall / this.zoom);
  }

  // Moves what is shown, in parts of width and height.
  drag(right, down) {
    this.shift(this.west - right * (this.east - this.west), this.south + down * (this.north - this.south));
  }

  // Moves as little as brings a place into view, off the edge.
  follow(lat, lon) {
    const [x, y] = this.point(lat, lon, 1, 1), edge = 0.06;
    const out = (at) => (at < edge ? at - edge : at > 1 - edge ? at - 1 + edge : 0);
    if (this.zoom > 1) this.drag(-out(x), -out(y));
  }

  place(x, y, width, height) {
    return [
      this.north - (y / height) * (this.north - this.south),
      this.west + (x / width) * (this.east - this.west),
    ];
  }

  // [x, y] of a place, by the shorter way from the middle, and whether it is to be seen.
  point(lat, lon, width, height) {
    const middle = (this.west + this.east) / 2;
    const away = ((((lon - middle + 180) % 360) + 360) % 360) - 180;
    const wide = this.east - this.west;
    return [
      (away / wide + 0.5) * width,
      (this.north - lat) / (this.north - this.south) * height,
      Math.abs(away) <= wide / 2 && lat <= this.north && lat >= this.south,
    ];
  }
}

class Globe {
  constructor(lat, lon, least) {
    this.ratio = 1;
    this.most = Math.max(1, 120 / least);
    this.home = [lat, lon];
    this.reset();
  }

  reset() {
    this.zoom = 1;
    this.turn(...this.home);
  }

  turn(lat, lon) {
    this.lat = Math.max(-90, Math.min(90, lat));
    this.lon = lon;
    this.sin = Math.sin(this.lat * RAD);
    this.cos = Math.cos(this.lat * RAD);
  }

  // About its middle.
  zoomBy(factor) { this.zoom = Math.max(1, Math.min(this.most, this.zoom * factor)); }

  drag(right, down) {
    const degrees = 115 / this.zoom;
    this.turn(this.lat + down * degrees, this.lon - right * degrees);
  }

  follow(lat, lon) { this.turn(lat, lon); }

  place(x, y, width, height) {
    const right = (2 * x / width - 1) * RIM / this.zoom;
    const up = (1 - 2 * y / height) * RIM / this.zoom;
    const square = right * right + up * up;
    if (square > 1) return [NaN, NaN];
    const front = Math.sqrt(1 - square);
    const lat = Math.asin(Math.max(-1, Math.min(1, up * this.cos + front * this.sin))) / RAD;
    return [lat, this.lon + Math.atan2(right, front * this.cos - up * this.sin) / RAD];
  }

  point(lat, lon, width, height) {
    const away = (lon - this.lon) * RAD, size = this.zoom / RIM;
    const north = Math.sin(lat * RAD), level = Math.cos(lat * RAD);
    const right = level * Math.sin(away);
    const up = north * this.cos - level * this.sin * Math.cos(away);
    const front = north * this.sin + level * this.cos * Math.cos(away);
    return [(right * size + 1) * width / 2, (1 - up * size) * height / 2, front > 0];
  }
}

// Which cell of a grid each pixel shows, -1 for none.
function cellsOfPixels(view, grid, width, height) {
  const row = finder(grid.lat, false), column = finder(grid.lon, true);
  const count = grid.lon.length;
  const cells = new Int32Array(width * height);
  if (view instanceof FlatMap) {
    const columns = Array.from({ length: width }, (_, x) =>
      column(view.place(x + 0.5, 0, width, height)[1]));
    for (let y = 0; y < height; y++) {
      const i = row(view.place(0, y + 0.5, width, height)[0]);
      for (let x = 0; x < width; x++) {
        cells[y * width + x] = i < 0 || columns[x] < 0 ? -1 : i * count + columns[x];
      }
    }
    return cells;
  }
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      const [lat, lon] = view.place(x + 0.5, y + 0.5, width, height);
      const i = lat === lat ? row(lat) : -1;
      const j = i < 0 ? -1 : column(lon);
      cells[k] = j < 0 ? -1 : i * count + j;
    }
  }
  return cells;
}
