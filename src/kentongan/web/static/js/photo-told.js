// What a camera wrote into a photo (EXIF), found in the bytes of JPEG, PNG and WebP. Pages and the worker use it alike.

const EXIF = [0x45, 0x78, 0x69, 0x66, 0, 0]; // "Exif" and two zeros, as JPEG writes it before the block
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8]; // bytes of a value by its TIFF type
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

/** @param {DataView} view */
function blockOfJpeg(view) {
  let at = 2;
  while (view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda) {
    const length = view.getUint16(at + 2);
    const begins = EXIF.every((byte, step) => view.getUint8(at + 4 + step) === byte);
    if (view.getUint8(at + 1) === 0xe1 && begins) return [at + 10, length - 8];
    at += 2 + length;
  }
  return null;
}

/** @param {DataView} view */
function blockOfPng(view) {
  for (let at = 8; ; at += 12 + view.getUint32(at)) {
    const name = letters(view, at + 4, 4);
    if (name === "eXIf") return [at + 8, view.getUint32(at)];
    if (name === "IEND") return null;
  }
}

/** @param {DataView} view */
function blockOfWebp(view) {
  for (let at = 12; ; ) {
    const length = view.getUint32(at + 4, true);
    if (letters(view, at, 4) === "EXIF") {
      const skip = letters(view, at + 8, 4) === "Exif" ? EXIF.length : 0; // some writers put JPEG's beginning here too
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
 * The entries of one directory of a TIFF: where the value of each tag stands.
 * @param {DataView} view
 * @param {number} at
 * @param {boolean} little byte order
 * @returns {Map<number, number>}
 */
function directory(view, at, little) {
  const entries = new Map();
  const many = view.getUint16(at, little);
  for (let one = 0; one < many; one++) {
    const entry = at + 2 + one * 12;
    const bytes = (TYPE_BYTES[view.getUint16(entry + 2, little)] ?? 0) * view.getUint32(entry + 4, little);
    const where = bytes > 4 ? view.getUint32(entry + 8, little) : entry + 8;
    entries.set(view.getUint16(entry, little), where);
  }
  return entries;
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
    const gps = directory(view, view.getUint32(pointer, little), little);
    /**
     * @param {number} sides the tag of the hemisphere
     * @param {string} plus
     * @param {string} minus
     */
    const degrees = (sides, plus, minus) => {
      const value = gps.get(sides + 1) ?? Number.NaN;
      const side = String.fromCharCode(view.getUint8(gps.get(sides) ?? Number.NaN)).toUpperCase();
      const part = (/** @type {number} */ at) =>
        view.getUint32(value + at * 8, little) / view.getUint32(value + at * 8 + 4, little);
      const sign = side === plus ? 1 : side === minus ? -1 : Number.NaN; // without a hemisphere it is no position
      return sign * (part(0) + (part(1) || 0) / 60 + (part(2) || 0) / 3600);
    };
    if (!gps.has(1) || !gps.has(2) || !gps.has(3) || !gps.has(4)) return null;
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
    if (at !== undefined) view.setUint16(at, 1, little);
  } catch (fault) {
    if (!(fault instanceof RangeError)) throw fault;
  }
  return block;
}
