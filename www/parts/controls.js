// Playing with the room: which network, which scheme, how soon each picture is to be answered.
import * as api from "./api.js";
import { bringPart } from "./bring.js";
import { field, fill, make, section, write } from "./element.js";
import { hostPart } from "./host.js";
import { controlsRoom } from "./keys.js";
import { say } from "./language.js";
import { schemeWords } from "./schemes.js";
import { simulatedPart } from "./simulated.js";
import { support } from "./support.js";
/** @import { Network, Part, RoomState } from "../types.js" */

/**
 * @param {string} code
 * @param {(message: string) => void} tell
 * @returns {Part}
 */
export function controlsPart(code, tell) {
  const fail = (/** @type {Error} */ error) => tell(error.message);
  const model = make("select", { id: "choose-model" });
  const scheme = make("select", { id: "choose-scheme" });
  const limit = make("input", { id: "choose-limit", type: "number", min: "0.01", step: "0.01", inputMode: "decimal", placeholder: say("limit_none") });
  const words = make("p", { className: "quiet", id: "scheme-words" });
  const host = controlsRoom(code) ? hostPart(code, tell) : undefined;
  scheme.setAttribute("aria-describedby", words.id);
  model.onchange = () => api.changeModel(code, model.value).catch(fail);
  const change = () => api.changeScheme(code, scheme.value, Number(limit.value) > 0 ? Number(limit.value) : null).catch(fail);
  scheme.onchange = limit.onchange = change;
  /** @type {RoomState | undefined} */
  let current;
  const mark = () => {
    if (current === undefined) return;
    model.value = current.model;
    scheme.value = current.scheme;
    if (document.activeElement !== limit) limit.value = current.latency_limit ? String(current.latency_limit) : "";
    write(words, schemeWords(current.scheme));
  };
  Promise.all([api.models(), api.ownModels(code)]).then(([common, own]) => fill(model, ...[...common, ...own].map(option))).then(mark, fail);
  api.schemes().then((list) => fill(scheme, ...list.map((id) => make("option", { value: id, title: schemeWords(id) }, id)))).then(mark, fail);
  const bring = bringPart(code, (network) => {
    model.append(option(network));
    api.changeModel(code, network.id).catch(fail);
  });
  return {
    element: section("controls", say("controls"), make("div", { className: "fields" },
      field(model, say("network")), field(scheme, say("scheme")), field(limit, say("limit"))), words, bring,
    make("p", {}, make("a", { className: "button", href: `/?whatif=${encodeURIComponent(code)}`, target: "_blank", rel: "opener" }, say("whatif_here"))),
    support().computes && simulatedPart(code, tell), host?.element ?? null),
    show(state, me) {
      host?.show(state, me);
      const changed = current?.model !== state.model || current?.scheme !== state.scheme || current?.latency_limit !== state.latency_limit;
      current = state;
      if (changed) mark();
    },
  };
}

/** @param {Network} network */
const option = ({ id, title }) => make("option", { value: id }, title);
