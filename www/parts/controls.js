// The host's choices: which network, which scheme.
import * as api from "./api.js";
import { fill, make, section } from "./element.js";
import { schemeWords } from "./schemes.js";
/** @import { Part } from "../types.js" */

/**
 * @param {string} code
 * @param {(message: string) => void} tell
 * @returns {Part}
 */
export function controlsPart(code, tell) {
  const fail = (/** @type {Error} */ error) => tell(error.message);
  const choice = (/** @type {"model" | "scheme"} */ what) => {
    const select = make("select", { id: `choose-${what}` });
    select.onchange = () => api.change(code, what, select.value).catch(fail);
    return select;
  };
  const [model, scheme] = [choice("model"), choice("scheme")];
  const words = make("p", { className: "quiet", id: "scheme-words" });
  scheme.setAttribute("aria-describedby", words.id);
  /** @type {{model: string, scheme: string} | undefined} */
  let current;
  const mark = () => {
    if (current === undefined) return;
    model.value = current.model;
    scheme.value = current.scheme;
    words.textContent = schemeWords(current.scheme);
  };
  api.models().then((list) => fill(model, ...list.map(({ id, title }) => make("option", { value: id }, title)))).then(mark, fail);
  api.schemes().then((list) => fill(scheme, ...list.map((id) => make("option", { value: id, title: schemeWords(id) }, id)))).then(mark, fail);
  return {
    element: section("controls", "Network and scheme", make("p", {},
      make("label", { htmlFor: "choose-model" }, "Network "), model,
      " ", make("label", { htmlFor: "choose-scheme" }, "Scheme "), scheme), words),
    show(state) {
      const changed = current?.model !== state.model || current?.scheme !== state.scheme;
      current = state;
      if (changed) mark();
    },
  };
}
