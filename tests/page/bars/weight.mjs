// What a page weighs on its way to a browser that was never here.

/** Bytes as they came, of what comes before the first program and of everything, headers included. */
export async function weigh(browser, url, seconds) {
  const context = await browser.createBrowserContext();
  try {
    const page = await context.newPage();
    const came = [];
    await follow(await page.createCDPSession(), (address, bytes) => came.push({ address, bytes }));
    await page.goto(url);
    await new Promise((done) => setTimeout(done, seconds * 1000));
    const own = came.filter(({ address }) => address.startsWith("http") && !new URL(address).pathname.startsWith("/models/"));
    const sum = (all) => all.reduce((bytes, one) => bytes + one.bytes, 0);
    const programs = own.filter(({ address }) => new URL(address).pathname.startsWith("/pkg/") && !address.includes("/pkg/joined/"));
    return { page: sum(own) - sum(programs), whole: sum(own), programs: programs.map(({ address, bytes }) => `${new URL(address).pathname} ${Math.round(bytes / 1000)} kB`) };
  } finally {
    await context.close();
  }
}

/** Tells of all that comes to a page or to one of its workers, which fetch the programs: none begins before it is listened to. */
async function follow(session, tell) {
  const addresses = new Map();
  session.on("Network.requestWillBeSent", ({ requestId, request }) => addresses.set(requestId, request.url));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => tell(addresses.get(requestId) ?? "", encodedDataLength));
  session.on("Target.attachedToTarget", ({ sessionId }) => {
    const worker = session.connection()?.session(sessionId);
    // One that ends meanwhile fetches nothing more.
    if (worker) follow(worker, tell).then(() => worker.send("Runtime.runIfWaitingForDebugger")).catch(() => {});
  });
  await session.send("Network.enable");
  await session.send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: true, flatten: true });
}
