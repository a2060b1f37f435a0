// Where on the Earth a pixel lies, and where on the canvas a place: flat map and globe.

const RAD = Math.PI / 180;

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
  constructor(extent) {
    [this.west, this.east, this.south, this.north] = extent;
    const tall = this.north - this.south;
    const middle = (this.north + this.south) / 2;
    this.squeeze = tall > 100 ? 1 : Math.max(0.3, Math.cos(middle * RAD));
    this.ratio = (this.east - this.west) / tall * this.squeeze;
  }

  place(x, y, width, height) {
    return [
      this.north - (y / height) * (this.north - this.south),
      this.west + (x / width) * (this.east - this.west),
    ];
  }

  // [x, y] of a place, and whether it is to be seen.
  point(lat, lon, width, height) {
    const turned = this.west + ((((lon - this.west) % 360) + 360) % 360);
    return [
      (turned - this.west) / (this.east - this.west) * width,
      (this.north - lat) / (this.north - this.south) * height,
      turned <= this.east && lat <= this.north && lat >= this.south,
    ];
  }
}

class Globe {
  constructor(lat, lon) {
    this.ratio = 1;
    this.turn(lat, lon);
  }

  turn(lat, lon) {
    this.lat = Math.max(-90, Math.min(90, lat));
    this.lon = lon;
    this.sin = Math.sin(this.lat * RAD);
    this.cos = Math.cos(this.lat * RAD);
  }

  place(x, y, width, height) {
    const right = (2 * x / width - 1) * 1.02;
    const up = (1 - 2 * y / height) * 1.02;
    const square = right * right + up * up;
    if (square > 1) return [NaN, NaN];
    const front = Math.sqrt(1 - square);
    const lat = Math.asin(Math.max(-1, Math.min(1, up * this.cos + front * this.sin))) / RAD;
    return [lat, this.lon + Math.atan2(right, front * this.cos - up * this.sin) / RAD];
  }

  point(lat, lon, width, height) {
    const away = (lon - this.lon) * RAD;
    const north = Math.sin(lat * RAD), level = Math.cos(lat * RAD);
    const right = level * Math.sin(away);
    const up = north * this.cos - level * this.sin * Math.cos(away);
    const front = north * this.sin + level * this.cos * Math.cos(away);
    return [(right / 1.02 + 1) * width / 2, (1 - up / 1.02) * height / 2, front > 0];
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
