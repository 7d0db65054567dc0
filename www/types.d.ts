// The JSON that the page deals in: the HTTP API's (docs/api.md) and the peer's notices
// (crates/web/src/page/notice.rs).

import type { History } from "./parts/history.js";

/** A link as one of its ends sees it. */
export interface Link {
  peer: number;
  via: "direct" | "relayed";
  round_trip_ms?: number | null;
  mbit?: number | null;
  sent: number;
  received: number;
}

/** A page of the room. */
export interface Device {
  id: number;
  name: string;
  role: "device" | "host" | "watch";
  state: string;
  /** 0 to 1 while it fetches weights. */
  progress?: number | null;
  /** Whether its page is in the background. */
  hidden?: boolean;
  /** What is wrong with it, for people; where it is `quarantined`, what its results are like. */
  problem?: string | null;
  /** MAC/s. */
  capacity?: number | null;
  /** Bytes that it offers. */
  memory?: number | null;
  /** Parts of what was measured that the room counts on. */
  speed?: number | null;
  browser?: string;
  /** The bundle it computes with: `simd128`, `relaxed` or `threads x N`. */
  engine?: string;
  /** What its line carries, Mbit/s, where it was measured; `slow` where that is clearly less than before. */
  line?: { up_mbit: number | null; down_mbit: number | null; slow: boolean };
  links: Link[];
  tiles: number;
  /** Seconds spent computing. */
  busy: number;
}

/** From, to (exclusive). */
export interface Region {
  rows: [number, number];
  cols: [number, number];
}

/** The rows and columns of one tensor that a tile makes. */
export interface TileRegion extends Region {
  node: string;
  /** Height and width of the whole. */
  extent: [number, number];
}

/** How a photograph is brought to the network's input. */
export type Fit = { type: "crop"; fraction: number } | { type: "letterbox"; fill: number } | { type: "stretch" };

/** A port: a tile as stage and tile, or the picture's source. */
export type Port = [number, number] | null;

/** One device's part of a stage. */
export interface Tile {
  device: number;
  name: string;
  /** Which of the stage's groups it belongs to. */
  group: number;
  regions: TileRegion[];
  /** The part of the network's input on which it depends. */
  sees: Region;
  macs: number;
  /** Predicted seconds. */
  compute: number;
}

/** A run of layers and the devices that share it. */
export interface Stage {
  /** From, to (exclusive); both equal where the stage only gathers. */
  pieces: [number, number];
  layers: string[];
  /** How many of every round of pictures each group takes. */
  turns: number[];
  tiles: Tile[];
  /** Predicted seconds. */
  compute: number;
  /** Predicted seconds. */
  transfer: number;
}

/** Who computes what. */
export interface Plan {
  epoch: number;
  scheme: string;
  model: string;
  /** Whether all its devices are ready. */
  running: boolean;
  stages: Stage[];
  /** From, to, bytes of every picture. */
  flows: [Port, Port, number][];
  /** Channels, height, width. */
  input: [number, number, number];
  fit: Fit;
  /** Of a picture, nothing computed twice. */
  macs: number;
  /** What the fastest of the devices would do by itself, predicted. */
  alone: { device: number; name: string; period: number; latency: number } | null;
  /** Predicted seconds from one answer to the next. */
  period: number;
  /** Predicted seconds from picture to answer. */
  latency: number;
}

/** What the running plan was chosen from. */
export interface Front {
  /** Predicted seconds; expected at the arrival rate, null where pictures come too fast. */
  plans: { period: number; latency: number; expected_latency: number | null }[];
  /** The index of the plan that runs. */
  chosen: number;
  /** Of the one that takes over once all pictures under way are answered. */
  next: number | null;
  bound: { period: number };
  /** Whether no other plan beats these. */
  exact: boolean;
}

/** The room's state, `GET /api/rooms/CODE`. */
export interface RoomState {
  code: string;
  model: string;
  /** The network's name, for people. */
  title?: string;
  scheme: string;
  /** What the room is doing, for people. */
  status?: string;
  /** Why no plan is to be had any more, where the one that was made before goes on. */
  late?: string | null;
  url?: string;
  /** Whether changes and photographs want the token of whoever started it. */
  locked?: boolean;
  /** Whether the code is not enough to come in. */
  private?: boolean;
  /** Whether a PIN is. */
  pin?: boolean;
  devices: Device[];
  plan: Plan | null;
  front?: Front | null;
  /** Whether all share one medium, where that is known, and what it carries. */
  medium?: { shared: boolean | null; mbit: number | null };
  /** Pictures a second, averaged. */
  arrival_rate?: number | null;
  /** Seconds that passing on a tile takes beside computing it, where the room has learnt that. */
  passing?: number;
  /** Seconds by which a stage's slices are late, likewise. */
  delay?: number;
  /** Seconds. */
  latency_limit?: number | null;
  /** Seconds. */
  measured: { period: number | null; latency: number | null } | null;
  counters: Record<string, number>;
  timeline?: Timeline;
}

/** A tile: device, frame, stage; when it was done, seconds of receiving, waiting, computing; and of sending, once that is known. */
export type ToldTile = [number, number, number, number, number, number, number, (number | null)?];

/** A picture: frame, source; when it came, and was answered. */
export type ToldFrame = [number, number, number, number];

/** What was done last, in no particular order, by the room's clock. */
export interface Timeline {
  /** What that clock says now. */
  at: number;
  tiles: ToldTile[];
  frames: ToldFrame[];
}

/** A network that there is. */
export interface Network {
  id: string;
  title: string;
  kind: Answer["kind"];
  /** Channels, height, width. */
  input: [number, number, number];
  pieces: number;
  weight_bytes: number | null;
}

/** What the network says of a photograph, `POST /api/rooms/CODE/infer`. */
export interface Answer {
  frame: number;
  model: string;
  epoch: number;
  latency_ms: number;
  kind: "labels" | "boxes" | "map" | "raw";
  labels?: { label: string; index: number; score: number }[];
  /** In pixels of the photograph. */
  boxes?: { label: string; score: number; x: number; y: number; w: number; h: number }[];
  /** An 8-bit grey PNG, base64. */
  map?: { width: number; height: number; png: string };
  outputs?: { name: string; shape: [number, number, number]; top: [number, number][] }[];
}

/** What the peer tells the page. */
export type Notice =
  | { type: "joined"; id: number }
  | { type: "room"; state: RoomState }
  | { type: "work"; doing: "measuring" | "loading" | "working"; done: number; total: number }
  | { type: "measured"; benchmark: string }
  | { type: "layers"; layers: LayerTime[] }
  | { type: "part" } & MapPart
  | { type: "lost"; retry: number }
  | { type: "refused"; code: string; message: string }
  | { type: "trouble"; message: string };

/** A part of an answer that is a map, before the others, at the picture's source. */
export interface MapPart {
  frame: number;
  /** From, to (exclusive). */
  rows: [number, number];
  cols: [number, number];
  /** Height and width of the whole. */
  extent: [number, number];
  /** A grey value for each row and column of the part. */
  grey: Uint8Array;
  /** The picture's file. */
  image: Uint8Array<ArrayBuffer>;
}

/** How long a layer of this page's tiles takes. */
export interface LayerTime {
  name: string;
  op: string;
  /** What computes it. */
  kernel: string;
  macs: number;
  seconds: number;
}

/** What the page's address asks for. */
export interface Options {
  name: string;
  role: "device" | "host" | "watch";
  /** GMAC/s that this device computes at most. */
  pace?: number;
  /** Mbit/s that this device sends and receives at most. */
  bandwidth?: number;
  relay: boolean;
  /** The bundle to compute with, where the browser can run it. */
  engine?: "simd128" | "relaxed" | "threads";
  /** Threads to compute with at most. */
  threads?: number;
}

/** A device of the room that this page is. */
export interface Joined {
  /** Has its layers measured. */
  measureLayers(): void;
  /** Holds it down to so many GMAC/s and Mbit/s from now on; undefined is no limit. */
  limit(pace: number | undefined, bandwidth: number | undefined): void;
  /** Leaves the room for good; nothing else may be asked of it then. */
  leave(): void;
}

/** What a worker loads. */
export interface Bundle {
  /** A folder of /pkg. */
  name: string;
  /** The worker's own among them. */
  threads: number;
  /** Where the page has compiled it already. */
  module?: WebAssembly.Module;
  /** Where the page hears of threads that fail. */
  channel?: string;
}

/** A device of the simulator. */
export interface Wish {
  name: string;
  /** 10^9 multiply-accumulates a second. */
  gmacs: number;
  /** Of its own line, each way; null where it is the network's. */
  mbit: number | null;
  memory_mb: number;
}

/** A room of the simulator (crates/whatif). */
export interface Wishes {
  scheme: string;
  /** Seconds. */
  latency_limit: number | null;
  network: { mbit: number; shared: boolean; latency_ms: number };
  devices: Wish[];
}

/** What the page asks of the simulator's worker. */
export type Asked =
  | { type: "room"; manifest: string; wishes: Wishes }
  /** Its seconds in one of ours, and pictures in one of its; as many as are answered without. */
  | { type: "pace"; speed: number; rate?: number }
  | { type: "join"; device: Wish }
  | { type: "leave"; id: number }
  | { type: "slow"; id: number; times: number }
  | { type: "scheme"; scheme: string; limit: number | null }
  /** A plan of a real room, of which it is to foresee; else that of the simulated one. */
  | { type: "hold"; manifest: string; drawing: string }
  | { type: "foresee"; turn: number; drawn: Drawn }
  | { type: "draw"; drawn: Drawn };

/** What the simulator's worker tells the page; `now` in seconds of the room. */
export type Told =
  | { type: "begun" }
  | { type: "state"; now: number; state: RoomState }
  | { type: "foreseen"; turn: number; foreseen?: Foreseen; message?: string }
  | { type: "trouble"; message: string };

/** A step of a plan as somebody drew it. */
export interface Drawn {
  epoch: number;
  /** Index into the plan's stages. */
  stage: number;
  /** The part of the stage's tallest output that each tile makes, in the order of its tiles. */
  tiles: Region[];
}

/** What the plan is predicted to do, in seconds, as it is and as it was drawn. */
export interface Foreseen {
  present: { period: number; latency: number };
  changed: { period: number; latency: number };
}

/** How a room's plan is changed by hand. */
export interface Hand {
  /** What would come of it. */
  foresee(drawn: Drawn): Promise<Foreseen>;
  /** Has the room run it. */
  run(drawn: Drawn): Promise<unknown>;
  /** Has the room's scheme make a plan again. */
  back(state: RoomState): Promise<unknown>;
}

/** A part of the page that shows the room. */
export interface Part {
  element: HTMLElement;
  /** Shows `state`, where `me` is this page's id in the room; `history` is what came before. */
  show(state: RoomState, me: number | undefined, history: History): void;
}

declare global {
  interface Window {
    /** The HTTP API's JSON, for programs that drive the page. */
    convoy?: {
      state(): Promise<RoomState>;
      infer(image: Blob): Promise<Answer>;
    };
  }
  interface Navigator {
    userAgentData?: { platform: string; brands: { brand: string; version: string }[] };
  }
}
