// A dial without a kernel: the controls choose one of the pictures that were drawn when the lesson ran.
for (const film of document.querySelectorAll(".film")) {
  const controls = [...film.querySelectorAll("input, select")];
  const picture = film.querySelector("img");
  const size = (control) => (control.options ? control.options.length : Number(control.max) + 1);
  const address = (number) => film.dataset.frames + String(number).padStart(3, "0") + ".webp";

  const word = (control) =>
    control.options ? control.selectedOptions[0].text : JSON.parse(control.dataset.words)[control.value];

  function turn() {
    for (const slider of film.querySelectorAll("input")) {
      slider.setAttribute("aria-valuetext", word(slider));
      slider.nextElementSibling.value = word(slider);
    }
    picture.alt = "The picture above, for " +
      controls.map((control) => `${control.labels[0].textContent} ${word(control)}`).join(", ");
    picture.src = address(controls.reduce((number, control) => number * size(control) + Number(control.value), 0));
  }

  const pictures = [];
  function fetchAll() {
    const count = controls.reduce((product, control) => product * size(control), 1);
    for (let number = 0; number < count; number++) {
      pictures[number] = new Image();
      pictures[number].src = address(number);
    }
  }

  film.querySelector(".film-controls").hidden = false;
  film.addEventListener("input", turn);
  turn();  // a browser that comes back to a page keeps where its sliders were
  const near = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) {
      near.disconnect();
      fetchAll();
    }
  }, { rootMargin: "800px" });
  near.observe(film);
}
