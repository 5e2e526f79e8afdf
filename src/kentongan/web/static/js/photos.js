// Photos on the way from a phone: made small, with the place that the camera wrote.
import { exifOf, placeIn } from "./photo-told.js";

const PATIENCE = 45_000; // milliseconds for one photo; after that it goes as it is
const LARGEST = 20 * 1024 * 1024; // bytes that the server takes of one photo
const READ = 128 * 1024 * 1024; // bytes of one that is tried: cameras of 200 megapixels write 20 to 60 MB
const SMALL = 400_000; // bytes of one that was made small
const HEAD = 262_144; // bytes in which cameras write what they know

/** @type {Worker | null} */
let worker = null;
let asked = 0;

function ready() {
  const can = "Worker" in globalThis && "OffscreenCanvas" in globalThis && "createImageBitmap" in globalThis;
  if (can) worker ??= new Worker(new URL("./photo-worker.js", import.meta.url), { type: "module" });
  return worker;
}

/**
 * The photo in at most 400 kB, upright, with what the camera wrote; the photo itself where this phone cannot.
 * @param {File} photo
 * @returns {Promise<File>}
 */
export function smaller(photo) {
  const helper = ready();
  if (!helper) return Promise.resolve(photo);
  asked += 1;
  const id = asked;
  return new Promise((done) => {
    /** @param {Blob} made */
    const end = (made) => {
      clearTimeout(timer);
      helper.removeEventListener("message", hear);
      helper.removeEventListener("error", giveUp);
      done(made === photo || made.size >= photo.size ? photo : new File([made], photo.name, { type: made.type }));
    };
    /** @param {MessageEvent} event */
    const hear = ({ data }) => {
      if (data.id === id) end(data.made);
    };
    const giveUp = () => end(photo);
    const timer = setTimeout(giveUp, PATIENCE);
    helper.addEventListener("message", hear);
    helper.addEventListener("error", giveUp);
    helper.postMessage({ id, photo });
  });
}

/**
 * As `smaller`, and null where the server would not take what it became.
 * @param {File} photo
 * @returns {Promise<File | null>}
 */
export async function fitting(photo) {
  if (photo.size > READ) return null;
  const made = await smaller(photo);
  return made.size <= LARGEST ? made : null;
}

/**
 * What those weigh that could not be made small (HEIC where the browser does not read it), in words; empty for none.
 * @param {Blob[]} photos
 */
export function weightOfWhole(photos) {
  const bytes = photos.filter(({ size }) => size > SMALL).reduce((sum, { size }) => sum + size, 0);
  const number = (bytes / 1e6).toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
  return bytes ? `${number} MB` : "";
}

/**
 * Where a photo was taken, as its camera wrote it.
 * @param {Blob} photo
 */
export async function placeOf(photo) {
  return placeIn(exifOf(await photo.slice(0, HEAD).arrayBuffer()));
}

/**
 * Puts files into an input, as if the person had chosen them.
 * @param {HTMLInputElement} input
 * @param {File[]} files
 */
export function put(input, files) {
  const held = new DataTransfer();
  for (const file of files) held.items.add(file);
  input.files = held.files;
}

/**
 * Makes the photos of an ordinary form small when they are chosen; whoever sends before that sends them as they are.
 * @param {HTMLInputElement} input
 */
export function shrinkIn(input) {
  input.addEventListener("change", async () => {
    const chosen = [...(input.files ?? [])];
    const made = [];
    for (const photo of chosen) made.push(await smaller(photo));
    const same = chosen.length === input.files?.length && chosen.every((photo, at) => photo === input.files?.[at]);
    if (same) put(input, made);
  });
}
