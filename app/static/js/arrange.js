// Lines to put in order: buttons to move them, beside the numbers that work without this file.
//
// Where the person wants words and fields only (data-plain) there are no buttons, and no line changes its place.
// The numbers stay what is sent. No number can be given twice: who takes one gives the line that had it their own.

for (const list of document.querySelectorAll(".zx-arrange--ordering")) {
  wire(list);
}

function wire(list) {
  const words = JSON.parse(list.dataset.words);
  const status = list.parentElement.querySelector("[role=status]");
  const numberOf = new WeakMap();
  const isPlain = "plain" in list.dataset;

  for (const line of lines()) {
    const controls = line.querySelector(".zx-arrange__controls");
    if (!isPlain) controls.append(button(line, "up", -1), button(line, "down", 1));
    const select = selectOf(line);
    numberOf.set(select, number(select));
    select.addEventListener("change", () => choose(line, select));
  }
  // The exam's script puts back what this device still holds.
  list.closest("form").addEventListener("zx-restored", settle);
  settle();

  function lines() {
    return [...list.children];
  }

  function selectOf(line) {
    return line.querySelector("select");
  }

  // Its place in the list of choices is the number: 0 is none.
  function number(select) {
    return select.selectedIndex;
  }

  function button(line, way, step) {
    const made = document.createElement("button");
    made.type = "button";
    made.className = `zx-button zx-arrange__move zx-arrange__move--${way}`;
    const said = document.createElement("span");
    said.className = "govuk-visually-hidden";
    said.textContent = `${words[way]}: ${wordsOf(line)}`;
    made.append(said);
    made.addEventListener("click", () => move(line, step));
    return made;
  }

  function wordsOf(line) {
    return line.querySelector(".zx-arrange__words").textContent.trim();
  }

  function move(line, step) {
    const all = lines();
    const to = all.indexOf(line) + step;
    if (to < 0 || to >= all.length) return;
    const pressed = document.activeElement;
    if (step < 0) all[to].before(line);
    else all[to].after(line);
    lines().forEach((one, place) => { selectOf(one).selectedIndex = place + 1; });
    settle();
    // A line that was moved takes the focus with it.
    pressed.focus();
    tell(line);
    list.dispatchEvent(new Event("change", { bubbles: true }));
  }

  function choose(line, select) {
    const other = lines().map(selectOf).find((one) => one !== select && number(one) && number(one) === number(select));
    if (other) other.selectedIndex = numberOf.get(select);
    const before = lines();
    settle();
    if (lines().some((one, place) => one !== before[place])) {
      select.focus();
      tell(line);
    }
  }

  // Lines stand in the order of their numbers as soon as each has one.
  function settle() {
    const all = lines();
    const sorted = [...all].sort((left, right) => number(selectOf(left)) - number(selectOf(right)));
    if (!isPlain && all.every((line) => number(selectOf(line)))) {
      if (sorted.some((line, place) => line !== all[place])) list.append(...sorted);
    }
    lines().forEach((line, place) => {
      numberOf.set(selectOf(line), number(selectOf(line)));
      line.querySelector(".zx-arrange__move--up")?.setAttribute("aria-disabled", String(place === 0));
      line.querySelector(".zx-arrange__move--down")?.setAttribute("aria-disabled", String(place === all.length - 1));
    });
  }

  function tell(line) {
    const values = { line: wordsOf(line), place: lines().indexOf(line) + 1, count: lines().length };
    status.textContent = words.moved.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  }
}
