// Without this file every page works with plain forms. With it: no new line in the history, leaving is instant, and a
// page that comes back from the browser's memory is empty. It stores nothing.
(() => {
  "use strict";
  // An old browser keeps the plain forms rather than half of this.
  if (!("replaceChildren" in Element.prototype && "fetch" in window && "AbortController" in window)) return;

  let gone = false; // left for good: nothing may draw any more
  let request = null; // the one answer being waited for
  let idle = 0; // seconds without a gesture before the screen goes, 0 for never
  let gesture = Date.now();
  let timer = 0;
  let shifts = []; // when Shift was pressed alone, at most three
  let slow = 0;
  let saying = 0;

  const page = () => document.getElementById("page");
  // `seen` is drawn, the rest is only spoken. The words are set a little later than Shift is pressed, so that a capital
  // letter says nothing.
  const say = (words, seen = true, later = 0) => {
    clearTimeout(saying);
    saying = setTimeout(() => {
      const state = document.getElementById("etat");
      if (!state) return;
      state.classList.toggle("seen", seen && Boolean(words));
      state.textContent = words;
    }, later);
  };

  // Leaving: what was on the screen goes first, then the network may take its time.
  const leave = () => {
    if (gone) return;
    gone = true;
    const address = page().dataset.exit;
    const elsewhere = document.getElementById("ailleurs");
    if (request) request.abort();
    clearTimeout(timer);
    document.body.replaceChildren(elsewhere ? elsewhere.content : "");
    scrollTo(0, 0);
    location.replace(address);
  };

  // A page out of the browser's memory (Back, then Forward) must not bring a screen back.
  addEventListener("pagehide", () => { if (!gone && idle) document.body.replaceChildren(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.replace(location.pathname); });

  const rest = () => {
    clearTimeout(timer);
    if (!idle || gone) return;
    const left = gesture + idle * 1000 - Date.now();
    if (left <= 0) leave();
    else timer = setTimeout(rest, Math.min(left, 60000));
  };
  // A phone asleep stops timers: look at the clock as soon as somebody looks at the page, before taking it for a gesture.
  const awake = () => { rest(); if (!gone) gesture = Date.now(); };
  for (const kind of ["pointerdown", "keydown", "scroll"]) addEventListener(kind, awake, { passive: true, capture: true });
  document.addEventListener("visibilitychange", rest);

  const settle = () => {
    const main = document.getElementById("ecran");
    idle = Number(main.dataset.idle) || 0;
    gesture = Date.now();
    rest();
    return main;
  };

  const draw = (html) => {
    const next = new DOMParser().parseFromString(html, "text/html");
    if (!next.getElementById("page") || next.querySelector("[data-left]")?.closest("#page")) return leave();
    document.documentElement.lang = next.documentElement.lang;
    document.documentElement.dir = next.documentElement.dir;
    for (const id of ["page", "ailleurs"]) {
      document.getElementById(id).replaceWith(document.adoptNode(next.getElementById(id)));
    }
    scrollTo(0, 0);
    settle().focus({ preventScroll: true });
  };

  const ask = async (data) => {
    if (request) request.abort();
    const mine = request = new AbortController();
    const patience = setTimeout(() => mine.abort("slow"), 20000);
    clearTimeout(slow);
    slow = setTimeout(() => say(page().dataset.wait), 1000);
    try {
      const answer = await fetch("/", {
        method: "POST", body: data, signal: mine.signal, cache: "no-store", credentials: "omit", redirect: "error",
      });
      const html = await answer.text();
      if (gone || mine !== request) return;
      clearTimeout(slow);
      say("");
      draw(html);
    } catch {
      if (gone || mine !== request) return;
      clearTimeout(slow);
      say(page().dataset.offline);
      // The numbers are already in the page: no network is needed to reach them.
      if (data.get("choice") === "emergency") document.querySelector(".urgent").focus();
    } finally {
      clearTimeout(patience);
      if (mine === request) request = null;
    }
  };

  // Not every browser says which button sent a form: the last one touched did, Enter in the field included.
  let touched = null;
  document.addEventListener("click", (event) => { touched = event.target.closest("button"); }, true);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const pressed = event.submitter || touched;
    if (!pressed || pressed.form !== form) return;
    event.preventDefault();
    if (gone) return;
    if (pressed.value === "close") return leave();
    const data = new URLSearchParams(new FormData(form));
    if (pressed.name) data.set(pressed.name, pressed.value);
    ask(data);
  });

  // Shift, three times within five seconds, with no other key in between (typing capitals must never leave).
  addEventListener("keydown", (event) => {
    if (gone || event.repeat) return;
    if (event.key !== "Shift" || event.ctrlKey || event.altKey || event.metaKey) {
      if (shifts.length) say("", false);
      shifts = [];
      return;
    }
    const now = event.timeStamp;
    shifts = [...shifts.filter((at) => now - at < 5000), now];
    if (shifts.length >= 3) leave();
    else say(shifts.length === 1 ? page().dataset.two : page().dataset.one, false, 400);
  }, true);
  addEventListener("pointerdown", () => { shifts = []; }, true);

  if ("scrollRestoration" in history) history.scrollRestoration = "manual";
  const { pathname, search } = location;
  if (pathname.startsWith("/a/") || (pathname === "/" && search)) history.replaceState(null, "", "/");
  settle();
})();
