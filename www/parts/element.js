// Making and filling elements; text is always text, never markup.

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Partial<Record<string, any>>} [properties] set as properties; `data-…` and `aria-…` as attributes
 * @param {...(Node | string | null | undefined | false)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (key.includes("-") || key === "role") element.setAttribute(key, String(value));
    else Reflect.set(element, key, value);
  }
  fill(element, ...children);
  return element;
}

/**
 * Replaces what is in `element`.
 * @param {Element} element
 * @param {...(Node | string | null | undefined | false)} children
 */
export function fill(element, ...children) {
  element.replaceChildren(.../** @type {(Node | string)[]} */ (
    children.filter((child) => child !== null && child !== undefined && child !== false)));
}

/**
 * A section with a heading.
 * @param {string} id
 * @param {string} title
 * @param {...(Node | string | null | undefined | false)} children
 */
export function section(id, title, ...children) {
  const heading = make("h2", { id: `${id}-title` }, title);
  return make("section", { id, "aria-labelledby": `${id}-title` }, heading, ...children);
}

/**
 * A colour of one's own for a device, the same on every page.
 * @param {HTMLElement} element
 * @param {number} device
 */
export function tint(element, device) {
  // The golden angle keeps neighbours apart.
  element.style.setProperty("--hue", String(Math.round((device * 137.508 + 160) % 360)));
}
