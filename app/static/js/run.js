// The card of a run is replaced every two seconds. What the reader had opened in it stays open.

const opened = new Set();

document.addEventListener("htmx:beforeSwap", (event) => {
  opened.clear();
  for (const details of event.detail.target.querySelectorAll("details[open][id]")) {
    opened.add(details.id);
  }
});

document.addEventListener("htmx:afterSwap", () => {
  for (const id of opened) {
    document.getElementById(id)?.setAttribute("open", "");
  }
});
