// Elements of the page by selector, of the kind that is expected: a page and its script that no longer fit say so.

/**
 * The first element of `kind` that `selector` names within `root`; null where there is none.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} kind
 * @param {ParentNode} [root]
 * @returns {T | null}
 */
export function maybe(selector, kind, root = document) {
  const found = root.querySelector(selector);
  return found instanceof kind ? found : null;
}

/**
 * The same where there must be one.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} kind
 * @param {ParentNode} [root]
 * @returns {T}
 * @throws {Error} naming the selector
 */
export function one(selector, kind, root = document) {
  const found = maybe(selector, kind, root);
  if (!found) throw new Error(`The page has no ${selector}`);
  return found;
}

/**
 * All elements of `kind` that `selector` names.
 * @template {Element} T
 * @param {string} selector
 * @param {new () => T} kind
 * @param {ParentNode} [root]
 * @returns {T[]}
 */
export function every(selector, kind, root = document) {
  return [...root.querySelectorAll(selector)].flatMap((found) => (found instanceof kind ? [found] : []));
}

/**
 * A copy of what a `<template>` holds: its first element.
 * @param {HTMLTemplateElement} template
 * @returns {HTMLElement}
 */
export function copyOf(template) {
  const first = template.content.firstElementChild?.cloneNode(true);
  if (!(first instanceof HTMLElement)) throw new Error("An empty template");
  return first;
}

/** The address of the icons' sprite, as the page's own icons name it. */
export function sprite() {
  return (document.querySelector("svg.icon use")?.getAttribute("href") ?? "").split("#")[0];
}

/**
 * A moment by this device's clock as all our pages write it: "18:15:49".
 * @param {number} at milliseconds since 1970
 */
export function timeOf(at) {
  return new Date(at).toLocaleTimeString("id-ID", { hour12: false }).replaceAll(".", ":");
}
