// The season page with script: the calendar turns to a day without a request, and the cells say what the
// basket holds. The basket itself comes from the server; without this file every press is a request.
const form = document.getElementById("season");
const basket = document.getElementById("basket");

function showDay(button) {
  for (const other of form.querySelectorAll(".zx-calendar__day[aria-current]")) other.removeAttribute("aria-current");
  button.setAttribute("aria-current", "date");
  for (const row of form.querySelectorAll(".zx-season__row")) {
    row.classList.toggle("is-current", row.dataset.day === button.value);
  }
  form.querySelector('input[name="day"]').value = button.value;
}

function seatWords(number) {
  return (number === "1" ? form.dataset.seat : form.dataset.seats).replace("#", number);
}

// "12 席" in a chosen cell, what is left in the others; seats by day in the calendar.
function followBasket() {
  const seats = new Map();
  for (const input of basket.querySelectorAll("input[data-cell]")) seats.set(input.dataset.cell, input.value);
  const byDay = new Map();
  for (const box of form.querySelectorAll(".zx-slot__box")) {
    // A cell ticked after the basket was asked for is not in it yet: the next answer brings it.
    const typed = box.checked ? seats.get(box.value) : undefined;
    const words = box.parentElement.querySelector("[data-left]");
    words.textContent = typed === undefined ? words.dataset.left : seatWords(typed);
    const day = box.closest("tr").dataset.day;
    if (/^\d+$/.test(typed ?? "")) byDay.set(day, (byDay.get(day) ?? 0) + Number(typed));
  }
  for (const note of form.querySelectorAll("small[data-day]")) {
    const sum = byDay.get(note.dataset.day);
    note.textContent = sum ? seatWords(String(sum)) : note.dataset.full;
  }
}

if (form) {
  form.addEventListener("click", (event) => {
    const step = event.target.closest('button[name="step"][value^="drop:"]');
    if (step) form.querySelector(`.zx-slot__box[value="${step.value.slice(5)}"]`).checked = false;
    const button = event.target.closest(".zx-calendar__day");
    if (!button) return;
    event.preventDefault();
    showDay(button);
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target === basket) followBasket();
  });
}
