// What lets this tab into rooms, kept for as long as the tab lives: the token of a room that it started,
// or the join token of an invitation or a PIN.

/** @param {"token" | "join"} what @param {string} code */
const place = (what, code) => `convoy-${what}-${code.toUpperCase()}`;

/** What this tab has for the room, the more the better. @param {string} code @returns {string | undefined} */
export function key(code) {
  return sessionStorage.getItem(place("token", code)) ?? sessionStorage.getItem(place("join", code)) ?? undefined;
}

/** Whether this tab started the room. @param {string} code */
export const controlsRoom = (code) => sessionStorage.getItem(place("token", code)) !== null;

/** @param {string} code @param {string} token */
export const keepControl = (code, token) => sessionStorage.setItem(place("token", code), token);

/** @param {string} code @param {string} join */
export const keep = (code, join) => sessionStorage.setItem(place("join", code), join);

/** What an address needs behind it to invite into a private room. @param {string} code */
export function invitation(code) {
  const join = sessionStorage.getItem(place("join", code));
  return join === null ? "" : `#join=${join}`;
}

/**
 * Keeps the join token that an invitation's address has behind its `#`, where no server sees it, and
 * takes it out of sight.
 * @param {string} code
 */
export function keepInvitation(code) {
  const join = new URLSearchParams(location.hash.slice(1)).get("join");
  if (join === null || !/^[\w-]{1,64}$/.test(join)) return;
  keep(code, join);
  history.replaceState(history.state, "", location.pathname + location.search);
}
