// What the theme leaves out for readers who use a keyboard or a screen reader.
for (const caption of document.querySelectorAll("[role=heading]:not([aria-level])")) {
  caption.setAttribute("aria-level", "2");
}
function reachable() {
  for (const box of document.querySelectorAll("pre, .table-wrapper, div.math, .output")) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0; // what scrolls sideways can be scrolled with the arrow keys
    }
  }
}
addEventListener("load", reachable);
addEventListener("resize", reachable);
