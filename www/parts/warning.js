// Whether browsers warn of an address before they open it: pure.

/**
 * Nobody but the server itself can have vouched for an https address that is none of the internet's: a number of this network, or
 * a name that only it knows.
 * @param {string} address
 */
export function isWarnedOf(address) {
  const { protocol, hostname } = new URL(address);
  const number = /^[\d.]+$/.test(hostname) || hostname.startsWith("[");
  return protocol === "https:" && (number || !hostname.includes(".") || /\.(local|lan|home|internal|localhost)$/.test(hostname));
}
