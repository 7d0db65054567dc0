// The page's words: complete in every language, and none that nobody says.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import en from "../../www/languages/en.js";
import zh from "../../www/languages/zh.js";

const www = new URL("../../www/", import.meta.url);
const sources = ["app.js", ...readdirSync(new URL("parts/", www)).map((name) => `parts/${name}`)]
  .map((path) => readFileSync(new URL(path, www), "utf8")).join("\n");

const places = (form) => [...new Set([form].flat().join(" ").match(/\{\w+\}/g) ?? [])].sort();

test("every language has the same words, each with its places", () => {
  assert.deepEqual(Object.keys(zh), Object.keys(en));
  for (const key of Object.keys(en)) {
    const [wanted, found] = [places(en[key]), places(zh[key])];
    // A language without two forms may leave a number out where English has a word for one.
    for (const place of found) assert.ok(wanted.includes(place), `${key}: ${place}`);
    for (const place of wanted) assert.ok(found.includes(place) || place === "{n}" || key === "event_plan_one", `${key} lacks ${place}`);
    if (key !== "names_between") for (const form of [en[key], zh[key]].flat()) assert.notEqual(form, "", key);
  }
});

test("no word is there that nobody says", () => {
  // Some keys are put together from a beginning and what the server or a browser says.
  const begun = [...sources.matchAll(/`([a-z]+_)\$\{/g)].map(([, beginning]) => beginning);
  const unused = Object.keys(en).filter((key) => !sources.includes(`"${key}"`) && !begun.some((beginning) => key.startsWith(beginning)));
  assert.deepEqual(unused, []);
});

test("no word is said that is not there", () => {
  const said = [...sources.matchAll(/\bsay\("([a-z_0-9]+)"/g)].map(([, key]) => key);
  assert.deepEqual([...new Set(said)].filter((key) => !(key in en)), []);
});

/** The names of a Rust struct's fields. */
const fields = (path, name) => {
  const source = readFileSync(new URL(`../../crates/session/src/coordinator/${path}`, import.meta.url), "utf8");
  const body = new RegExp(`struct ${name}\\b[^{]*\\{([^}]*)\\}`).exec(source)[1];
  return [...body.matchAll(/^\s*(?:pub\([a-z]+\) )?([a-z_]+):/gm)].map(([, field]) => field);
};

test("every counter of a room's state has words", () => {
  const counters = [...fields("measured.rs", "Counters"), ...fields("state.rs", "Count").filter((field) => field !== "counters")];
  assert.ok(counters.length > 15 && counters.includes("slow_lines") && counters.includes("in_flight"), counters.join(" "));
  for (const counter of counters) for (const words of [en, zh]) assert.ok(words[`counter_${counter}`], counter);
});

/** The Rust sources of a crate. */
const rust = (crate) => {
  const folder = new URL(`../../crates/${crate}/src/`, import.meta.url);
  return readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".rs")).map((name) => readFileSync(new URL(name, folder), "utf8")).join("\n");
};

test("every refusal of the server has words", () => {
  const made = /\b(?:bad_request|not_found|too_large|unavailable|too_many)\(\s*"([a-z_]+)"|StatusCode::[A-Z_]+,\s*"([a-z_]+)"|code: "([a-z_]+)"\.into\(\)|Err\(\(\s*"([a-z_]+)",/g;
  const codes = new Set(["server", "session"].flatMap((crate) => [...rust(crate).matchAll(made)].map(([, ...found]) => found.find(Boolean))));
  for (const known of ["no_plan", "timeout", "cannot_run", "another_room", "bad_plan", "slow_body", "removed", "unknown_path"]) assert.ok(codes.has(known), known);
  const without = [...codes].filter((code) => [en, zh].some((words) => !words[`error_${code}`]));
  assert.deepEqual(without, []);
});
