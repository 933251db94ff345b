// An exam that survives a lost connection. Without this file every button still saves by sending the form.
//
// All questions are in the page, one in sight. A changed answer goes into a queue on this device (IndexedDB)
// at once and to the server within two seconds; the queue empties itself when the network is back. A save
// carries its place in time (milliseconds since the start), so an older one never replaces a newer one. Twice a
// minute the page asks how things stand: time that was added, answers from another device, an end.

import { openQueue } from "./answers.js";

const LOOK_EVERY = 30000;

const main = document.getElementById("main");
const forms = [...document.querySelectorAll(".zx-question")];

if (main.dataset.attempt) start();

function start() {
  const words = JSON.parse(main.dataset.words);
  const attempt = main.dataset.attempt;
  const loadedAt = Date.now();
  const elapsedAtLoad = Number(main.dataset.elapsed);
  let stamp = { text: main.dataset.stamp, at: loadedAt };
  let endsAt = main.dataset.left === "" ? null : loadedAt + Number(main.dataset.left);
  let current = Number(main.dataset.current);
  let lastSequence = 0;
  let lookedAt = main.dataset.elapsed;
  const changedHere = new Set();
  // The place in time of what each question shows, as far as the server knows it.
  const known = new Map(forms.map((form) => [form.elements.item_id.value, Number(form.dataset.sequence)]));

  const queue = openQueue(attempt);
  const saver = makeSaver();
  if (forms.length) {
    wireForms();
    wireClock();
    wireLooks();
    restore().then(() => { main.dataset.ready = "1"; saver.flush(); });
  } else {
    // Time is over: nothing can be answered, but what was kept here in time can still arrive.
    saver.flush();
  }

  // ---- answers ------------------------------------------------------------------------------------------

  function valuesOf(form) {
    // A pasted NUL cannot be stored: the server would refuse the whole request.
    const values = new FormData(form).getAll("answer").map((value) => String(value).replaceAll("\0", ""));
    return values.filter((value) => value.trim() !== "");
  }

  function nextSequence() {
    lastSequence = Math.max(lastSequence + 1, elapsedAtLoad + (Date.now() - loadedAt));
    return lastSequence;
  }

  async function note(form, pressed = null) {
    const values = pressed === "skip" ? [] : valuesOf(form);
    const sequence = nextSequence();
    markPlace(form, values);
    changedHere.add(form.elements.item_id.value);
    await queue.put({
      attempt,
      item: form.elements.item_id.value,
      number: form.dataset.number,
      values,
      // How it was confirmed, in an adaptive exam; null for what is only saved.
      pressed,
      sequence,
      stamp: stamp.text,
      stampedAt: stamp.at,
      madeAt: Date.now(),
    });
    main.dataset.kept = sequence;
  }

  // What this device holds may be newer than what the server knew when it made the page.
  async function restore() {
    for (const record of await queue.all()) {
      const form = forms.find((candidate) => candidate.elements.item_id.value === record.item);
      if (!form || record.sequence <= Number(form.dataset.sequence)) {
        await queue.drop(record);
        continue;
      }
      // Whoever answers while this still reads is newer than anything that was kept.
      if (changedHere.has(record.item)) continue;
      fillIn(form, record.values);
      if (record.pressed) hold(true);
    }
  }

  function fillIn(form, values) {
    for (const input of form.querySelectorAll("[name=answer]")) {
      if (input.tagName === "SELECT") {
        const choices = [...input.options].map((option) => option.value);
        input.value = choices.find((value) => value && values.includes(value)) ?? "";
      } else if (input.type === "radio" || input.type === "checkbox") {
        input.checked = values.includes(input.value);
      } else {
        input.value = values[0] ?? "";
      }
    }
    form.dispatchEvent(new Event("zx-restored"));
    markPlace(form, values);
  }

  // Another device or window has answered this question later than this page: that answer stands.
  async function adopt({ item, values, sequence }) {
    const form = forms.find((candidate) => candidate.elements.item_id.value === item);
    if (!form || sequence <= known.get(item)) return;
    const waiting = (await queue.all()).find((record) => record.item === item);
    if (waiting?.sequence > sequence) return;
    known.set(item, sequence);
    const changed = JSON.stringify([...values].sort()) !== JSON.stringify(valuesOf(form).sort());
    // A text to type, or a conversation, that was begun elsewhere comes with the next page.
    if (!changed || form.dataset.kind === "chat" || form.querySelector("[data-after][hidden]")) return;
    fillIn(form, values);
    tell(fill(words.elsewhere, { number: form.dataset.number }));
  }

  function makeSaver() {
    let timer = null;
    let retry = null;
    let running = null;
    let wait = 2000;

    function soon() {
      timer ??= setTimeout(flush, 800);
    }

    function later() {
      clearTimeout(retry);
      retry = setTimeout(flush, wait);
      wait = Math.min(wait * 2, 30000);
    }

    async function flush() {
      clearTimeout(timer);
      timer = null;
      // One at a time: whoever asks while a round is on gets another round after it.
      while (running) await running;
      running = drain();
      try {
        return await running;
      } finally {
        running = null;
      }
    }

    async function drain() {
      for (const record of await queue.all()) {
        const outcome = await send(record);
        if (outcome === "later") {
          later();
          return false;
        }
        wait = 2000;
        await queue.drop(record);
        if (outcome === "closed" && forms.length) {
          location.assign(main.dataset.resultUrl);
          return false;
        }
        if (record.pressed && forms.length) {
          hold(outcome === "saved");
          if (outcome === "saved") location.assign(main.dataset.next);
        }
      }
      return true;
    }

    async function send(record) {
      const body = new URLSearchParams();
      body.set("item_id", record.item);
      body.set("number", record.number);
      body.set("sequence", record.sequence);
      body.set("stamp", record.stamp);
      body.set("age", Math.max(0, record.madeAt - record.stampedAt));
      for (const value of record.values) body.append("answer", value);
      if (record.pressed) body.set("go", record.pressed);
      const { outcome, reply } = await post(body, record.pressed ? main.dataset.confirmUrl : main.dataset.saveUrl);
      if (outcome === "later" && record.pressed) show(words.confirmLater, true);
      if (outcome === "saved" && record.pressed) {
        main.dataset.next = reply.next;
      } else if (outcome === "saved") {
        show(words.saved.replace("{time}", reply.saved_at), false);
        if (reply.kept) await adopt({ item: record.item, ...reply.kept });
        else known.set(record.item, Math.max(known.get(record.item) ?? 0, record.sequence));
      }
      return outcome;
    }

    // Send to the server and say what became of it; show what the person should know.
    async function post(body, address = main.dataset.saveUrl) {
      // This page's own token: one that was kept may belong to an earlier sign-in.
      body.set("csrf_token", document.querySelector("[name=csrf_token]").value);
      let response;
      try {
        response = await fetch(address, {
          method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual", keepalive: true,
          signal: AbortSignal.timeout(10000),
        });
      } catch {
        show(words.waiting, true);
        return { outcome: "later" };
      }
      // A redirect leads to the sign-in page; the answer stays here until somebody is signed in again.
      if (response.type === "opaqueredirect") {
        show(words.signIn, true);
        return { outcome: "later" };
      }
      // Signed in again elsewhere: this page's token belongs to the sign-in before.
      if (response.status === 400) {
        await renewToken();
        return { outcome: "later" };
      }
      if (response.status >= 500 || response.status === 429) {
        show(words.waiting, true);
        return { outcome: "later" };
      }
      const reply = await response.json().catch(() => ({}));
      // Not a word about the answer: somebody else is signed in here now. It waits for its owner.
      if ((response.status === 403 || response.status === 404) && !reply.message) {
        show(words.signIn, true);
        return { outcome: "later" };
      }
      if (response.status === 409) {
        show(reply.message ?? words.over, true);
        return { outcome: "closed" };
      }
      if (!response.ok) {
        show(reply.message ?? words.refused, true);
        return { outcome: "refused" };
      }
      if ("milliseconds_left" in reply) takeTime(reply);
      return { outcome: "saved", reply };
    }

    async function renewToken() {
      const response = await fetch(location.pathname, { redirect: "manual" }).catch(() => null);
      if (!response?.ok) return;
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
      const token = fresh.querySelector("[name=csrf_token]")?.value;
      if (!token) return;
      for (const input of document.querySelectorAll("[name=csrf_token]")) input.value = token;
    }

    addEventListener("online", () => { wait = 2000; flush(); });
    // Whoever leaves the page may not come back to it: what waits goes out at once.
    document.addEventListener("visibilitychange", () => { if (document.hidden) flush(); });
    return { soon, flush, post };
  }

  function show(text, isWarning) {
    const place = document.getElementById("saved-words");
    // The same words again are not news: a screen reader hears them once.
    if (place.textContent !== text) place.textContent = text;
    document.getElementById("saved").classList.toggle("is-waiting", isWarning);
  }

  // ---- moving about -------------------------------------------------------------------------------------

  function wireForms() {
    for (const form of forms) {
      const noteSoon = () => note(form).then(saver.soon);
      if (form.dataset.kind === "typing") {
        wireTyping(form, noteSoon);
      } else {
        form.addEventListener("input", noteSoon);
        form.addEventListener("change", noteSoon);
      }
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        if (event.submitter?.name === "start") startTyping(form, event.submitter);
        else if (main.dataset.confirmUrl && event.submitter?.value !== "submit") confirm(form, event.submitter);
        else go(event.submitter ? event.submitter.value : String(current + 1));
      });
    }
    document.getElementById("tell-time").addEventListener("click", (event) => {
      event.preventDefault();
      event.stopPropagation();
      tell(exactTime());
    });
  }

  // What an input method still composes is not typed yet: only committed text is saved and measured.
  function wireTyping(form, noteSoon) {
    let isComposing = false;
    const noteCommitted = () => { if (!isComposing) noteSoon(); };
    form.addEventListener("compositionstart", () => { isComposing = true; });
    form.addEventListener("compositionend", () => { isComposing = false; noteSoon(); });
    form.addEventListener("input", noteCommitted);
    form.addEventListener("change", noteCommitted);
  }

  // The text comes from the server when its clock begins, so this needs the network.
  async function startTyping(form, button) {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    const body = new URLSearchParams();
    body.set("item_id", form.elements.item_id.value);
    body.set("start", "1");
    const { outcome, reply } = await saver.post(body);
    button.removeAttribute("aria-disabled");
    if (outcome === "closed") {
      location.assign(main.dataset.resultUrl);
    } else if (outcome !== "saved") {
      show(words.startLater, true);
    } else {
      const field = form.querySelector("textarea");
      const passage = form.querySelector(".zx-passage");
      passage.textContent = reply.passage;
      passage.lang = field.lang = reply.language === "en" ? "en" : "zh-CN";
      form.querySelector("[data-before]").hidden = true;
      form.querySelector("[data-after]").hidden = false;
      field.focus();
    }
  }

  // An adaptive exam: what is confirmed is final, so it waits here until the server has it, and so does the page.
  async function confirm(form, button) {
    if (form.hasAttribute("data-held")) return;
    const pressed = button?.value ?? "confirm";
    if (pressed !== "skip" && valuesOf(form).length === 0) {
      tell(words.chooseFirst);
      return;
    }
    const noted = note(form, pressed);
    hold(true);
    show(words.confirming, false);
    await noted;
    await saver.flush();
  }

  function hold(isHeld) {
    for (const form of forms) {
      form.toggleAttribute("data-held", isHeld);
      for (const input of form.querySelectorAll("[name=answer]")) input.disabled = isHeld;
      for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", String(isHeld));
    }
  }

  async function go(where) {
    const flushed = saver.flush();
    if (where === "submit") {
      if (await flushed) location.assign(`${location.pathname.replace(/\/$/, "")}/submit`);
      return;
    }
    const next = forms.find((form) => form.dataset.number === where);
    if (!next) {
      // Where breaks may be taken, a question comes when it is opened; that needs the network.
      if (!(await flushed)) return;
      const opening = document.getElementById("open-question");
      opening.elements.number.value = where;
      opening.submit();
      return;
    }
    current = Number(where);
    for (const form of forms) form.hidden = form !== next;
    for (const button of document.querySelectorAll("#places button")) {
      button.toggleAttribute("aria-current", false);
      if (Number(button.value) === current) button.setAttribute("aria-current", "step");
      button.setAttribute("form", next.id);
    }
    for (const id of ["tell-time", "hand-in"]) document.getElementById(id).setAttribute("form", next.id);
    const place = document.getElementById("place");
    place.textContent = fill(place.dataset.text, { number: current, count: Number(main.dataset.count) });
    const title = document.title.split(" – ");
    title[0] = fill(words.title, { number: current, count: Number(main.dataset.count) });
    document.title = title.join(" – ");
    history.replaceState(null, "", `?question=${current}`);
    const heading = next.querySelector("h1");
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
    scrollTo({ top: 0 });
  }

  function markPlace(form, values) {
    const isAnswered = values.length >= Number(form.dataset.needed);
    const button = document.querySelector(`#places button[value="${form.dataset.number}"]`);
    if (!button) return;
    button.classList.toggle("is-answered", isAnswered);
    button.querySelector("span").textContent = isAnswered ? words.answered : words.open;
  }

  // ---- time ---------------------------------------------------------------------------------------------

  function wireClock() {
    const clock = document.getElementById("clock");
    const notices = JSON.parse(main.dataset.announcements);
    let before = secondsLeft();
    let isEnding = false;
    setInterval(async () => {
      const left = secondsLeft();
      const minutes = Math.floor(left / 60);
      let text = minutes < 1 ? words.lastMinute : fill(words.minutes, { minutes });
      if (endsAt === null) text = words.noLimit;
      // Nothing ticks: the words change once a minute.
      if (clock.textContent !== text) clock.textContent = text;
      for (const notice of notices) {
        if (before > notice.left && left <= notice.left) tell(notice.text);
      }
      before = left;
      if (left > 0 || isEnding) return;
      isEnding = true;
      // Time may have been added a moment ago.
      await look();
      if (secondsLeft() > 0) isEnding = false;
      else finish();
    }, 1000);
  }

  // What the server says of the time replaces what this page believed.
  function takeTime(news) {
    const before = endsAt;
    stamp = { text: news.stamp, at: Date.now() };
    endsAt = news.milliseconds_left === null ? null : Date.now() + news.milliseconds_left;
    if (before !== null && (endsAt === null || endsAt - before > 15000)) tell(`${words.moreTime}${exactTime()}`);
  }

  function wireLooks() {
    setInterval(() => { if (!document.hidden) look(); }, LOOK_EVERY);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
    addEventListener("online", look);
  }

  // Ask how things stand. Where nothing answers, the page goes on with what it knows.
  async function look() {
    let news;
    try {
      const response = await fetch(`${main.dataset.stateUrl}?since=${lookedAt}`, {
        headers: { Accept: "application/json" }, redirect: "manual", signal: AbortSignal.timeout(10000),
      });
      if (!response.ok) return;
      news = await response.json();
    } catch {
      return;
    }
    if (news.page !== main.dataset.page) {
      // Handed in on another device, or other rules hold now: the server makes the page anew.
      if (await saver.flush()) location.reload();
      return;
    }
    takeTime(news);
    lookedAt = news.elapsed;
    for (const answer of news.answers) await adopt(answer);
  }

  function secondsLeft() {
    if (endsAt === null) return Infinity;
    return Math.max(0, Math.floor((endsAt - Date.now()) / 1000));
  }

  function exactTime() {
    if (endsAt === null) return words.unlimited;
    const left = secondsLeft();
    return fill(words.exact, { minutes: Math.floor(left / 60), seconds: left % 60 });
  }

  function tell(text) {
    const place = document.getElementById("told");
    place.textContent = "";
    place.classList.remove("govuk-visually-hidden");
    place.classList.add("zx-told");
    requestAnimationFrame(() => { place.textContent = text; });
  }

  async function finish() {
    for (const form of forms) {
      for (const input of form.querySelectorAll("[name=answer]")) input.disabled = true;
    }
    tell(words.over);
    // Offline at the end: what was made in time still counts if it arrives within the grace period.
    while (!(await saver.flush())) await new Promise((resolve) => setTimeout(resolve, 3000));
    document.getElementById("time-is-up").submit();
  }
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
