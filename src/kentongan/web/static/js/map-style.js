// The map with streets from our own file: how its bytes are asked for, and its icons.
import { colour, json } from "./map-ground.js";
import { sprite } from "./page.js";

/** @typedef {import("maplibre-gl").Map} GlMap */
/** @typedef {import("maplibre-gl").StyleSpecification} Style */

/** @typedef {import("maplibre-gl").AddProtocolAction} Ranges reads tiles out of one file by ranges of its bytes */

const ICON = 24; // pixels of a landmark's icon with its ring
/** @type {Promise<Ranges> | undefined} */
let ranges;

/**
 * The style for the person's theme and language, and how its file is read; null where it cannot be had, so that the
 * page draws what it has without it. Both are asked for at once, beside the map's own program: on a slow link each
 * that waits for another is a second.
 * @param {string} address
 * @param {string} language
 * @returns {Promise<{ style: Style, ranges: Ranges } | null>}
 */
export async function ownStyle(address, language) {
  const theme = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  ranges ??= import(/** @type {string} */ (new URL("../vendor/pmtiles.mjs", import.meta.url).href)).then(
    ({ Protocol }) => new Protocol({ metadata: false }).tile,
  );
  try {
    const [style, tile] = await Promise.all([json(`${address}?theme=${theme}&lang=${language}`), ranges]);
    return { style, ranges: tile };
  } catch {
    ranges = undefined;
    return null;
  }
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
