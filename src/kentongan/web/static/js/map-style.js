// The map with streets from our own file: how its bytes are asked for, and its icons.
import { colour, json } from "./map-ground.js";
import { sprite } from "./page.js";

/** @typedef {typeof import("maplibre-gl")} Gl */
/** @typedef {import("maplibre-gl").Map} GlMap */
/** @typedef {import("maplibre-gl").StyleSpecification} Style */

const ICON = 24; // pixels of a landmark's icon with its ring
let ready = false;

/**
 * The style for the person's theme and language; an empty text where it cannot be had, so that the page draws what it
 * has without it.
 * @param {Gl} gl
 * @param {string} address
 * @param {string} language
 * @returns {Promise<Style | "">}
 */
export async function ownStyle(gl, address, language) {
  const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  try {
    const style = /** @type {Style} */ (await json(`${address}?theme=${theme}&lang=${language}`));
    await rangesOf(gl);
    return style;
  } catch {
    return "";
  }
}

/**
 * Teaches the map to read tiles out of one file by ranges of its bytes.
 * @param {Gl} gl
 */
async function rangesOf(gl) {
  if (ready) return;
  const { Protocol } = await import(/** @type {string} */ (new URL("../vendor/pmtiles.mjs", import.meta.url).href));
  gl.addProtocol("pmtiles", new Protocol({ metadata: false }).tile);
  ready = true;
}

/**
 * Draws the icons of landmarks when the map first meets one: the same that the pages use, on a small disc.
 * @param {GlMap} map
 */
export function iconsOf(map) {
  const drawing = new Set();
  map.on("styleimagemissing", async (/** @type {{ id: string }} */ { id }) => {
    if (drawing.has(id)) return;
    drawing.add(id);
    const icon = await drawn(id);
    if (icon && !map.hasImage(id)) map.addImage(id, icon, { pixelRatio: 2 });
  });
}

/** @type {Promise<Document> | undefined} */
let symbols;

/**
 * An icon of the site's sprite as pixels, twice as fine as it is shown.
 * @param {string} name
 * @returns {Promise<ImageData | null>}
 */
async function drawn(name) {
  symbols ??= fetch(sprite())
    .then((answer) => answer.text())
    .then((text) => new DOMParser().parseFromString(text, "image/svg+xml"));
  const symbol = (await symbols).getElementById(name);
  if (!symbol) return null;
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" fill="none"` +
    ` stroke="${colour("soft")}" stroke-width="2" stroke-linecap="round">${symbol.innerHTML}</svg>`;
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"), { width: 2 * ICON, height: 2 * ICON });
  const pencil = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pencil.fillStyle = colour("paper");
  pencil.beginPath();
  pencil.arc(ICON, ICON, ICON - 1, 0, 2 * Math.PI);
  pencil.fill();
  pencil.drawImage(image, 9, 9, 2 * ICON - 18, 2 * ICON - 18);
  return pencil.getImageData(0, 0, 2 * ICON, 2 * ICON);
}
