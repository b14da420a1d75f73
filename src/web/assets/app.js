// The page's only script: sends what is said and pressed, shows what arrives. Whatever arrives is
// HTML that the server has escaped; this file never builds markup from text.
"use strict";

const at = (id) => document.getElementById(id);
const token = document.body.dataset.token;

// The link's page presses its own button; see page.rs for why it has one.
if (at("sign-in")) at("sign-in").requestSubmit();
if (at("messages")) start();

function start() {
  const list = at("messages");
  const form = at("say");
  const box = at("words");
  let thread = null;
  let revision = Number(document.body.dataset.revision);
  let events = null;

  times(document);
  title();
  list.scrollTop = list.scrollHeight;
  listen();

  // Saying

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = box.value.trim();
    if (text) say(text, () => { box.value = ""; box.style.height = ""; offer(); });
  });

  box.addEventListener("keydown", (event) => {
    // An input method's Enter picks a word; it does not send.
    const name = at("names").firstElementChild?.dataset.complete;
    if (event.key === "Tab" && !event.shiftKey && name) {
      event.preventDefault();
      complete(name);
    }
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      form.requestSubmit();
    }
  });

  box.addEventListener("input", () => {
    if (CSS.supports("field-sizing", "content")) return;
    box.style.height = "auto";
    box.style.height = box.scrollHeight + "px";
  });

  // Names of what is watched, while one is typed: Tab takes the first.

  box.addEventListener("input", offer);
  document.addEventListener("selectionchange", () => { if (document.activeElement === box) offer(); });

  function begun() {
    return box.value.slice(0, box.selectionStart).match(/[\p{L}\p{N}][\p{L}\p{N}_.-]+$/u)?.[0] ?? "";
  }

  function offer() {
    const word = begun().toLowerCase();
    const fits = (name) => name.length > word.length && name.toLowerCase().startsWith(word);
    const names = word ? [...document.querySelectorAll("#watched .names li")].map((item) => item.textContent).filter(fits) : [];
    at("names").replaceChildren(...names.slice(0, 5).map((name) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = button.dataset.complete = name;
      return button;
    }));
    at("names").hidden = !names.length;
  }

  function complete(name) {
    box.setRangeText(name + " ", box.selectionStart - begun().length, box.selectionStart, "end");
    box.focus();
    offer();
  }

  async function say(text, sent) {
    if (await post("/messages", { id: crypto.randomUUID?.() ?? random(), text, thread })) {
      sent?.();
      working(true);
      list.scrollTop = list.scrollHeight;
    }
  }

  // Pressing

  document.addEventListener("click", async (event) => {
    const pressed = event.target.closest("button");
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target) || pressed) menu.open = false;
    }
    if (!pressed) return;
    const { press, ask, reply, fault, complete: name } = pressed.dataset;
    if (pressed.id === "more") pressed.ariaExpanded = String(document.body.classList.toggle("state"));
    else if (ask) say(ask);
    else if (name) complete(name);
    else if ("copy" in pressed.dataset) copy(pressed);
    else if ("replyEnd" in pressed.dataset) answering(null);
    else if (reply) answering(reply);
    else if (press || fault) {
      pressed.disabled = true;
      const on = pressed.closest(".message")?.id.slice(1) ?? null;
      const switched = { name: fault, on: pressed.getAttribute("aria-checked") !== "true" };
      const id = crypto.randomUUID?.() ?? random();
      const taken = fault ? await post("/faults", switched) : await post("/press", { id, press, on: on && Number(on) });
      if (taken && press?.startsWith("ask:")) working(true);
      // The server's next update replaces the button; if it does not, it can be pressed again.
      setTimeout(() => { pressed.disabled = false; }, taken ? 1500 : 0);
    }
  });

  // A menu at the lower edge opens where it can be seen.
  document.addEventListener("toggle", (event) => {
    if (event.target.open) event.target.querySelector(".choices")?.scrollIntoView({ block: "nearest" });
  }, true);

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    at("names").replaceChildren();
    at("names").hidden = true;
    const menu = document.querySelector("details.menu[open]");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
    else if (thread) answering(null);
  });

  function answering(id) {
    thread = id && Number(id);
    at("reply").hidden = !thread;
    if (thread) {
      const headline = at("m" + thread)?.querySelector(".headline")?.textContent ?? "";
      at("reply").firstElementChild.textContent = "In the thread of: " + headline.slice(0, 80);
    }
    box.focus();
  }

  async function copy(button) {
    const code = button.parentElement.querySelector("code").textContent;
    try { await navigator.clipboard.writeText(code); button.textContent = "Copied"; }
    catch { getSelection().selectAllChildren(button.parentElement.querySelector("code")); button.textContent = "Selected"; }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  }

  async function post(path, body) {
    trouble("");
    try {
      const reply = await fetch(path, {
        method: "POST",
        headers: { "content-type": "application/json", "x-quad-token": token },
        body: JSON.stringify(body),
      });
      if (reply.ok) return true;
      if (reply.status === 401) location.reload();
      trouble((await reply.json().catch(() => ({}))).error ?? "That did not work (" + reply.status + "). Try again.");
    } catch {
      trouble("quad can't be reached. What you wrote is still here; try again in a moment.");
    }
    return false;
  }

  function trouble(sentence) {
    at("trouble").textContent = sentence;
    at("trouble").hidden = !sentence;
  }

  // Waiting

  let patience;
  function working(on) {
    clearTimeout(patience);
    at("working").hidden = !on;
    at("working").lastElementChild.textContent = "quad is looking into it";
    if (on) patience = setTimeout(() => { at("working").lastElementChild.textContent = "Still at it. The answer will appear here."; }, 15000);
  }

  // Listening

  function listen() {
    events?.close();
    const source = events = new EventSource("/events?after=" + revision);
    source.onopen = () => { at("connection").hidden = true; };
    source.onerror = () => {
      at("connection").hidden = false;
      // EventSource tries again by itself, unless it was refused: then sign-in may be needed.
      if (source.readyState === EventSource.CLOSED) setTimeout(probe, 2000);
    };
    source.addEventListener("message", (event) => {
      const said = JSON.parse(event.data);
      revision = Math.max(revision, Number(event.lastEventId));
      show(said);
    });
    source.addEventListener("working", () => working(true));
    source.addEventListener("panels", (event) => {
      for (const [id, html] of Object.entries(JSON.parse(event.data))) panel(at(id), html);
      title();
    });
    source.addEventListener("end", () => { source.close(); at("connection").hidden = false; setTimeout(probe, 1000); });

    async function probe() {
      // Somebody else may have begun to listen meanwhile.
      if (events !== source) return;
      source.close();
      const reply = await fetch("/session").catch(() => null);
      if (reply?.status === 401) location.reload();
      else if (reply?.ok) listen();
      else setTimeout(probe, 2000);
    }
  }

  // A browser keeps six connections to one server. Tabs that nobody looks at give theirs back, and
  // are told what they missed when somebody does.
  let leaving;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(leaving);
    if (document.hidden) leaving = setTimeout(() => { events?.close(); events = null; }, 60000);
    else if (!events) listen();
  });

  // The number of open alerts, for whoever looks at another tab.
  function title() {
    const open = document.querySelectorAll("#alerts .card").length;
    document.title = open ? "(" + open + ") quad" : "quad";
  }

  function show(said) {
    const near = list.scrollHeight - list.scrollTop - list.clientHeight < 120;
    at("empty")?.remove();
    const fresh = made(said.html);
    const old = at(fresh.id);
    if (old) {
      old.replaceWith(fresh);
    } else {
      fresh.classList.add("arrived");
      const strand = said.thread && at("s" + said.thread)?.querySelector(".thread");
      if (strand) strand.append(fresh);
      else {
        const strand = document.createElement("div");
        strand.className = "strand";
        strand.id = "s" + said.id;
        const replies = document.createElement("div");
        replies.className = "thread";
        strand.append(fresh, replies);
        list.append(strand);
      }
      if (said.answer) working(false);
    }
    times(fresh);
    if (near && !old) fresh.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  function panel(place, html) {
    if (!place || place.dataset.html === html) return;
    place.dataset.html = html;
    // Whoever stands on a button or in an open menu keeps standing there.
    const press = (element) => element?.dataset?.press ?? element?.dataset?.fault;
    const focused = place.contains(document.activeElement) ? press(document.activeElement) : null;
    const open = press(place.querySelector("details[open] button"));
    place.replaceChildren(...made(html, true));
    times(place);
    const same = (value) => [...place.querySelectorAll("button")].find((button) => press(button) === value);
    if (open) same(open)?.closest("details")?.setAttribute("open", "");
    if (focused) same(focused)?.focus();
  }
}

function made(html, all) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return all ? template.content.childNodes : template.content.firstElementChild;
}

// Moments in the reader's own zone and habit; the whole date on hover.
function times(root) {
  const today = new Date().toDateString();
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (isNaN(at)) continue;
    const clock = { hour: "2-digit", minute: "2-digit" };
    const day = { day: "numeric", month: "short" };
    time.textContent = at.toDateString() === today ? at.toLocaleTimeString([], clock) : at.toLocaleString([], { ...day, ...clock });
    time.title = at.toLocaleString([], { dateStyle: "full", timeStyle: "long" });
  }
}

// crypto.randomUUID is only there on https and on this machine itself.
function random() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");
}
