// Where the phone is while a task is finished: followed from the moment that the task is opened, and no longer.

/** @typedef {{ lon: number, lat: number, accuracy: number, at: number }} Spot */

const EARTH = 6_371_000; // metres
const PATIENCE = 8_000; // milliseconds that sending waits for a first position

/** @type {Spot | null} */
let spot = null;
let watch = 0;

/**
 * Begins to follow it.
 * @param {(spot: Spot) => void} told
 */
export function follow(told) {
  leave();
  if (!navigator.geolocation) return;
  watch = navigator.geolocation.watchPosition(
    ({ coords }) => {
      // By the phone's own clock, as the result is: some phones write the satellites' time into the position.
      spot = { lon: coords.longitude, lat: coords.latitude, accuracy: coords.accuracy, at: Date.now() };
      told(spot);
    },
    () => {},
    { enableHighAccuracy: true, maximumAge: 10_000, timeout: 60_000 },
  );
}

export function leave() {
  if (watch) navigator.geolocation.clearWatch(watch);
  watch = 0;
  spot = null;
}

/**
 * The newest position; waits a little where there is none yet.
 * @returns {Promise<Spot | null>}
 */
export async function standing() {
  const end = performance.now() + PATIENCE;
  while (!spot && watch && performance.now() < end) await new Promise((done) => setTimeout(done, 100));
  return spot;
}

/**
 * Metres between a position and a point.
 * @param {Spot} from
 * @param {number} lon
 * @param {number} lat
 */
export function metresTo(from, lon, lat) {
  const east = ((lon - from.lon) * Math.PI * Math.cos((lat * Math.PI) / 180)) / 180;
  const north = ((lat - from.lat) * Math.PI) / 180;
  return Math.hypot(east, north) * EARTH;
}
