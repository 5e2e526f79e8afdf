// Makes a photo small beside the page, so that the page stays quick. What the camera wrote goes along untouched, and a
// comment in the file says that a phone made it from which photo: evidence is told, not weakened.
import { exifOf, isKnown, upright } from "./photo-told.js";

const MOST = 400_000; // bytes
const EDGE = 1600; // pixels: what the server shows at most
const QUALITIES = [0.85, 0.75, 0.65, 0.55, 0.45];
const SMALLEST = 400; // pixels of the longer side, below which nothing is to be seen

/**
 * A segment of a JPEG.
 * @param {number} marker
 * @param {Uint8Array} content at most 65,533 bytes
 */
function segment(marker, content) {
  const length = content.length + 2;
  return new Uint8Array([0xff, marker, length >> 8, length & 0xff, ...content]);
}

/** @param {ArrayBuffer} bytes */
async function digest(bytes) {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * What stands before the pixels: the camera's words, and those of this program.
 * @param {ArrayBuffer} bytes
 * @param {ImageBitmap} picture
 */
async function words(bytes, picture) {
  const parts = [];
  const block = exifOf(bytes);
  if (block && block.length < 65_000) {
    parts.push(segment(0xe1, new Uint8Array([0x45, 0x78, 0x69, 0x66, 0, 0, ...upright(block)])));
  }
  const sum = globalThis.crypto?.subtle ? `, sha-256 ${await digest(bytes)}` : ""; // not over plain http
  const from = `${picture.width}x${picture.height}, ${bytes.byteLength} bytes${sum}`;
  parts.push(segment(0xfe, new TextEncoder().encode(`Kentongan: made smaller on the phone from ${from}`)));
  return parts;
}

/**
 * The picture as a JPEG whose longer side has `edge` pixels at most.
 * @param {ImageBitmap} picture
 * @param {number} edge
 */
function drawn(picture, edge) {
  const scale = Math.min(1, edge / Math.max(picture.width, picture.height));
  const canvas = new OffscreenCanvas(
    Math.max(1, Math.round(picture.width * scale)),
    Math.max(1, Math.round(picture.height * scale)),
  );
  const pen = canvas.getContext("2d");
  if (!pen) throw new Error("no canvas");
  pen.fillStyle = "#fff"; // what is transparent is white, as on the page
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/**
 * A JPEG of at most 400 kB; the photo itself where it is small already, or of a kind whose EXIF cannot be copied.
 * @param {Blob} photo
 * @returns {Promise<Blob>}
 */
async function smaller(photo) {
  if (photo.size <= MOST) return photo;
  const bytes = await photo.arrayBuffer();
  if (!isKnown(bytes)) return photo;
  const picture = await createImageBitmap(photo, { imageOrientation: "from-image" });
  const before = await words(bytes, picture);
  const room = MOST - before.reduce((sum, one) => sum + one.length, 0);
  for (let edge = EDGE; edge >= SMALLEST; edge *= 0.7) {
    const canvas = drawn(picture, edge);
    for (const quality of QUALITIES) {
      const made = await canvas.convertToBlob({ type: "image/jpeg", quality });
      if (made.size <= room) return new Blob([made.slice(0, 2), ...before, made.slice(2)], { type: "image/jpeg" });
    }
  }
  return photo;
}

addEventListener("message", async ({ data: { id, photo } }) => {
  const made = await smaller(photo).catch(() => photo); // what this phone cannot read, the server may
  postMessage({ id, made });
});
