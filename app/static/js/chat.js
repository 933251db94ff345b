// Three conversations that keep themselves up to date. Without this file every button sends its form and a
// link asks for news.
//
// The server knows every conversation; this page draws what it is told, as text, and asks again every second,
// less often when nothing answers. What was sent stays in its box until the server has it.

const main = document.getElementById("main");
const words = JSON.parse(main.dataset.words);
const sections = new Map([...document.querySelectorAll(".zx-chat[data-customer]")].map((section) => [section.dataset.customer, section]));
const told = document.getElementById("told");
const saved = document.getElementById("saved");
const state = document.querySelector("[name=state]")?.value ?? null;

let sequence = Number(main.dataset.sequence);
let current = main.dataset.chosen;
let wait = 1000;
let timer = null;
let asking = false;
let sending = Promise.resolve();
let wasDone = false;
let carried = state;
let drawn = new Map();
const waitingFrom = new Map();
let endsAt = main.dataset.left === "" ? null : Date.now() + Number(main.dataset.left) * 1000;
let minutesBefore = minutesLeft();

start();

function start() {
  document.body.classList.add("has-chat-script");
  document.getElementById("refresh").remove();
  if (matchMedia("(min-width: 64rem)").matches) document.getElementById("notes").open = true;
  for (const [id, section] of sections) {
    drawn.set(id, section.querySelectorAll(".zx-said").length);
    const since = section.querySelector("[data-part=wait]").dataset.since;
    if (since !== "") waitingFrom.set(id, Date.now() - Number(since) * 1000);
    scrollDown(section);
    const form = section.querySelector("form");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      send(form, event.submitter);
    });
    form.elements.text.addEventListener("focus", () => mark(id));
  }
  for (const link of document.querySelectorAll("[data-caller]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      choose(link.dataset.caller);
    });
  }
  wireShortcuts();
  // Whatever is still on its way arrives before the end.
  document.getElementById("end").form.addEventListener("submit", (event) => {
    event.preventDefault();
    sending.then(() => event.target.submit());
  });
  setInterval(tick, 1000);
  tick();
  soon();
  addEventListener("online", () => { wait = 1000; soon(0); });
}

// ---- news -------------------------------------------------------------------------------------------------

function soon(after = wait) {
  clearTimeout(timer);
  timer = setTimeout(ask, after);
}

async function ask() {
  if (asking) return;
  asking = true;
  let news = null;
  try {
    news = await request(main.dataset.newsUrl, carried === null ? null : form({ action: "news", state: carried }));
  } catch {
    wait = Math.min(wait * 2, 15000);
    show(words.offline, true);
  }
  asking = false;
  if (news?.status === 200) {
    if (wait > 1000) show("", false);
    wait = 1000;
    draw(news.body);
  } else if (news) {
    wait = Math.min(wait * 2, 15000);
    if (news.status === 0) show(words.signIn, true);
    if (news.body.over) location.assign(news.body.over);
  }
  soon();
}

// Answers {status, body}; status 0 for a way to the sign-in page. Throws when nothing answers.
async function request(url, body) {
  const response = await fetch(url, {
    method: body ? "POST" : "GET", body, headers: { Accept: "application/json" }, redirect: "manual",
    signal: AbortSignal.timeout(10000),
  });
  if (response.type === "opaqueredirect") return { status: 0, body: {} };
  return { status: response.status, body: await response.json().catch(() => ({})) };
}

function form(values) {
  const body = new FormData();
  body.set("csrf_token", document.querySelector("[name=csrf_token]").value);
  for (const [name, value] of Object.entries(values)) body.set(name, value);
  return body;
}

function draw(news) {
  if (news.over) {
    location.assign(news.over);
    return;
  }
  // A picture taken before the last message was sent is older than this page.
  if (news.sequence < sequence) return;
  sequence = news.sequence;
  for (const input of document.querySelectorAll("[name=sequence]")) input.value = sequence;
  if (news.seconds_left !== undefined) endsAt = news.seconds_left === null ? null : Date.now() + news.seconds_left * 1000;
  const heard = [];
  for (const customer of news.customers) heard.push(...drawCustomer(customer));
  if (news.all_done && !wasDone) heard.push(words.done);
  wasDone = news.all_done;
  if (heard.length) tell(heard.join(" "));
}

// Returns what a screen reader is told: who came, and what they said since.
function drawCustomer(customer) {
  const section = sections.get(customer.id);
  const part = (name) => section.querySelector(`[data-part=${name}]`);
  const wasAway = section.classList.contains("is-away");
  section.classList.toggle("is-away", !customer.here);
  section.querySelector("form").hidden = !customer.here || customer.gone;
  setText(part("end"), customer.end ?? (customer.here ? "" : words.notYet));
  if (wasAway && customer.here) fillFacts(part("facts"), customer.facts);
  const log = part("log");
  const before = drawn.get(customer.id);
  const fresh = customer.messages.slice(before);
  if (fresh.length || customer.messages.length < before) {
    const known = customer.messages.slice(0, log.children.length);
    const isSame = known.every((message, place) => log.children[place]?.querySelector(".zx-said__bubble").textContent === message.text);
    if (!isSame) log.replaceChildren();
    for (const message of customer.messages.slice(log.children.length)) log.append(bubble(customer, message));
    drawn.set(customer.id, customer.messages.length);
    scrollDown(section);
  }
  if (customer.waiting === null) waitingFrom.delete(customer.id);
  else waitingFrom.set(customer.id, Date.now() - customer.waiting * 1000);
  const link = document.querySelector(`[data-caller="${customer.id}"] [data-part=state]`);
  if (!customer.here) setText(link, words.notYet);
  else if (customer.end) setText(link, customer.end);
  else if (customer.waiting === null) setText(link, words.calm);
  const said = fresh.filter((message) => !message.mine).map((message) => message.text);
  if (!said.length) return [];
  const line = said.length === 1 ? words.said : words.several;
  return [fill(line, { name: customer.name, count: said.length, text: said.join(" ") })];
}

function bubble(customer, message) {
  const item = document.createElement("li");
  item.className = message.mine ? "zx-said zx-said--me" : "zx-said";
  const small = document.createElement("small");
  const who = document.createElement("span");
  who.className = "govuk-visually-hidden";
  who.textContent = message.mine ? words.me : customer.name;
  small.append(who, ` ${message.at}`);
  const text = document.createElement("span");
  text.className = "zx-said__bubble";
  text.textContent = message.text;
  item.append(small, text);
  return item;
}

function fillFacts(list, facts) {
  list.replaceChildren(...facts.map((fact) => {
    const item = document.createElement("li");
    item.textContent = fact;
    return item;
  }));
}

// ---- sending ----------------------------------------------------------------------------------------------

// One after the other: a number belongs to one message, and order is part of a conversation.
function send(form_, submitter) {
  const data = new FormData(form_);
  if (submitter?.name) data.set(submitter.name, submitter.value);
  data.set("made_at", Date.now());
  const field = form_.elements.text;
  const typed = !submitter?.name;
  if (typed) field.value = "";
  complain(form_, "");
  sending = sending.then(() => deliver(form_, data, typed ? String(data.get("text")) : null));
}

async function deliver(form_, data, typed) {
  let patience = 1000;
  // It keeps its number while it is sent again: by that the server knows it. News may have raised `sequence`
  // meanwhile, when the message arrived and only the answer was lost.
  let number = sequence;
  for (;;) {
    data.set("sequence", number);
    if (carried !== null) data.set("state", carried);
    let answer = null;
    try {
      answer = await request(main.dataset.sendUrl, data);
    } catch {
      show(words.offline, true);
    }
    if (answer?.status === 200) {
      if (answer.body.state) carry(answer.body.state);
      show("", false);
      draw(answer.body);
      return;
    }
    if (answer?.status === 409 && answer.body.following) {
      number = sequence = answer.body.following;
      continue;
    }
    if (answer?.body.over) {
      location.assign(answer.body.over);
      return;
    }
    if (answer && answer.status !== 0 && answer.status < 500 && answer.status !== 429) {
      complain(form_, answer.body.message ?? "");
      // What was refused goes back into its box, before what was typed since.
      if (typed !== null) form_.elements.text.value = [typed, form_.elements.text.value].filter(Boolean).join(" ");
      return;
    }
    if (answer?.status === 0) show(words.signIn, true);
    await new Promise((resolve) => setTimeout(resolve, patience));
    patience = Math.min(patience * 2, 15000);
  }
}

// Where nothing is stored the page itself carries the play, in each of its forms.
function carry(text) {
  carried = text;
  for (const input of document.querySelectorAll("[name=state]")) input.value = text;
}

function complain(form_, text) {
  const place = form_.querySelector("[data-part=error]");
  place.hidden = text === "";
  place.lastElementChild.textContent = text;
  form_.querySelector(".govuk-form-group").classList.toggle("govuk-form-group--error", text !== "");
  if (text) tell(text);
}

// ---- moving about -----------------------------------------------------------------------------------------

function mark(id) {
  current = id;
  for (const [other, section] of sections) section.classList.toggle("is-open", other === id);
  for (const link of document.querySelectorAll("[data-caller]")) {
    if (link.dataset.caller === id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function choose(id) {
  mark(id);
  const section = sections.get(id);
  const field = section.querySelector("form:not([hidden]) textarea");
  (field ?? section.querySelector("h2")).focus();
  scrollDown(section);
}

function wireShortcuts() {
  const box = document.getElementById("shortcuts");
  try {
    box.checked = localStorage.getItem("zuoxi-chat-shortcuts") !== "off";
  } catch { /* a browser that keeps nothing starts with them on */ }
  box.addEventListener("change", () => {
    try {
      localStorage.setItem("zuoxi-chat-shortcuts", box.checked ? "on" : "off");
    } catch { /* it holds for this page */ }
  });
  document.addEventListener("keydown", (event) => {
    if (!box.checked || event.isComposing) return;
    const digit = /^Digit([123])$/.exec(event.code);
    if (event.altKey && !event.ctrlKey && !event.metaKey && digit) {
      event.preventDefault();
      choose([...sections.keys()][Number(digit[1]) - 1]);
    }
    if (event.key === "Enter" && !event.shiftKey && event.target.name === "text") {
      event.preventDefault();
      event.target.form.requestSubmit();
    }
  });
}

// ---- time -------------------------------------------------------------------------------------------------

function tick() {
  for (const [id, section] of sections) {
    const from = waitingFrom.get(id);
    const text = from === undefined ? "" : fill(words.waiting, { seconds: Math.max(0, Math.floor((Date.now() - from) / 1000)) });
    setText(section.querySelector("[data-part=wait]"), text);
    const link = document.querySelector(`[data-caller="${id}"] [data-part=state]`);
    if (text) setText(link, text);
  }
  const clock = document.getElementById("clock");
  if (!clock || endsAt === null) return;
  const minutes = minutesLeft();
  setText(clock, minutes < 1 ? words.lastMinute : fill(words.minutes, { minutes }));
  for (const notice of [10, 5, 1]) {
    if (minutesBefore >= notice && minutes < notice) tell(fill(words.left, { minutes: notice }));
  }
  minutesBefore = minutes;
}

function minutesLeft() {
  return endsAt === null ? Infinity : Math.max(0, Math.floor((endsAt - Date.now()) / 60000));
}

function scrollDown(section) {
  const log = section.querySelector("[data-part=log]");
  log.scrollTop = log.scrollHeight;
}

function setText(place, text) {
  if (place.textContent !== text) place.textContent = text;
}

function show(text, isWarning) {
  setText(document.getElementById("saved-words"), text);
  saved.classList.toggle("is-waiting", isWarning);
}

function tell(text) {
  told.textContent = "";
  requestAnimationFrame(() => { told.textContent = text; });
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
