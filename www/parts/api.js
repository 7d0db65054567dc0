// The server's HTTP API (docs/api.md).
import { key, keep, keepControl } from "./keys.js";
import { has, say } from "./language.js";
/** @import { Answer, Drawn, Network, RoomState } from "../types.js" */

/** An answer that is an error; its message is for people. */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {string} code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/**
 * @param {string} path
 * @param {RequestInit} [init]
 * @returns {Promise<any>}
 */
async function call(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new ApiError(0, "unreachable", say("error_unreachable"));
  }
  const body = await response.json().catch(() => null);
  if (response.ok) return body;
  const { code = "unknown", message = say("error_status", { status: response.status }) } = body?.error ?? {};
  throw new ApiError(response.status, code, errorWords(code, message));
}

/** A refusal in the reader's language; `why` are the server's words. @param {string} code @param {string} why */
export function errorWords(code, why) {
  const words = `error_${code}`;
  return has(words) ? say(words, { why }) : why;
}

/** @param {string} code @returns {Record<string, string>} */
function authorization(code) {
  const token = key(code);
  return token === undefined ? {} : { Authorization: `Bearer ${token}` };
}

/** Whether a private room does not let this tab in. @param {unknown} error */
export const isPrivate = (error) => error instanceof ApiError && error.code === "private";

/** @param {string} code */
const room = (code) => `/api/rooms/${encodeURIComponent(code)}`;

/**
 * Starts a room; this tab may change it even where it is locked.
 * @param {{model?: string, scheme?: string, latency_limit?: number, locked?: boolean, pin?: string}} wishes
 * @returns {Promise<string>} its code
 */
export async function createRoom(wishes) {
  const headers = { "Content-Type": "application/json" };
  const { code, token, join } = await call("/api/rooms", { method: "POST", headers, body: JSON.stringify(wishes) });
  if (token) keepControl(code, token);
  if (join) keep(code, join);
  return code;
}

/** @param {string} code @returns {Promise<RoomState>} */
export const roomState = (code) => call(room(code), { headers: authorization(code) });

/**
 * Exchanges a private room's PIN for what lets this tab in.
 * @param {string} code
 * @param {string} pin
 */
export async function enter(code, pin) {
  const headers = { "Content-Type": "application/json" };
  const { join } = await call(`${room(code)}/join`, { method: "POST", headers, body: JSON.stringify({ pin }) });
  if (join) keep(code, join);
}

/**
 * Has the room answer a photograph.
 * @param {string} code
 * @param {Blob} image
 * @param {string} key by which the server knows the request when it comes again
 * @returns {Promise<Answer>}
 */
export function infer(code, image, key) {
  const type = image.type || "application/octet-stream";
  const headers = { "Content-Type": type, "Idempotency-Key": key, ...authorization(code) };
  return call(`${room(code)}/infer`, { method: "POST", headers, body: image });
}

/**
 * @param {string} code
 * @param {string} model
 * @returns {Promise<RoomState>} the new state
 */
export function changeModel(code, model) {
  const headers = { "Content-Type": "application/json", ...authorization(code) };
  return call(`${room(code)}/model`, { method: "PUT", headers, body: JSON.stringify({ model }) });
}

/**
 * Brings a network of this room's own.
 * @param {string} code
 * @param {File} file ONNX
 * @param {Record<string, string>} about what the file does not say
 * @returns {Promise<Network>}
 */
export function bring(code, file, about) {
  const headers = { "Content-Type": "application/octet-stream", ...authorization(code) };
  return call(`${room(code)}/networks?${new URLSearchParams(about)}`, { method: "POST", headers, body: file });
}

/** The networks that the room has brought. @param {string} code @returns {Promise<Network[]>} */
export const ownModels = async (code) => (await call(`${room(code)}/networks`, { headers: authorization(code) })).models;

/**
 * Changes the scheme, and within how many seconds each picture is to be answered.
 * @param {string} code
 * @param {string} scheme
 * @param {number | null} limit
 * @returns {Promise<RoomState>} the new state
 */
export function changeScheme(code, scheme, limit) {
  const headers = { "Content-Type": "application/json", ...authorization(code) };
  return call(`${room(code)}/scheme`, { method: "PUT", headers, body: JSON.stringify({ scheme, latency_limit: limit }) });
}

/**
 * Lets everybody, or only who started the room, change it and send pictures.
 * @param {string} code
 * @param {boolean} locked
 */
export function lock(code, locked) {
  const headers = { "Content-Type": "application/json", ...authorization(code) };
  return call(`${room(code)}/access`, { method: "PUT", headers, body: JSON.stringify({ locked }) });
}

/** Sends a page away. @param {string} code @param {number} id */
export const sendAway = (code, id) => call(`${room(code)}/devices/${id}`, { method: "DELETE", headers: authorization(code) });

/** Lets a quarantined page take part again. @param {string} code @param {number} id */
export const pardon = (code, id) => call(`${room(code)}/devices/${id}/pardon`, { method: "POST", headers: authorization(code) });

/**
 * The plan that runs, to be changed by hand.
 * @param {string} code
 * @returns {Promise<{epoch: number, plan: {model: string}}>} and all that the planner needs to know of it
 */
export const drawing = (code) => call(`${room(code)}/plan`, { headers: authorization(code) });

/**
 * Has the room run the plan as it was drawn.
 * @param {string} code
 * @param {Drawn} drawn
 * @returns {Promise<RoomState>} the new state
 */
export function draw(code, drawn) {
  const headers = { "Content-Type": "application/json", ...authorization(code) };
  return call(`${room(code)}/plan`, { method: "PUT", headers, body: JSON.stringify(drawn) });
}

/**
 * Leaves a run with the server, for whoever started the room.
 * @param {string} code
 * @param {Blob} run
 * @returns {Promise<string>} the address that plays it
 */
export async function leaveRun(code, run) {
  const { path } = await call(`${room(code)}/runs`, { method: "POST", headers: { "Content-Type": "application/json", ...authorization(code) }, body: run });
  return `${await reachable()}/?run=${encodeURIComponent(path)}`;
}

/** A run that is kept under an address of this server. @param {URL} address @returns {Promise<unknown>} */
export const run = (address) => call(address.href);

/** The room's newest answered picture, where it is kept. @param {string} code @returns {Promise<Blob | undefined>} */
export async function newestPicture(code) {
  const response = await fetch(`${room(code)}/picture`, { headers: authorization(code) }).catch(() => undefined);
  return response?.ok ? response.blob() : undefined;
}

/** The networks there are. @returns {Promise<Network[]>} */
export const models = async () => (await call("/api/models")).models;

/** A network's description as it stands in its package. @param {string} model @returns {Promise<string>} */
export async function manifest(model) {
  const response = await fetch(`/models/${encodeURIComponent(model)}/model.json`);
  if (!response.ok) throw new ApiError(response.status, "unknown_model", say("error_status", { status: response.status }));
  return response.text();
}

/** The schemes there are. @returns {Promise<string[]>} */
export const schemes = async () => (await call("/api/schemes")).schemes;

/**
 * The address that other devices reach this room by.
 * @param {string} code
 * @returns {Promise<string>}
 */
export const roomUrl = async (code) => `${await reachable()}/r/${code}`;

/** What this server's addresses begin with for other devices: never one that only this machine knows, where another is there. */
async function reachable() {
  let base = location.origin;
  if (["localhost", "127.0.0.1", "[::1]"].includes(location.hostname)) {
    const { lan_urls: urls = [] } = await call("/api/info").catch(() => ({}));
    base = urls[0] ?? base;
  }
  return base.replace(/\/$/, "");
}

/**
 * The picture of the room's address, which invites where this tab may.
 * @param {string} code
 * @returns {Promise<string>} an address of it
 */
export async function qrCode(code) {
  const path = `${room(code)}/qr.svg`;
  const headers = authorization(code);
  if (headers.Authorization === undefined) return path;
  const response = await fetch(path, { headers });
  return response.ok ? URL.createObjectURL(await response.blob()) : path;
}
