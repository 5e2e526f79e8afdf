// Writes how the map with streets looks, as MapLibre layers: `node script/basemap-layers.mjs FOLDER`.
//
// The layers come from @protomaps/basemaps, which knows what the tiles of that schema hold; the colours are ours, so
// that the ground stays quiet and what is reported stands out. Run by script/build-frontend.
import { mkdirSync, writeFileSync } from "node:fs";
import { layers, namedFlavor } from "@protomaps/basemaps";

/** @typedef {import("@protomaps/basemaps").Flavor} Flavor */
/** @typedef {keyof typeof QUIET} Theme */
/** @typedef {typeof QUIET.light} Colours */

const FONT = "Plus Jakarta Sans";
// What helps somebody to say where a trouble is, by the kinds of Protomaps and the icons of lucide.
const LANDMARKS = {
  hospital: "hospital",
  clinic: "stethoscope",
  police: "shield",
  fire_station: "flame",
  school: "school",
  university: "graduation-cap",
  college: "graduation-cap",
  marketplace: "store",
  station: "train-front",
  bus_station: "bus",
  bus_stop: "bus",
  townhall: "landmark",
  place_of_worship: "moon-star",
  park: "trees",
  post_office: "mail",
};
const QUIET = {
  light: {
    background: "#e9e5dc",
    earth: "#fbfaf7",
    water: "#cfe3e6",
    park_a: "#e6efdf",
    park_b: "#d5e6cd",
    wood_a: "#dfead6",
    wood_b: "#d2e2c8",
    scrub_a: "#e8eede",
    scrub_b: "#dde6d0",
    hospital: "#f6e9e4",
    school: "#f4efe0",
    industrial: "#efece6",
    pedestrian: "#f2efe8",
    beach: "#f3ebd5",
    sand: "#f3ebd5",
    buildings: "#ece7dc",
    minor: "#ffffff",
    casing: "#ddd8cd",
    major: "#fff6e0",
    highway: "#f3dcae",
    highway_casing: "#d3b678",
    railway: "#b8b2a6",
    boundaries: "#a08a70",
    words: "#3b4347",
    soft: "#6b757b",
    halo: "#fbfaf7",
    ocean: "#4d7d84",
  },
  dark: {
    background: "#101416",
    earth: "#1c2225",
    water: "#15292e",
    park_a: "#1f2b24",
    park_b: "#203026",
    wood_a: "#1e2a23",
    wood_b: "#1e2d23",
    scrub_a: "#20292a",
    scrub_b: "#212c28",
    hospital: "#2b2424",
    school: "#2a2822",
    industrial: "#22282a",
    pedestrian: "#23292c",
    beach: "#2c2a22",
    sand: "#2c2a22",
    buildings: "#252c2f",
    minor: "#414b50",
    casing: "#14181a",
    major: "#565a52",
    highway: "#70654a",
    highway_casing: "#14181a",
    railway: "#566065",
    boundaries: "#7b6650",
    words: "#d5d6d2",
    soft: "#a9b2b6",
    halo: "#14181a",
    ocean: "#6f9aa0",
  },
};

/**
 * Which of our colours takes the place of each of the library's, by the beginning or end of its name.
 * @type {[RegExp, (name: string, ours: Colours) => string][]}
 */
const RULES = [
  [/_casing/, (name, ours) => (/highway/.test(name) ? ours.highway_casing : ours.casing)],
  [/_halo$/, (_name, ours) => ours.halo],
  [/^ocean_label$/, (_name, ours) => ours.ocean],
  [/^(city|country|subplace)_label$/, (_name, ours) => ours.words],
  [/_label(_minor|_major)?$|^roads_label/, (_name, ours) => ours.soft],
  [/highway$/, (_name, ours) => ours.highway],
  [/major$/, (_name, ours) => ours.major],
  [/minor(_a|_b|_service)?$|link$|other$|^pier$|^runway$/, (_name, ours) => ours.minor],
  [/^(aerodrome|zoo|military|glacier)$/, (_name, ours) => ours.industrial],
];

/**
 * All colours that the library asks for, from ours.
 * @param {Theme} theme
 */
function flavor(theme) {
  const ours = QUIET[theme];
  /** @type {Record<string, string>} */
  const named = ours;
  const { landcover: _landcover, pois: _pois, ...theirs } = namedFlavor(theme);
  const made = Object.fromEntries(
    Object.keys(theirs).map((name) => {
      const rule = RULES.find(([pattern]) => pattern.test(name));
      const colour = named[name] ?? rule?.[1](name, ours);
      if (!colour) throw new Error(`basemap-layers: no colour of ours for ${name}`);
      return [name, colour];
    }),
  );
  return /** @type {Flavor} */ (/** @type {unknown} */ (made));
}

/**
 * The landmarks as our icons and their names; the library's would need a picture of icons from elsewhere.
 * @param {Theme} theme
 * @param {string} language
 */
function landmarks(theme, language) {
  return {
    id: "landmarks",
    type: "symbol",
    source: "basemap",
    "source-layer": "pois",
    minzoom: 15,
    filter: ["in", ["get", "kind"], ["literal", Object.keys(LANDMARKS)]],
    layout: {
      "icon-image": ["match", ["get", "kind"], ...Object.entries(LANDMARKS).flat(), "map-pin"],
      "text-field": ["coalesce", ["get", `name:${language}`], ["get", "name"]],
      "text-font": [FONT],
      "text-size": 11,
      "text-anchor": "top",
      "text-offset": [0, 0.8],
      "text-max-width": 8,
      "text-optional": true,
    },
    paint: {
      "text-color": QUIET[theme].soft,
      "text-halo-color": QUIET[theme].halo,
      "text-halo-width": 1.2,
    },
  };
}

/**
 * Every layer of the map in a theme and a language.
 * @param {Theme} theme
 * @param {string} language
 */
function made(theme, language) {
  const all = layers("basemap", flavor(theme), { lang: language }).filter(({ id }) => id !== "roads_shields");
  for (const layer of all) {
    /** @type {Record<string, unknown> | undefined} */
    const layout = layer.layout;
    if (!layout) continue;
    if (layout["text-font"]) layout["text-font"] = [FONT];
    if (layer.id === "places_locality") delete layout["icon-image"];
    if (layer.id === "roads_oneway") {
      Object.assign(layout, { "icon-image": "arrow-right", "icon-rotate": 0, "icon-size": 0.6 });
    }
  }
  return [...all, landmarks(theme, language)];
}

const [, , folder] = process.argv;
if (!folder) throw new Error("basemap-layers: name the folder to write to");
mkdirSync(folder, { recursive: true });
for (const theme of /** @type {Theme[]} */ (Object.keys(QUIET)))
  for (const language of ["id", "en"])
    writeFileSync(`${folder}/${theme}-${language}.json`, JSON.stringify(made(theme, language)));
// The server draws its small pictures (basemap/drawing.py) in the same colours.
writeFileSync(`${folder}/colours.json`, JSON.stringify(QUIET.light));
