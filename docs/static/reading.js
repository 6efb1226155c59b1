// What theme and notebooks leave out for readers who use a keyboard or a screen reader, or who want nothing to move.
for (const caption of document.querySelectorAll("[role=heading]:not([aria-level])")) {
  caption.setAttribute("aria-level", "2");
}
for (const fold of document.querySelectorAll("details.hide > summary")) {
  fold.removeAttribute("aria-label"); // its own words say more
}

// The two drawers of a narrow page open by key.
for (const [kind, name] of [["nav", "Lessons"], ["toc", "On this page"]]) {
  for (const icon of document.querySelectorAll(`.${kind}-overlay-icon`)) {
    icon.tabIndex = 0;
    icon.setAttribute("role", "button");
    icon.setAttribute("aria-label", name);
    icon.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        icon.click();
      }
    });
  }
}

// What scrolls sideways can be scrolled with the arrow keys.
function reachable() {
  for (const box of document.querySelectorAll("pre, .table-wrapper, div.math, .output")) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
    }
  }
}
addEventListener("load", reachable);
addEventListener("resize", reachable);

// An animation can be stopped, and stands still for those who have asked their system for that.
for (const moving of document.querySelectorAll("img[src$='.gif'], img[src^='data:image/gif']")) {
  const still = document.createElement("canvas");
  const button = document.createElement("button");
  still.setAttribute("role", "img");
  still.setAttribute("aria-label", moving.alt);
  button.className = "still-button";
  button.textContent = "Stop the motion";
  button.addEventListener("click", () => {
    if (still.isConnected) {
      still.replaceWith(moving);
    } else {
      [still.width, still.height] = [moving.naturalWidth, moving.naturalHeight];
      still.style.width = `${moving.width}px`;
      still.getContext("2d").drawImage(moving, 0, 0);
      moving.replaceWith(still);
    }
    button.textContent = still.isConnected ? "Start the motion" : "Stop the motion";
  });
  moving.after(button);
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
    moving.decode().then(() => button.click());
  }
}
