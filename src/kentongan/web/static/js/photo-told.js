// What a camera wrote into a photo (EXIF), found in the bytes of JPEG, PNG and WebP. Pages and the worker use it alike.

const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0]; // "Exif" and two zeros, as JPEG writes it before the block
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8]; // bytes of a value by its TIFF type
const [SHORT, LONG, SIGNED_RATIONAL, DOUBLE] = [3, 4, 10, 12]; // TIFF types
const ORIENTATION = 0x0112;
const GPS = 0x8825;

/**
 * @param {DataView} view
 * @param {number} at
 * @param {number} length
 */
function letters(view, at, length) {
  return String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, length));
}

/**
 * @param {DataView} view
 * @param {number} at
 */
function saysExif(view, at) {
  return EXIF.every((byte, step) => view.getUint8(at + step) === byte);
}

/** @param {DataView} view */
function blockOfJpeg(view) {
  let at = 2;
  while (view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda) {
    if (view.getUint8(at + 1) === 0xff) {
      at += 1; // a byte that fills
      continue;
    }
    const length = view.getUint16(at + 2);
    if (view.getUint8(at + 1) === 0xe1 && saysExif(view, at + 4)) return [at + 10, length - 8];
    at += 2 + length;
  }
  return null;
}

/** @param {DataView} view */
function blockOfPng(view) {
  for (let at = 8; ; at += 12 + view.getUint32(at)) {
    const name = letters(view, at + 4, 4);
    if (name === "eXIf") {
      const skip = saysExif(view, at + 8) ? EXIF.length : 0; // some writers put JPEG's beginning here too
      return [at + 8 + skip, view.getUint32(at) - skip];
    }
    if (name === "IEND") return null;
  }
}

/** @param {DataView} view */
function blockOfWebp(view) {
  for (let at = 12; ; ) {
    const length = view.getUint32(at + 4, true);
    if (letters(view, at, 4) === "EXIF") {
      const skip = saysExif(view, at + 8) ? EXIF.length : 0;
      return [at + 8 + skip, length - skip];
    }
    at += 8 + length + (length % 2);
  }
}

/** @param {DataView} view */
function blockIn(view) {
  if (view.getUint16(0) === 0xffd8) return blockOfJpeg(view);
  if (view.getUint32(0) === 0x89504e47) return blockOfPng(view);
  if (letters(view, 0, 4) === "RIFF" && letters(view, 8, 4) === "WEBP") return blockOfWebp(view);
  return null;
}

/**
 * Whether a photo is of a kind whose EXIF is found here: of another kind nobody can say what a copy would lose.
 * @param {ArrayBuffer} bytes
 */
export function isKnown(bytes) {
  if (bytes.byteLength < 12) return false;
  const view = new DataView(bytes);
  const webp = letters(view, 0, 4) === "RIFF" && letters(view, 8, 4) === "WEBP";
  return view.getUint16(0) === 0xffd8 || view.getUint32(0) === 0x89504e47 || webp;
}

/**
 * A copy of the EXIF block (a TIFF); null where there is none, or where it is damaged.
 * @param {ArrayBuffer} bytes
 * @returns {Uint8Array<ArrayBuffer> | null}
 */
export function exifOf(bytes) {
  try {
    const found = blockIn(new DataView(bytes));
    return found && new Uint8Array(bytes.slice(found[0], found[0] + found[1]));
  } catch (fault) {
    if (fault instanceof RangeError) return null; // a length that lies
    throw fault;
  }
}

/**
 * The entries of one directory of a TIFF: the type of each tag, how many values it has and where they stand.
 * @param {DataView} view
 * @param {number} at
 * @param {boolean} little byte order
 * @returns {Map<number, { type: number, many: number, where: number }>}
 */
function directory(view, at, little) {
  const entries = new Map();
  const length = view.getUint16(at, little);
  for (let one = 0; one < length; one++) {
    const entry = at + 2 + one * 12;
    const type = view.getUint16(entry + 2, little);
    const many = view.getUint32(entry + 4, little);
    const bytes = (TYPE_BYTES[type] ?? 0) * many;
    const where = bytes > 4 ? view.getUint32(entry + 8, little) : entry + 8;
    entries.set(view.getUint16(entry, little), { type, many, where });
  }
  return entries;
}

/**
 * Degrees out of one to three numbers, as the server has them (`reports/camera.py`): of seconds that are not known
 * (0/0) there need be none where the minutes have a fraction.
 * @param {number[]} parts
 */
function wholeDegrees(parts) {
  const [whole = Number.NaN, minutes = 0, said = 0] = parts;
  const seconds = Number.isNaN(said) && !Number.isInteger(minutes) ? 0 : said;
  const sound = whole >= 0 && minutes >= 0 && minutes <= 60 && seconds >= 0 && seconds <= 60;
  return sound ? whole + minutes / 60 + seconds / 3600 : Number.NaN;
}

/** @param {Uint8Array} block */
function opened(block) {
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const little = view.getUint16(0) === 0x4949;
  return { view, little, entries: directory(view, view.getUint32(4, little), little) };
}

/**
 * The place that the camera wrote, in degrees WGS 84; null where it wrote none that makes sense.
 * @param {Uint8Array | null} block
 * @returns {{ lon: number, lat: number } | null}
 */
export function placeIn(block) {
  if (!block) return null;
  try {
    const { view, little, entries } = opened(block);
    const pointer = entries.get(GPS);
    if (pointer === undefined) return null;
    const gps = directory(view, view.getUint32(pointer.where, little), little);
    /** @param {{ type: number, many: number, where: number }} of */
    const numbers = ({ type, many, where }) =>
      Array.from({ length: Math.min(many, 3) }, (_one, step) => {
        if (type === SHORT) return view.getUint16(where + step * 2, little);
        if (type === LONG) return view.getUint32(where + step * 4, little);
        if (type === DOUBLE) return view.getFloat64(where + step * 8, little);
        const signed = type === SIGNED_RATIONAL;
        const read = (/** @type {number} */ at) => (signed ? view.getInt32(at, little) : view.getUint32(at, little));
        return read(where + step * 8) / read(where + step * 8 + 4);
      });
    /**
     * @param {number} sides the tag of the hemisphere
     * @param {string} plus
     * @param {string} minus
     */
    const degrees = (sides, plus, minus) => {
      const [said, value] = [gps.get(sides), gps.get(sides + 1)];
      if (!said || !value) return Number.NaN;
      const side = letters(view, said.where, Math.min(said.many, 8)).trim().charAt(0).toUpperCase();
      const sign = side === plus ? 1 : side === minus ? -1 : Number.NaN; // without a hemisphere it is no position
      return sign * wholeDegrees(numbers(value));
    };
    const [lat, lon] = [degrees(1, "N", "S"), degrees(3, "E", "W")];
    const sound = Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && (lat !== 0 || lon !== 0);
    return sound ? { lon, lat } : null;
  } catch (fault) {
    if (fault instanceof RangeError) return null;
    throw fault;
  }
}

/**
 * The same block for pixels that stand upright already.
 * @param {Uint8Array<ArrayBuffer>} block changed in place
 */
export function upright(block) {
  try {
    const { view, little, entries } = opened(block);
    const at = entries.get(ORIENTATION);
    if (at?.type === LONG) view.setUint32(at.where, 1, little);
    else if (at) view.setUint16(at.where, 1, little);
  } catch (fault) {
    if (!(fault instanceof RangeError)) throw fault;
  }
  return block;
}
