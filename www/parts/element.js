// Making and filling elements; text is always text, never markup.

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {Node | string | null | undefined | false} Child */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Partial<Record<string, any>>} [properties] set as properties; `data-…` and `aria-…` as attributes
 * @param {...Child} children
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
 * An element of a drawing.
 * @template {keyof SVGElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | undefined>} [attributes]
 * @param {...Child} children
 * @returns {SVGElementTagNameMap[K]}
 */
export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined) element.setAttribute(key, typeof value === "number" ? String(Math.round(value * 100) / 100) : value);
  }
  fill(element, ...children);
  return element;
}

/**
 * Replaces what is in `element`.
 * @param {Element} element
 * @param {...Child} children
 */
export function fill(element, ...children) {
  element.replaceChildren(.../** @type {(Node | string)[]} */ (
    children.filter((child) => child !== null && child !== undefined && child !== false)));
}

/** Sets the text of an element where it is another one: what reads aloud need not say it again. @param {Element} element @param {string} text */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Keeps a child of `element` for every item, in their order, and makes no more than it must: what
 * has the focus keeps it.
 * @template T
 * @template {Element & {show(item: T): void}} E
 * @param {Element} element
 * @param {T[]} items
 * @param {(item: T) => string} key
 * @param {(item: T) => E} build
 */
export function keep(element, items, key, build) {
  const old = new Map([.../** @type {any} */ (element.children)].map((child) => [child.getAttribute("data-key"), child]));
  items.forEach((item, index) => {
    const name = key(item);
    let child = old.get(name);
    old.delete(name);
    if (child === undefined) {
      child = build(item);
      child.setAttribute("data-key", name);
    }
    child.show(item);
    if (element.children[index] !== child) element.insertBefore(child, element.children[index] ?? null);
  });
  old.forEach((child) => child.remove());
}

/**
 * A section with a heading.
 * @param {string} id
 * @param {string} title
 * @param {...Child} children
 */
export function section(id, title, ...children) {
  const heading = make("h2", { id: `${id}-title` }, title);
  return make("section", { id, "aria-labelledby": `${id}-title` }, heading, ...children);
}

/**
 * A part that is opened by whoever wants more.
 * @param {string} title
 * @param {...Child} children
 */
export function more(title, ...children) {
  return make("details", { className: "more" }, make("summary", {}, title), ...children);
}

/** A control with its title above it. @param {HTMLElement} input @param {string} title */
export const field = (input, title) => make("p", { className: "field" }, make("label", { htmlFor: input.id }, title), input);
