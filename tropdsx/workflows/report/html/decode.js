// Packed fields become numbers: see packing.py. Fields that follow from others are computed here.

async function unpack(text, epochs, rows, columns) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const raw = new Uint8Array(await new Response(stream).arrayBuffer());
  const size = epochs * rows * columns;
  const codes = new Uint16Array(size);
  for (let k = 0; k < size; k++) {
    const folded = (raw[k] << 8) | raw[size + k];
    codes[k] = (folded >> 1) ^ -(folded & 1);
  }
  // Sums along rows, columns and epochs; they wrap round at 2 ** 16.
  const cells = rows * columns;
  for (let k = columns; k < size; k++) if (k % cells >= columns) codes[k] += codes[k - columns];
  for (let k = 1; k < size; k++) if (k % columns) codes[k] += codes[k - 1];
  for (let k = cells; k < size; k++) codes[k] += codes[k - cells];
  return codes;
}

// Bilinear: two rows and two columns around each node, by the weights that the page brings.
function interpolated(values, link, columns) {
  const out = new Float32Array(link.rows.index.length * link.columns.index.length);
  let place = 0;
  link.rows.index.forEach((rows, i) => {
    link.columns.index.forEach((around, j) => {
      let sum = 0;
      for (let a = 0; a < 2; a++) {
        for (let b = 0; b < 2; b++) {
          // A null is a place outside of the coarse grid; a weight of 0 asks for no value.
          const down = link.rows.weight[i][a] ?? NaN, along = link.columns.weight[j][b] ?? NaN;
          const weight = down * along;
          if (weight !== 0) sum += weight * values[rows[a] * columns + around[b]];
        }
      }
      out[place++] = sum;
    });
  });
  return out;
}

class Fields {
  constructor(data) {
    this.data = data;
    this.codes = new Map();
    this.kept = new Map();
  }

  grid(field) { return this.data.grids[field.grid]; }

  // Unpacks what a field needs, once.
  async load(field) {
    if (field.parts) {
      for (const part of field.parts) await this.load(this.data.fields[part]);
      return;
    }
    if (this.codes.has(field)) return;
    const grid = this.grid(field);
    const epochs = field.timed ? this.data.times.length : 1;
    this.codes.set(field, await unpack(field.text, epochs, grid.lat.length, grid.lon.length));
  }

  // Values of one epoch [m, or 1], NaN where missing; those last used are kept.
  values(field, epoch) {
    const when = field.timed ? epoch : 0;
    const name = `${this.data.fields.indexOf(field)}/${when}`;
    let values = this.kept.get(name);
    if (!values) {
      values = field.parts ? this.combined(field, epoch) : this.decoded(field, when);
      if (this.kept.size > 24) this.kept.delete(this.kept.keys().next().value);
      this.kept.set(name, values);
    }
    return values;
  }

  decoded(field, epoch) {
    const grid = this.grid(field);
    const size = grid.lat.length * grid.lon.length;
    const codes = this.codes.get(field).subarray(epoch * size, (epoch + 1) * size);
    const out = new Float32Array(size);
    for (let k = 0; k < size; k++) out[k] = codes[k] ? field.offset + field.step * (codes[k] - 1) : NaN;
    return out;
  }

  combined(field, epoch) {
    const [one, other] = field.parts.map((number) => {
      const part = this.data.fields[number];
      const values = this.values(part, epoch);
      const same = part.grid === field.grid;
      return same ? values : interpolated(values, this.data.link, this.grid(part).lon.length);
    });
    const [a, b] = field.factors;
    const out = new Float32Array(one.length);
    for (let k = 0; k < out.length; k++) out[k] = a * one[k] + b * other[k];
    return out;
  }
}
