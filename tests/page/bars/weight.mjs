// What a page weighs on its way to a browser that was never here.

/** Bytes as they came, of what comes before the first program and of everything, headers included. */
export async function weigh(browser, url, seconds) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    const session = await page.createCDPSession();
    await session.send("Network.enable");
    const addresses = new Map();
    const came = [];
    session.on("Network.requestWillBeSent", ({ requestId, request }) => addresses.set(requestId, request.url));
    session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => came.push({ url: addresses.get(requestId) ?? "", bytes: encodedDataLength }));
    await page.goto(url);
    await new Promise((done) => setTimeout(done, seconds * 1000));
    const own = came.filter(({ url: address }) => address.startsWith("http") && !new URL(address).pathname.startsWith("/models/"));
    const sum = (all) => all.reduce((bytes, one) => bytes + one.bytes, 0);
    const programs = own.filter(({ url: address }) => new URL(address).pathname.startsWith("/pkg/"));
    return { page: sum(own) - sum(programs), whole: sum(own), programs: programs.map(({ url: address, bytes }) => `${new URL(address).pathname} ${Math.round(bytes / 1000)} kB`) };
  } finally {
    await context.close();
  }
}
