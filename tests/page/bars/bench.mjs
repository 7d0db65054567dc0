// `cargo xtask bench page`: the page's bars, measured in Chromium. What misses one is named at the end.
//
//   node bench.mjs --convoy PROGRAM --chromium PROGRAM --tools FOLDER [--json]
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { firstAnswer } from "./first.mjs";
import { tasks, trace } from "./tasks.mjs";
import { weigh } from "./weight.mjs";

/** Of 100. */
const SCORES = { performance: 95, accessibility: 100, "best-practices": 100 };

/** Lighthouse's runs of each page, of which the one in the middle counts: it says itself that they differ with whatever else the machine does. */
const RUNS = 5;

/** Milliseconds to the first words, on Lighthouse's slow phone. */
const FIRST_PAINT = 1000;

/** Bytes on their way, without programs and with them. */
const [PAGE, WHOLE] = [300_000, 1_500_000];

/** Milliseconds that a task of the page's thread may take. */
const TASK = 50;

/** Seconds from opening the page to the first answer of so many devices, all files and their speed known. */
const [ANSWER, DEVICES] = [10, 4];

/** Seconds that a stream is traced for. */
const TRACED = 15;

const { values: { convoy, chromium, tools, json, help } } = parseArgs({
  options: { convoy: { type: "string" }, chromium: { type: "string" }, tools: { type: "string" }, json: { type: "boolean" }, help: { type: "boolean", short: "h" } },
});
if (help) {
  console.log(`Holds the page to its bars in Chromium: Lighthouse's scores, first paint, weight, the first answer, long tasks.

Usage: cargo xtask bench page [--json]

      --json  what was measured as one JSON document on stdout
  -h, --help  this`);
  process.exit(0);
}
const say = (text) => console.error(text);
const tool = (path) => import(pathToFileURL(join(tools, path)).href);

/** Starts the server; its address. */
async function serve() {
  const server = spawn(convoy, ["serve", "--addr", "127.0.0.1:0", "--stun", "off"], { stdio: ["ignore", "pipe", "ignore"] });
  const url = await new Promise((done, fail) => {
    let text = "";
    server.stdout.on("data", (chunk) => {
      text += chunk;
      const found = /listening on (\S+)/.exec(text);
      if (found) done(found[1].replace(/\/$/, ""));
    });
    server.on("exit", (code) => fail(new Error(`the server ended with ${code}`)));
  });
  return { url, stop: () => server.kill("SIGTERM") };
}

/** Of all the one that has as many below as above. */
const middle = (all, value) => [...all].sort((a, b) => value(a) - value(b))[Math.floor(all.length / 2)];

const { default: lighthouse } = await tool("lighthouse/core/index.js");
const { default: puppeteer } = await tool("puppeteer-core/lib/esm/puppeteer/puppeteer-core.js");
const folder = await mkdtemp(join(tmpdir(), "convoy-page-"));
const server = await serve();
const browser = await puppeteer.launch({ executablePath: chromium, headless: true, userDataDir: join(folder, "profile"), args: ["--no-sandbox", "--disable-dev-shm-usage"] });
const missed = [];
const measured = { pages: {}, weight: {}, tasks: {} };
const hold = (name, value, right, shown) => {
  say(`${right ? "ok    " : "MISSED"} ${name}: ${shown ?? value}`);
  if (!right) missed.push(name);
};

try {
  const made = await fetch(`${server.url}/api/rooms`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ model: "squeezenet1.1" }) });
  const { code } = await made.json();

  for (const path of ["/", `/r/${code}?role=watch`]) {
    const place = path.replace(code, "CODE");
    const runs = [];
    for (let run = 0; run < RUNS; run += 1) {
      const { lhr } = await lighthouse(`${server.url}${path}`, { port: Number(new URL(browser.wsEndpoint()).port), output: "json", logLevel: "error", onlyCategories: Object.keys(SCORES) });
      runs.push(lhr);
    }
    const lhr = middle(runs, ({ categories }) => categories.performance.score);
    const paint = middle(runs.map(({ audits }) => audits["first-contentful-paint"].numericValue), (value) => value);
    measured.pages[place] = { runs: runs.map(({ categories }) => Math.round(categories.performance.score * 100)), paint, ...Object.fromEntries(Object.keys(SCORES).map((id) => [id, Math.round(lhr.categories[id].score * 100)])) };
    for (const [id, least] of Object.entries(SCORES)) {
      const score = Math.round(lhr.categories[id].score * 100);
      hold(`${place} ${id}`, score, score >= least, `${score} of 100${id === "performance" ? ` (runs: ${measured.pages[place].runs.join(", ")})` : ""}`);
      for (const { id: audit } of lhr.categories[id].auditRefs.filter(({ id: audit, weight }) => weight > 0 && (lhr.audits[audit].score ?? 1) < 0.9)) {
        say(`         ${audit}: ${lhr.audits[audit].displayValue ?? lhr.audits[audit].title}`);
      }
    }
    hold(`${place} first contentful paint`, paint, paint < FIRST_PAINT, `${Math.round(paint)} ms`);
  }

  for (const path of ["/", `/r/${code}`]) {
    const place = path.replace(code, "CODE");
    const found = await weigh(browser, `${server.url}${path}`, 12);
    measured.weight[place] = found;
    hold(`${place} before the program`, found.page, found.page <= PAGE, `${Math.round(found.page / 1000)} kB`);
    hold(`${place} with it`, found.whole, found.whole <= WHOLE, `${Math.round(found.whole / 1000)} kB (${found.programs.join(", ") || "none"})`);
  }

  // The first visit fills the caches.
  const cold = await firstAnswer(browser, server.url, DEVICES);
  const warm = await firstAnswer(browser, server.url, DEVICES);
  measured.answer = { cold, warm };
  hold(`first answer of ${DEVICES} devices`, warm.answer, warm.answer < ANSWER, `${warm.answer.toFixed(1)} s (all ready after ${warm.ready.toFixed(1)} s; on a first visit ${cold.answer.toFixed(1)} s)`);

  // Sixteen devices, simulated, that answer as many pictures as they can.
  const page = await browser.newPage();
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(`${server.url}/?whatif`);
  await page.waitForSelector("#whatif-room");
  await page.waitForFunction(() => document.querySelector(".phase")?.getAttribute("data-running") === "true", { timeout: 60_000 });
  await page.select("#whatif-room", "many");
  await page.waitForFunction(() => document.querySelectorAll(".card").length === 16 && document.querySelector(".gantt rect.computing"), { timeout: 120_000 });
  const all = tasks(await trace(page, join(folder, "trace.json"), TRACED));
  const long = all.filter(({ ms }) => ms > TASK);
  measured.tasks = { longest: all[0]?.ms ?? 0, count: all.length, long: long.length };
  hold("longest task while sixteen devices stream", all[0]?.ms, all.length > 0 && long.length === 0, `${all[0]?.ms.toFixed(1)} ms of ${all.length} tasks`);
  for (const { ms, wall, did } of all.slice(0, 3)) say(`         ${ms.toFixed(1)} ms (${wall.toFixed(1)} by the clock): ${did.join(", ")}`);
} finally {
  await browser.close();
  server.stop();
  await rm(folder, { recursive: true, force: true });
}
if (json) console.log(JSON.stringify({ ...measured, missed }, null, 2));
if (missed.length > 0) say(`missed: ${missed.join("; ")}`);
process.exitCode = missed.length > 0 ? 1 : 0;
