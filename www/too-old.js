/* Runs only where the browser knows no modules: says so. Written for the oldest browsers. */
window.onload = function () {
  var note = document.getElementById("first");
  if (!note) return;
  note.className = "missing";
  note.textContent = "This browser is too old for Convoy: it knows no JavaScript modules. Use " +
    "Chrome 91, Edge 91, Firefox 89, Safari 16.4 or newer.";
};
