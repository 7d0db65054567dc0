// What is looked for in the page's scripts, beside their types, which tsc looks at. The rules come with
// eslint under target/tools.
import js from "../../target/tools/node_modules/@eslint/js/src/index.js";

/** What browsers have, of what the page uses: anything else is a slip. */
const BROWSER = [
  "addEventListener", "Atomics", "Blob", "BroadcastChannel", "caches", "clearInterval", "clearTimeout", "createImageBitmap", "crypto", "document", "fetch", "File",
  "FormData", "getComputedStyle", "globalThis", "history", "HTMLElement", "HTMLSelectElement", "Image", "ImageData", "localStorage", "location", "matchMedia", "MessageChannel", "navigator", "NodeFilter", "OffscreenCanvas",
  "performance", "PerformanceNavigationTiming", "postMessage", "removeEventListener", "requestAnimationFrame", "ResizeObserver", "Response", "self", "sessionStorage",
  "setInterval", "setTimeout", "SharedArrayBuffer", "SubmitEvent", "SVGSVGElement", "URL", "URLSearchParams", "WebAssembly", "window", "Worker",
  "XMLSerializer",
];
const NODE = ["Blob", "Buffer", "console", "document", "Event", "fetch", "performance", "process", "scrollTo", "sessionStorage", "setImmediate", "setTimeout", "URL"];
const globals = (names) => Object.fromEntries(names.map((name) => [name, "readonly"]));

const rules = {
  ...js.configs.recommended.rules,
  "array-callback-return": "error",
  "eqeqeq": "error",
  "no-eval": "error",
  "no-implied-eval": "error",
  "no-self-compare": "error",
  "no-template-curly-in-string": "error",
  "no-unmodified-loop-condition": "error",
  "no-unreachable-loop": "error",
  "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": ["error", { destructuring: "all" }],
};

export default [
  { ignores: ["www/pkg/**", "www/vendor/**"] },
  { files: ["www/**/*.js"], languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: { ...globals(BROWSER), onmessage: "writable" } }, linterOptions: { reportUnusedDisableDirectives: "error" }, rules },
  // For browsers that know no modules.
  { files: ["www/too-old.js"], languageOptions: { sourceType: "script" }, rules: { "no-var": "off" } },
  { files: ["tests/page/**/*.mjs"], languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: globals(NODE) }, rules },
];
