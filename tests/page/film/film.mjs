// Makes the pictures of the README: a real run of four pages, seen on the page of whoever leads the lesson.
//
//   cargo xtask bundle && cargo build
//   node tests/page/film/film.mjs --convoy target/debug/convoy --chromium /usr/bin/chromium --tools target/tools/node_modules
//
// The tools are those that `cargo xtask bench page` installs.
import { spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { animated } from "./webp.mjs";

const { values: { convoy, chromium, tools, www, out } } = parseArgs({
  options: { convoy: { type: "string" }, chromium: { type: "string" }, tools: { type: "string" }, www: { type: "string" },
    out: { type: "string", default: fileURLToPath(new URL("../../../docs/images", import.meta.url)) } },
});

/** Speeds of the pages in GMAC/s, that of the leader first: together less than a core gives. */
const [LEADER, ...OTHERS] = [["Teacher", 0.35], ["Anna", 0.25], ["Ben", 0.2], ["Chloe", 0.15]];

/** What is filmed, in pixels; and of the film, how much smaller. */
const SIZE = { width: 1280, height: 860 };
const SCALE = 0.65;

/** Milliseconds between two pictures of the film, and how long each stays. */
const [EVERY, STAYS] = [450, 450];

/** Which of the page's rates, from the slowest on: fewer than the pages answer. */
const RATE = 1;

/** Seconds that pages may take to measure themselves, to connect and to fetch weights. */
const PATIENCE = 300;

const { default: puppeteer } = await import(pathToFileURL(join(tools, "puppeteer-core/lib/esm/puppeteer/puppeteer-core.js")).href);
const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Starts the server; its address. */
async function serve() {
  const server = spawn(convoy, ["serve", "--addr", "127.0.0.1:0", ...(www ? ["--www", www] : [])], { stdio: ["ignore", "pipe", "ignore"] });
  const url = await new Promise((done, fail) => {
    server.stdout.on("data", (text) => /listening on (\S+)/.test(text) && done(/listening on (\S+)/.exec(text)[1].replace(/\/$/, "")));
    server.on("exit", (code) => fail(new Error(`the server ended with ${code}`)));
  });
  return { url, stop: () => server.kill("SIGTERM") };
}

const server = await serve();
const browser = await puppeteer.launch({
  executablePath: chromium, headless: true, protocolTimeout: 1000 * PATIENCE,
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-timer-throttling", "--disable-renderer-backgrounding", "--disable-backgrounding-occluded-windows"],
});
try {
  const made = await fetch(`${server.url}/api/rooms`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ model: "squeezenet1.1", scheme: "pico" }) });
  const { code, token } = await made.json();
  const enter = async (query) => {
    const page = await (await browser.createBrowserContext()).newPage();
    await page.setViewport(SIZE);
    await page.goto(server.url);
    if (query.includes("role=host")) await page.evaluate((key, value) => sessionStorage.setItem(key, value), `convoy-token-${code}`, token);
    await page.goto(`${server.url}/r/${code}?threads=1&${query}`);
    return page;
  };
  const until = async (what, holds) => {
    for (const end = Date.now() + 1000 * PATIENCE; ;) {
      const state = await (await fetch(`${server.url}/api/rooms/${code}`)).json();
      if (holds(state)) return state;
      if (Date.now() > end) throw new Error(`never came: ${what}`);
      await wait(300);
    }
  };
  const running = (count) => (state) => state.plan?.running && state.devices.filter(({ state: stand }) => ["computing", "idle"].includes(stand)).length === count;

  const leader = await enter(`role=host&name=${LEADER[0]}&pace=${LEADER[1]}`);
  await leader.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  await until("one device", running(1));
  const frames = [];
  const shoot = async () => {
    const y = await leader.evaluate("scrollY");
    frames.push({ file: await leader.screenshot({ type: "webp", quality: 58, clip: { x: 0, y, ...SIZE, scale: SCALE } }), milliseconds: STAYS });
  };
  /** Films for so many pictures. */
  const film = async (count) => {
    for (let left = count; left > 0; left -= 1) {
      const began = Date.now();
      await shoot();
      await wait(Math.max(0, EVERY - (Date.now() - began)));
    }
  };
  await leader.evaluate(() => document.querySelectorAll(".sources .sample")[1].click());
  await until("an answer", ({ counters }) => counters.answered > 0);
  await film(3);
  for (const [index, [name, pace]] of OTHERS.entries()) {
    await enter(`name=${name}&pace=${pace}`);
    await until(name, running(index + 2));
    await film(2);
  }
  await leader.evaluate(() => document.querySelectorAll(".sources .sample")[0].click());
  await until("another answer", ({ counters }) => counters.answered > 1);
  await film(3);
  await leader.evaluate((rate) => {
    const slider = document.querySelector("#rate");
    slider.value = rate;
    slider.dispatchEvent(new Event("input"));
    document.querySelector("#again").click();
  }, RATE);
  await until("a stream", ({ counters }) => counters.answered > 8);
  await leader.evaluate(() => document.querySelector("#plan").scrollIntoView());
  await film(6);
  await leader.evaluate(() => document.querySelector("#timeline").scrollIntoView());
  await film(8);
  await leader.evaluate(() => scrollTo(0, 0));
  await film(3);
  await leader.screenshot({ path: join(out, "room.webp"), type: "webp", quality: 80, clip: { x: 0, y: 0, width: SIZE.width, height: 1500 }, captureBeyondViewport: true });
  const size = { width: Math.round(SIZE.width * SCALE), height: Math.round(SIZE.height * SCALE) };
  const file = animated(frames, size);
  await writeFile(join(out, "run.webp"), file);
  console.error(`${frames.length} pictures of ${size.width} by ${size.height}, ${Math.round(file.length / 1000)} kB`);
} finally {
  await browser.close();
  server.stop();
}
