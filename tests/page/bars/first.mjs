// How soon a class has its first answer: pages of one browser that open a new room together.

/** Longest that anything may take, in milliseconds, before this gives up. */
const PATIENCE = 120_000;

/** Milliseconds between two looks at the room. */
const LOOK = 50;

/**
 * Opens `count` pages of a new room at once and asks for an answer as soon as all of them are ready.
 * @returns {Promise<{ready: number, answer: number}>} seconds from the first page's opening
 */
export async function firstAnswer(browser, url, count) {
  const json = { "Content-Type": "application/json" };
  const { code } = await (await fetch(`${url}/api/rooms`, { method: "POST", headers: json, body: JSON.stringify({ model: "squeezenet1.1" }) })).json();
  const photograph = await (await fetch(`${url}/samples/coffee.jpg`)).arrayBuffer();
  const pages = await Promise.all(Array.from({ length: count }, () => browser.newPage()));
  try {
    const began = performance.now();
    const seconds = () => (performance.now() - began) / 1000;
    pages.forEach((page, index) => page.goto(`${url}/r/${code}?name=${index}`).catch(() => {}));
    await until(async () => {
      const { devices, plan } = await (await fetch(`${url}/api/rooms/${code}`)).json();
      return plan?.running && devices.length === count && devices.every(({ state }) => state === "computing" || state === "idle");
    });
    const ready = seconds();
    const reply = await fetch(`${url}/api/rooms/${code}/infer`, { method: "POST", headers: { "Content-Type": "image/jpeg" }, body: photograph });
    const { labels } = await reply.json();
    if (labels?.[0]?.label !== "espresso") throw new Error(`the answer is wrong: ${JSON.stringify(labels?.[0])}`);
    return { ready, answer: seconds() };
  } finally {
    await Promise.all(pages.map((page) => page.close()));
  }
}

/** Waits until `holds`. */
async function until(holds) {
  const end = performance.now() + PATIENCE;
  while (!await holds()) {
    if (performance.now() > end) throw new Error("the pages never got ready");
    await new Promise((done) => setTimeout(done, LOOK));
  }
}
