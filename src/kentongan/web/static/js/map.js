// Every map of the site: each element with data-map becomes one. Works without any outside service: where no base
// map style is set, the shipped boundaries are drawn.
const css = getComputedStyle(document.documentElement);
const colour = (name) => css.getPropertyValue(`--${name}`).trim();
const STATUSES = ["waiting", "in_process", "done", "no_partner", "closed"];
const COUNTRY = [[94.5, -11.3], [141.5, 6.3]];
const WORDS = {
  id: { locate: "Lokasi saya", in: "Perbesar", out: "Perkecil", free: "Gunakan dua jari untuk menggeser peta", ctrl: "Tekan Ctrl sambil menggulir untuk memperbesar peta", reports: "laporan" },
  en: { locate: "My location", in: "Zoom in", out: "Zoom out", free: "Use two fingers to move the map", ctrl: "Hold Ctrl while scrolling to zoom the map", reports: "reports" },
};

function offlineStyle() {
  const layers = [{ id: "paper", type: "background", paint: { "background-color": colour("sunk") } }];
  return { version: 8, sources: {}, layers };
}

async function json(address) {
  const answer = await fetch(address, { headers: { accept: "application/json" } });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  return answer.json();
}

const REGENCIES_FROM = 8; // zoom: nearer, the provinces' outlines are too coarse and the regencies' take over

async function drawOutline(map, code, fit) {
  const shapes = await json(`/map/outline/${code}.json`).catch(() => null);
  if (!shapes || !shapes.features.length || map.getSource(`outline-${code}`)) return;
  const id = `outline-${code}`;
  map.addSource(id, { type: "geojson", data: shapes });
  // The area that the page is about lies above its surroundings, and the reports above all.
  const above = fit ? ["points"] : [`outline-${map.getContainer().dataset.outline}-fill`, "points"];
  const before = above.find((layer) => map.getLayer(layer));
  map.addLayer({ id: `${id}-fill`, type: "fill", source: id, paint: { "fill-color": colour(fit ? "sea-wash" : "card") } }, before);
  map.addLayer({ id: `${id}-line`, type: "line", source: id, paint: { "line-color": colour(fit ? "sea" : "teak"), "line-width": fit ? 2 : 0.8, "line-opacity": 0.7 } }, before);
  if (code === "province") ["fill", "line"].forEach((kind) => map.setLayerZoomRange(`${id}-${kind}`, 0, REGENCIES_FROM));
  else if (!fit) ["fill", "line"].forEach((kind) => map.setLayerZoomRange(`${id}-${kind}`, REGENCIES_FROM, 24));
  if (!fit) return;
  if (map.getContainer().dataset.pin) return;
  const box = [180, 90, -180, -90];
  const widen = (part) => typeof part[0] === "number"
    ? (box[0] = Math.min(box[0], part[0]), box[1] = Math.min(box[1], part[1]), box[2] = Math.max(box[2], part[0]), box[3] = Math.max(box[3], part[1]))
    : part.forEach(widen);
  shapes.features.forEach((shape) => (shape.geometry.geometries || [shape.geometry]).forEach((one) => widen(one.coordinates)));
  map.fitBounds(box, { padding: 24, animate: false, maxZoom: 15 });
}

function tilesInView(map, z = Math.max(3, Math.min(18, Math.floor(map.getZoom()) + 1))) {
  const size = 2 ** z, box = map.getBounds();
  const column = (lon) => Math.max(0, Math.min(size - 1, Math.floor(((lon + 180) / 360) * size)));
  const row = (lat) => {
    const y = Math.log(Math.tan(Math.PI / 4 + (Math.max(-85, Math.min(85, lat)) * Math.PI) / 360));
    return Math.max(0, Math.min(size - 1, Math.floor(((1 - y / Math.PI) / 2) * size)));
  };
  const tiles = [];
  for (let x = column(box.getWest()); x <= column(box.getEast()); x++)
    for (let y = row(box.getNorth()); y <= row(box.getSouth()); y++) tiles.push(`${z}/${x}/${y}`);
  return tiles.slice(0, 48);
}

function clusterMarker(gl, lon, lat, counts, map, words) {
  const total = STATUSES.reduce((sum, one) => sum + (counts[one] || 0), 0);
  const most = STATUSES.reduce((best, one) => ((counts[one] || 0) > (counts[best] || 0) ? one : best), "waiting");
  const button = document.createElement("button");
  button.type = "button";
  button.className = `cluster is-${most}${total > 99 ? " many" : ""}`;
  button.textContent = total > 9999 ? `${Math.round(total / 1000)}k` : total;
  button.setAttribute("aria-label", `${total} ${words.reports}`);
  button.addEventListener("click", () => map.easeTo({ center: [lon, lat], zoom: map.getZoom() + 2 }));
  return new gl.Marker({ element: button }).setLngLat([lon, lat]).addTo(map);
}

function livePoints(gl, map, words) {
  const seen = new Map();
  let markers = [], turn = 0;
  const stateColour = ["match", ["get", "status"], ...STATUSES.flatMap((one) => [one, colour(one)]), colour("soft")];
  map.addSource("points", { type: "geojson", data: { type: "FeatureCollection", features: [] } });
  map.addLayer({ id: "points", type: "circle", source: "points", paint: { "circle-radius": 8, "circle-color": stateColour, "circle-stroke-width": 2, "circle-stroke-color": colour("card") } });
  async function show() {
    const mine = ++turn;
    const tiles = await Promise.all(tilesInView(map).map(async (tile) => {
      if (!seen.has(tile)) seen.set(tile, await json(`/api/v1/map/${tile}`).catch(() => ({})));
      return seen.get(tile);
    }));
    if (mine !== turn) return;
    markers.forEach((one) => one.remove());
    markers = tiles.flatMap((tile) => (tile.clusters || []).map(([lon, lat, counts]) => clusterMarker(gl, lon, lat, counts, map, words)));
    const features = tiles.flatMap((tile) => (tile.points || []).map(([code, lon, lat, status]) => ({
      type: "Feature", properties: { code, status }, geometry: { type: "Point", coordinates: [lon, lat] } })));
    map.getSource("points").setData({ type: "FeatureCollection", features });
  }
  map.on("moveend", show);
  document.addEventListener("renewed", () => { seen.clear(); show(); });
  map.on("click", "points", (event) => { location.href = `/r/${event.features[0].properties.code}`; });
  map.on("mouseenter", "points", () => { map.getCanvas().style.cursor = "pointer"; });
  map.on("mouseleave", "points", () => { map.getCanvas().style.cursor = ""; });
  show();
}

function regencyOutlines(map) {
  const drawn = new Set();
  async function show() {
    if (map.getZoom() < REGENCIES_FROM) return;
    const box = map.getBounds(), near = 0.5; // degrees: a regency reaches into view from beyond its middle
    const tiles = await Promise.all(tilesInView(map, 7).map((tile) => json(`/map/names/${tile}.json`).catch(() => ({ names: [] }))));
    const wanted = tiles.flatMap((tile) => tile.names).filter(([lon, lat, , code]) => !drawn.has(code)
      && lon > box.getWest() - near && lon < box.getEast() + near && lat > box.getSouth() - near && lat < box.getNorth() + near);
    wanted.slice(0, 24).forEach(([, , , code]) => { drawn.add(code); drawOutline(map, code, false); });
  }
  map.on("moveend", show);
  return show();
}

// Place names, written by the page: glyphs of a base map would have to come from somewhere else.
function placeNames(gl, map) {
  const seen = new Map();
  let shown = [], turn = 0;
  async function show() {
    const mine = ++turn, zoom = map.getZoom(), z = zoom < 7 ? 4 : zoom < 9.5 ? 7 : zoom < 12.5 ? 10 : 13;
    const tiles = await Promise.all(tilesInView(map, z).map(async (tile) => {
      if (!seen.has(tile)) seen.set(tile, (await json(`/map/names/${tile}.json`).catch(() => ({ names: [] }))).names);
      return seen.get(tile);
    }));
    if (mine !== turn) return;
    shown.forEach((one) => one.remove());
    const taken = [];
    shown = tiles.flat().flatMap(([lon, lat, name]) => {
      const at = map.project([lon, lat]);
      if (taken.some((other) => Math.abs(other.x - at.x) < 92 && Math.abs(other.y - at.y) < 30)) return [];
      taken.push(at);
      const words = Object.assign(document.createElement("span"), { className: "place-name", textContent: name });
      return [new gl.Marker({ element: words }).setLngLat([lon, lat]).addTo(map)];
    });
  }
  map.on("moveend", show);
  show();
}

function pinElement() {
  const pin = document.createElement("div");
  pin.className = "pin";
  const sprite = document.querySelector("svg.icon use").getAttribute("href").split("#")[0];
  pin.innerHTML = `<svg class="icon" aria-hidden="true"><use href="${sprite}#map-pin"/></svg>`;
  return pin;
}

function placePin(gl, map, place, set) {
  const here = set.lon && set.lat ? [Number(set.lon), Number(set.lat)] : null;
  if (set.pin === "here") return new gl.Marker({ element: pinElement(), anchor: "bottom" }).setLngLat(here).addTo(map);
  // The map moves under the pin, as people know it; touching it at all means that they chose.
  const marker = new gl.Marker({ element: pinElement(), anchor: "bottom" }).setLngLat(map.getCenter()).addTo(map);
  const tell = () => place.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: map.getCenter() }));
  map.on("move", () => marker.setLngLat(map.getCenter()));
  map.on("moveend", (event) => { if (event.originalEvent || event.picked) tell(); });
  map.on("click", (event) => map.easeTo({ center: event.lngLat, zoom: Math.max(map.getZoom(), Math.min(map.getZoom() + 3, 16)) }, { picked: true }));
  return marker;
}

async function begin(place) {
  const set = place.dataset, words = WORDS[set.lang] || WORDS.id;
  const sheet = Object.assign(document.createElement("link"), { rel: "stylesheet", href: set.css });
  document.head.append(sheet);
  const gl = await import(set.module);
  const known = set.lon && set.lat;
  const map = new gl.Map({
    container: place, style: set.style || offlineStyle(), attributionControl: set.style ? {} : false,
    ...(known ? { center: [Number(set.lon), Number(set.lat)], zoom: Number(set.zoom) || 12 } : { bounds: COUNTRY }),
    cooperativeGestures: true, dragRotate: false, pitchWithRotate: false, maxZoom: 19,
    locale: { "NavigationControl.ZoomIn": words.in, "NavigationControl.ZoomOut": words.out, "GeolocateControl.FindMyLocation": words.locate,
      "CooperativeGesturesHandler.MobileHelpText": words.free, "CooperativeGesturesHandler.WindowsHelpText": words.ctrl, "CooperativeGesturesHandler.MacHelpText": words.ctrl },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new gl.NavigationControl({ showCompass: false }), "top-right");
  place.map = map;
  if (set.pin) placePin(gl, map, place, set);
  map.on("load", async () => {
    if (!set.style && set.borders === "polygons") {
      drawOutline(map, "province", false);
      regencyOutlines(map);
    }
    if (set.outline && set.outline !== "province" && set.borders === "polygons") await drawOutline(map, set.outline, true);
    if (!set.style) placeNames(gl, map);
    if (set.points) livePoints(gl, map, words);
  });
}

const watching = new IntersectionObserver((entries) => entries.filter((one) => one.isIntersecting).forEach((one) => {
  watching.unobserve(one.target);
  begin(one.target).catch((fault) => { one.target.dataset.fault = String(fault); });
}), { rootMargin: "200px" });
document.querySelectorAll("[data-map]").forEach((place) => watching.observe(place));
