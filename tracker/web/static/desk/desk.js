// The keys of the desk, drafts that survive a bad connection, and forms that are sent once.
// Every act works without this file: it only presses the buttons that are on the page.
(() => {
  "use strict";
  const find = (selector) => document.querySelector(selector);
  const typing = (el) => el.closest("input, textarea, select, [contenteditable]") !== null;

  // --- keys of the queue -------------------------------------------------------------------------------------------
  const move = (step) => {
    const items = [...document.querySelectorAll("[data-item]")];
    const at = items.findIndex((item) => item.getAttribute("aria-current") === "true");
    const next = items[at < 0 ? 0 : at + step];
    if (next) next.click();
  };
  const press = (form) => form && form.requestSubmit(form.querySelector("button"));
  const dismiss = () => {
    const form = find("#dismiss");
    if (!form) return;
    const chosen = form.querySelector("input[type=radio]:checked");
    (chosen || form.querySelector("input[type=radio]")).focus();
    form.dataset.armed = "";
    form.scrollIntoView({ block: "nearest" });
  };
  const help = () => {
    const box = find("#help");
    if (box) box.open ? box.close() : box.showModal();
  };
  const judge = (name) => {
    const form = find(`#act-${name} form`);
    if (!form) return;
    form.closest("details").open = true;
    form.querySelector(name === "send_back" ? "textarea" : "button").focus();
  };
  const tick = (number) => find("#judge")?.querySelectorAll("input[type=checkbox]")[number - 1]?.click();
  const judging = { a: () => judge(find("#act-verify") ? "verify" : "approve"), b: () => judge("send_back") };
  for (const number of [1, 2, 3]) judging[number] = () => tick(number);
  const keys = {
    j: () => move(1),
    k: () => move(-1),
    c: () => press(find("#confirm")),
    d: dismiss,
    m: () => {
      const box = find("#merge");
      if (!box) return;
      box.open = true;
      box.querySelector("select").focus();
    },
    e: () => find("#confirm select")?.focus(),
    u: () => (find("form#undo") ? press(find("#undo")) : find("#undo a")?.focus()), // a listing is taken back elsewhere
    "?": help,
  };
  const digit = (event) => {
    const form = event.target.closest("#dismiss");
    const radio = form?.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
    if (!radio) return false;
    radio.checked = true;
    radio.focus();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
    const radio = event.target.matches?.("#dismiss input[type=radio]");
    if (radio && /^[1-9]$/.test(event.key) && digit(event)) return event.preventDefault();
    if (event.key === "Escape" && typing(event.target)) return event.target.blur();
    if (find("[data-busy]")) return event.preventDefault();
    const ours = find("#desk") ? keys : find("#judge") ? judging : {};
    const box = event.target.matches?.("#judge input[type=checkbox]");
    if ((typing(event.target) && !radio && !box) || !ours[event.key]) return;
    event.preventDefault();
    ours[event.key]();
  });

  // --- the next item is fetched while this one is read, and shown the moment this one is decided ---------------------
  const FRESH = 30_000;
  let ahead = null;
  const following = () => {
    const items = [...document.querySelectorAll("[data-item]")];
    const at = items.findIndex((item) => item.getAttribute("aria-current") === "true");
    return items[at + 1] || items[at - 1];
  };
  const preload = async () => {
    const next = find("#desk") && following();
    if (!next || (ahead?.url === next.href && Date.now() - ahead.at < FRESH)) return;
    const answer = await fetch(next.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    ahead = answer?.ok ? { url: next.href, html: await answer.text(), at: Date.now() } : null;
  };
  const fresh = (url) => (ahead?.url === url && Date.now() - ahead.at < FRESH ? ahead.html : null);
  const show = (html) => {
    find("#desk").innerHTML = html;
    window.htmx.process(find("#desk"));
  };
  // What the server answers with follows at once. Until then nothing can be pressed; if it never comes, the item is back as it was.
  let before = null;
  const showAhead = (html) => {
    const desk = find("#desk");
    before = [...desk.childNodes];
    desk.innerHTML = html;
    desk.dataset.busy = "";
    desk.querySelectorAll("button, a, input, select, textarea").forEach((el) => el.setAttribute("inert", ""));
  };
  const putBack = () => {
    const desk = find("#desk[data-busy]");
    if (!desk) return;
    delete desk.dataset.busy;
    desk.replaceChildren(...before);
  };
  // Heard at the form itself: it is out of the page while the next item shows, and what happens to it there reaches no document.
  const FAILURES = ["htmx:sendError", "htmx:responseError", "htmx:timeout", "htmx:sendAbort"];
  const failed = (event) => {
    const heard = event.target.isConnected;
    putBack();
    ready();
    if (!heard) document.dispatchEvent(new CustomEvent(event.type, { detail: event.detail }));
  };
  document.addEventListener("htmx:beforeRequest", (event) => {
    const from = event.detail.elt;
    if (from.matches("[data-item]") && fresh(from.href)) {
      event.preventDefault();
      show(fresh(from.href));
      history.pushState({ htmx: true }, "", from.href);
      settled();
      atTop();
      current();
    } else if (from.matches("#confirm, #dismiss")) {
      FAILURES.forEach((name) => from.addEventListener(name, failed, { once: true }));
      const html = fresh(following()?.href);
      if (html) setTimeout(() => find("#desk")?.contains(from) && showAhead(html));
    }
  });

  // --- one box for all boxes of a table --------------------------------------------------------------------------
  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.all;
    if (name) document.querySelectorAll(`[name="${name}"]`).forEach((box) => (box.checked = event.target.checked));
  });

  // --- a form is sent once, with the token that is valid now -------------------------------------------------------
  const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1];
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent !== undefined) return event.preventDefault();
    const field = form.querySelector("[name=csrfmiddlewaretoken]");
    if (field && token()) field.value = token();
    if (form.method === "post" && form.dataset.again === undefined) {
      form.dataset.sent = "";
      if (form.dataset.forget !== undefined) forget();
    }
  }, true);
  const ready = () => document.querySelectorAll("[data-sent]").forEach((form) => delete form.dataset.sent);
  window.addEventListener("pageshow", ready);
  document.addEventListener("htmx:afterRequest", ready);

  // --- drafts: what was typed stays on this device until it has been accepted --------------------------------------
  const mine = `draft:${document.body.dataset.person || ""}:`;
  const key = (el) => mine + (el.form.getAttribute("action") || "") + ":" + el.name;
  const forget = () => Object.keys(localStorage).filter((k) => k.startsWith("draft:")).forEach((k) => localStorage.removeItem(k));
  const restore = (root) => root.querySelectorAll("[data-draft]").forEach((el) => {
    const kept = localStorage.getItem(key(el));
    if (kept && !el.value) el.value = kept;
  });
  document.addEventListener("input", (event) => {
    if (!event.target.matches("[data-draft]")) return;
    event.target.value ? localStorage.setItem(key(event.target), event.target.value) : localStorage.removeItem(key(event.target));
  });
  const accepted = () => document.querySelectorAll("[data-accepted]").forEach((message) => {
    const done = mine + message.dataset.accepted + ":";
    Object.keys(localStorage).filter((k) => k.startsWith(done)).forEach((k) => localStorage.removeItem(k));
  });

  // --- after a swap: say where we are ------------------------------------------------------------------------------
  const current = () => find("[data-item][aria-current=true]")?.scrollIntoView({ block: "nearest" });
  const atTop = () => find("#desk") && window.scrollTo(0, 0); // where the next item begins, and what became of the last one is said
  const settled = () => {
    accepted();
    restore(document);
    window.requestIdleCallback(() => preload());
  };
  document.addEventListener("htmx:afterSettle", () => {
    find("#desk")?.removeAttribute("data-busy");
    settled();
    atTop();
    current();
    reachable();
  });
  const say = (text) => {
    const note = Object.assign(document.createElement("p"), { className: "note error", textContent: text });
    find("#notice").replaceChildren(note);
  };
  document.addEventListener("htmx:sendError", () => say(find("#notice").dataset.offline));
  // An answer that is not swapped in: the sentence of its page, so that nobody waits for what did not happen.
  document.addEventListener("htmx:responseError", (event) => {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const said = page.querySelector(".gate p")?.textContent;
    if (said) say(said);
  });
  // A table that scrolls sideways can be reached by keyboard.
  const reachable = () => document.querySelectorAll(".paper .scroll").forEach((box) => {
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", box.querySelector("caption, th")?.textContent || "");
  });
  reachable();
  settled();
  // Where things stand is asked once the page has been painted: asked before, this script would lay all of it out by itself.
  requestAnimationFrame(() => setTimeout(() => {
    current();
    find(".nav [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" }); // on a phone it may stand outside
  }));
})();
