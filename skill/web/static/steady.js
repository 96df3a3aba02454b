// What pages do beyond links and forms. Everything but live updates also works without this.
"use strict";

// A secret stands after "#" in a link, so that it never reaches a server's log. It goes into the form, and on.
(() => {
  const form = document.querySelector("form[data-code]");
  const secret = decodeURIComponent(location.hash.slice(1));
  if (!form || !secret) return;
  history.replaceState(null, "", location.pathname);
  form.elements[form.dataset.code].value = secret;
  if (form.requestSubmit) form.requestSubmit(); else form.submit();
})();

// Where the browser is, so is most likely the person.
(() => {
  const field = document.querySelector("[data-zone]");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (field && here) field.value = here;
})();

// What shows itself, and keeps itself up to date: a stream if there is one, else a look every few seconds.
(() => {
  const POLL_MS = 3000;
  const AGAIN_MS = 60000;
  const GIVE_UP_MS = 20000;

  for (const panel of document.querySelectorAll("[data-live]")) follow(panel);

  function follow(panel) {
    const stale = document.getElementById(panel.dataset.stale);
    let stream = null;
    let polling = 0;
    let again = 0;
    let heard = 0;

    open();
    setInterval(() => { if (stream && Date.now() - heard > GIVE_UP_MS) close(); }, POLL_MS);
    addEventListener("pagehide", rest);
    addEventListener("offline", old);
    addEventListener("online", () => { rest(); open(); });
    // A page that nobody looks at holds no place on the server.
    document.addEventListener("visibilitychange", () => { rest(); if (!document.hidden) open(); });
    document.addEventListener("htmx:afterRequest", () => { if (!stream) poll(); });

    function open() {
      heard = Date.now();
      stream = new EventSource(panel.dataset.live);
      stream.addEventListener("panel", (event) => show(event.data));
      stream.addEventListener("here", alive);
      stream.addEventListener("away", old);
      stream.addEventListener("over", () => { rest(); location.reload(); });
      stream.onerror = () => { if (!stream || stream.readyState === EventSource.CLOSED) close(); else old(); };
    }

    // The server has no place for another stream, or is away: look now and then, and try a stream again later.
    function close() {
      rest();
      again = setTimeout(() => { rest(); open(); }, AGAIN_MS);
      poll();
    }

    function rest() {
      if (stream) stream.close();
      stream = null;
      clearTimeout(polling);
      clearTimeout(again);
    }

    async function poll() {
      clearTimeout(polling);
      try {
        const answer = await fetch(panel.dataset.lookAt, { headers: { "HX-Request": "true" } });
        if ([401, 403, 404].includes(answer.status)) return location.reload();
        if (!answer.ok) throw new Error(String(answer.status));
        show(await answer.text());
      } catch {
        old();
      }
      clearTimeout(polling);
      if (!stream && !document.hidden) polling = setTimeout(poll, POLL_MS);
    }

    function alive() {
      heard = Date.now();
      if (stale) stale.hidden = true;
    }

    function old() {
      if (stale) stale.hidden = false;
    }

    // Only what differs is put in place, so that a button keeps its focus and nothing is read out twice.
    function show(text) {
      alive();
      const held = panel.contains(document.activeElement) ? document.activeElement.id : "";
      const fresh = new DOMParser().parseFromString(text, "text/html").body;
      const now = panel.querySelectorAll("[data-part]");
      const then = fresh.querySelectorAll("[data-part]");
      const same = now.length === then.length && [...now].every((one, n) => one.id === then[n].id);
      if (!same) {
        panel.replaceChildren(...fresh.childNodes);
      } else {
        now.forEach((one, n) => { if (one.innerHTML !== then[n].innerHTML) one.innerHTML = then[n].innerHTML; });
      }
      if (window.htmx) window.htmx.process(panel);
      const button = held && (document.getElementById(held) || panel.querySelector("button"));
      if (button && document.activeElement !== button) button.focus();
    }
  }
})();

// A button that prints the page; without script there is the browser's own menu.
for (const button of document.querySelectorAll('[data-do="print"]')) button.addEventListener("click", () => print());
