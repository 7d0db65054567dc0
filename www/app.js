// Opens the page. Imports nothing by itself, so that it can say so where any other file does not come.

/** Where this tab keeps that it tried again already. */
const PLACE = "convoy-tried-again";

/**
 * @param {() => Promise<unknown>} load
 * @param {{store: Pick<Storage, "getItem" | "setItem" | "removeItem"> | undefined, reload(): void, fail(why: string): void}} means
 */
export async function open(load, { store, reload, fail }) {
  try {
    await load();
    store?.removeItem(PLACE);
  } catch (error) {
    // Once by itself: browsers remember within a page that a module did not come. Where nothing can be kept it might go on for ever.
    if (store && store.getItem(PLACE) === null) {
      store.setItem(PLACE, "1");
      reload();
    } else {
      store?.removeItem(PLACE);
      fail(error instanceof Error ? error.message : String(error));
    }
  }
}

/** What this tab can keep things in, if in anything. @returns {Storage | undefined} */
function tabStore() {
  try {
    sessionStorage.setItem("convoy-try", "");
    sessionStorage.removeItem("convoy-try");
    return sessionStorage;
  } catch {
    return undefined;
  }
}

/** Says it in all languages, whose files may be what did not come. @param {string} why */
function fail(why) {
  const [note, cause, again] = [document.createElement("p"), document.createElement("small"), document.createElement("button")];
  note.className = "missing";
  note.setAttribute("role", "alert");
  note.textContent = "A part of this page could not be loaded. Is this device still in the server's network? 页面的一部分无法加载。这台设备还在服务器的网络中吗？";
  cause.textContent = why;
  note.append(cause);
  again.textContent = "Try again 重试";
  again.onclick = () => location.reload();
  const page = document.getElementById("page");
  page?.replaceChildren(note, again);
  page?.removeAttribute("aria-busy");
}

if (globalThis.document) open(() => import("./parts/page.js"), { store: tabStore(), reload: () => location.reload(), fail });
