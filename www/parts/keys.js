// What lets this tab into rooms, kept for as long as the tab lives: the token of a room that it started,
// or the join token of an invitation or a PIN. A browser that keeps nothing for a page has it until the page goes.

/** @type {Map<string, string>} */
const held = new Map();

/** @param {"token" | "join"} what @param {string} code */
const place = (what, code) => `convoy-${what}-${code.toUpperCase()}`;

/** @param {"token" | "join"} what @param {string} code @returns {string | undefined} */
function get(what, code) {
  const name = place(what, code);
  try {
    return sessionStorage.getItem(name) ?? held.get(name);
  } catch {
    return held.get(name);
  }
}

/** Whether it outlives the page. @param {"token" | "join"} what @param {string} code @param {string} value */
function set(what, code, value) {
  const name = place(what, code);
  held.set(name, value);
  try {
    sessionStorage.setItem(name, value);
    return true;
  } catch {
    return false;
  }
}

/** What this tab has for the room, the more the better. @param {string} code @returns {string | undefined} */
export const key = (code) => get("token", code) ?? get("join", code);

/** Whether this tab started the room. @param {string} code */
export const controlsRoom = (code) => get("token", code) !== undefined;

/** @param {string} code @param {string} token */
export const keepControl = (code, token) => set("token", code, token);

/** @param {string} code @param {string} join */
export const keep = (code, join) => set("join", code, join);

/** What an address needs behind it to invite into a private room. @param {string} code */
export function invitation(code) {
  const join = get("join", code);
  return join === undefined ? "" : `#join=${join}`;
}

/**
 * Keeps the join token that an invitation's address has behind its `#`, where no server sees it, and
 * takes it out of sight; where it is not kept it stays there, so that the page can be loaded again.
 * @param {string} code
 */
export function keepInvitation(code) {
  const join = new URLSearchParams(location.hash.slice(1)).get("join");
  if (join === null || !/^[\w-]{1,64}$/.test(join)) return;
  if (keep(code, join)) history.replaceState(history.state, "", location.pathname + location.search);
}
