// The coach on a tablet: plays the pieces it is given, shows the count from where the sound is, and sends
// back what is touched and what has been played. It decides nothing about the session.
"use strict";

(() => {
  const page = document.getElementById("coach");
  const words = JSON.parse(page.dataset.words);
  const part = (name) => document.querySelector(`[data-part="${name}"]`);
  const isScreen = page.dataset.screen === "yes";
  const NO_ANSWER_MS = 120000;
  const CAPTION_STAYS_MS = 1500;

  let session = null;      // the id of the session that is on
  let playing = null;      // {piece, audio, began, held}: what is heard now
  let coming = null;       // the piece that comes next by itself, with its sound loaded
  let asking = null;       // what has been asked and not answered
  let invite = null;       // who asks for what, until it is answered
  let paused = false;
  let over = false;
  let view = null;
  let due = null;          // what was to be played next, had nothing else happened since
  let away = false;        // the coach cannot be reached
  let said = "";           // what is to be read for a while

  // -- reaching the coach ---------------------------------------------------------------------------

  const AGAIN_MS = 2000;   // how soon a deed is sent again that did not arrive
  const PATIENCE_MS = 30000;

  const told = (what) => { said = what; text("notice", away ? words.offline : said); };
  const reached = (yes) => { if (away === !yes) return; away = !yes; text("notice", away ? words.offline : said); };

  const reach = async (address, how) => {  // an answer that arrived, good or not; an error if none did
    const given_up = new AbortController();
    const timer = setTimeout(() => given_up.abort(), PATIENCE_MS);
    try {
      const answer = await fetch(address, { credentials: "same-origin", signal: given_up.signal, ...how });
      if (answer.status >= 500) throw new Error(String(answer.status));
      reached(true);
      return answer;
    } catch (error) {
      reached(false);
      throw error;
    } finally {
      clearTimeout(timer);
    }
  };

  const post = (address, body) => reach(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "Accept": "application/json", "X-CSRF-Token": page.dataset.csrf },
    body: JSON.stringify(body),
  });

  // -- sending: one deed after the other, again until it arrives ------------------------------------

  const queue = [];
  let sending = false;
  let again = 0;

  // A deed whose answer is lost is sent again under the same name, so that it is done once.
  const unique = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (one) => one.toString(16).padStart(2, "0")).join("");

  const send = (deed) => { queue.push({ id: unique(), ...deed }); drain(); };

  const drain = async () => {
    if (sending || !queue.length) return;
    sending = true;
    clearTimeout(again);
    try {
      const answer = await post("/coach/deed", queue[0]);
      const back = await answer.json();
      const deed = queue.shift();
      receive(back, answer.ok, deed);
    } catch (error) {
      sending = false;
      again = setTimeout(drain, AGAIN_MS);
      return;
    }
    sending = false;
    drain();
  };

  const receive = (back, good, deed) => {
    told(good ? back.told || "" : back.error || "");
    if (!good) {
      if (back.code === "session-gone" || (back.code === "led-elsewhere" && deed.session)) home();
      return;
    }
    if (back.invite) { openInvite(back); return; }
    if (back.session) { take(back); return; }
    // It came too late, but it is quiet here: that is a pause of one's own.
    if (back.gone && ["pause", "stop"].includes(deed.what) && deed.session && !playing) send({ ...deed, id: unique(), do: "act", name: "pause" });
  };

  // -- playing --------------------------------------------------------------------------------------

  const load = (piece) => {
    if (!piece || !piece.url) return null;
    const audio = new Audio(piece.url);
    audio.preload = "auto";
    return audio;
  };

  const halt = () => {
    if (playing && playing.audio) { playing.audio.onended = null; playing.audio.onerror = null; playing.audio.pause(); }
    if (playing) clearTimeout(playing.timer);
    playing = null;
  };

  const play = (piece, loaded) => {
    halt();
    const audio = loaded || load(piece);
    const now = { piece, audio, began: performance.now(), timer: 0 };
    playing = now;
    const silently = () => {           // no sound: time passes all the same, so that captions run
      if (playing !== now) return;
      now.audio = null;
      now.began = performance.now();
      told(words.silent);
      now.timer = setTimeout(() => finished(now), piece.length_ms);
    };
    if (!audio) { silently(); return; }
    audio.onended = () => finished(now);
    audio.onerror = silently;
    audio.play().catch((error) => {
      if (error.name === "NotAllowedError") part("touch").showModal(); else if (error.name !== "AbortError") silently();
    });
  };

  const atMs = () => {
    if (!playing) return 0;
    const at = playing.audio ? playing.audio.currentTime * 1000 : performance.now() - playing.began;
    return Math.min(at, playing.piece.length_ms);
  };

  const here = () => {                 // the block that is heard, and how far it has come
    if (!playing) return {};
    const at = atMs();
    const [block, from, base] = [...playing.piece.parts].reverse().find((one) => one[1] <= at) || playing.piece.parts[0];
    return block ? { block, offset_ms: Math.round(base + at - from) } : {};
  };

  const finished = (which) => {
    if (playing !== which) return;
    const parts = which.piece.parts;
    const block = parts[parts.length - 1][0];
    playing = null;
    if (!block || !session) { if (over) setTimeout(home, 4000); return; }
    send({ do: "act", session, name: "finished", block });
    if (coming) { const next = coming; coming = null; play(next.piece, next.audio); }
  };

  const same = (one, other) => one && other && one.length_ms === other.length_ms && one.url === other.url
    && JSON.stringify(one.parts) === JSON.stringify(other.parts);

  // -- what comes back ------------------------------------------------------------------------------

  const take = (back) => {
    session = back.session;
    view = back.view;
    paused = view.state === "paused";
    over = Boolean(back.outcome) || ["done", "stopped"].includes(view.state);  // it may have ended elsewhere
    asking = back.ask;
    invite = null;
    if (queue.length) {                // what happened since goes there next: what comes of that is current
      due = back.play ? back : back.halt ? null : due;
      return;
    }
    if (due && !playing && !back.play && !back.halt) { back = due; asking = asking || due.ask; }
    due = null;
    if (back.play) {
      if (!(playing && same(playing.piece, back.play))) play(back.play, coming && same(coming.piece, back.play) ? coming.audio : null);
      coming = null;
    } else if (back.halt) { halt(); coming = null; }
    if (back.next && !(coming && same(coming.piece, back.next))) coming = { piece: back.next, audio: load(back.next) };
    if (over && !playing) setTimeout(home, 4000);
    draw();
  };

  // -- showing --------------------------------------------------------------------------------------

  const text = (name, what) => { const node = part(name); if (node.textContent !== what) node.textContent = what; };
  const fill = (what, values) => what.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const clock = (ms) => {
    const s = Math.ceil(ms / 1000);
    return s > 60 ? `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")}` : String(s);
  };

  const big = () => {                  // the count, or the time left: [number, what it is]
    const work = playing && playing.piece.work;
    if (!work || over || asking) return ["", ""];
    const at = atMs();
    if (at < work.at_ms) {
      const [block, until] = [playing.piece.parts[0][0], playing.piece.parts[0][1] + playing.piece.parts[0][3]];
      const counted = block ? null : playing.piece.cues.filter((cue) => cue[2] === "count" && cue[0] <= at && at < until).pop();
      return [counted ? counted[3] : "", work.rest ? "" : words.get_ready];
    }
    const done = at - work.at_ms;
    if (work.rep_ms && done < work.work_ms) {
      return [String(Math.floor(done / work.rep_ms) + 1), fill(words.of, { n: Math.round(work.work_ms / work.rep_ms) })];
    }
    const left = Math.max(0, work.work_ms - done);
    if (!left) return ["", ""];
    return [clock(left), left > 60000 ? words.time_left : words.seconds];
  };

  const caption = () => {
    if (!playing) return "";
    const at = atMs();
    const said = playing.piece.cues.filter((cue) => cue[2] === "say" && cue[0] <= at).pop();
    return said && at < said[1] + CAPTION_STAYS_MS ? said[3] : "";
  };

  const tick = () => {
    if (!isScreen) {
      if (playing) { const [number, label] = big(); text("big", number); text("label", label); text("caption", caption()); }
      if (playing) part("bar").value = playing.piece.length_ms ? atMs() / playing.piece.length_ms : 0;
    }
    requestAnimationFrame(tick);
  };

  const draw = () => {
    const on = Boolean(session) || Boolean(invite);
    page.dataset.state = view ? view.state : "idle";
    part("home").hidden = on;
    part("stage").hidden = !on || Boolean(asking) || Boolean(invite);
    part("question").hidden = !asking && !invite;
    part("controls").hidden = !session || over;
    if (view && session) {
      text("title", view.title);
      text("where", view.where.join(" \u00b7 "));
      text("follows", view.next);
      if (paused) { text("label", words.paused); text("caption", ""); }
    }
    const button = document.querySelector('[data-act="pause"], [data-act="resume"]');
    button.dataset.act = paused ? "resume" : "pause";
    button.textContent = paused ? words.resume : words.pause;
    if (asking) question(asking.lines.join(" "), answers(asking.expects));
    if (invite) question(invite.lines.join(" "), [[words.yes, () => reply(true)], [words.no, () => reply(false), "quiet"]]);
  };

  // A question is answered once: until another one is there, or nothing has come of it for a while, a second
  // touch must not answer what is asked next.
  const ANSWERED_MS = 4000;

  const question = (what, choices) => {
    const box = part("answers");
    if (box.dataset.answered === what && performance.now() - Number(box.dataset.at) < ANSWERED_MS) return;
    text("ask", what);
    if (box.dataset.of === what) return;
    box.dataset.of = what;
    box.dataset.answered = "";
    box.replaceChildren(...choices.map(([label, deed, look]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = label;
      if (look) button.dataset.look = look;
      button.addEventListener("click", () => {
        if (box.dataset.of !== what) return;
        Object.assign(box.dataset, { of: "", answered: what, at: performance.now() });
        box.replaceChildren();
        deed();
      });
      return button;
    }));
  };

  const answers = (expects) => {
    const { question } = asking;
    const say = (value) => () => { halt(); act("answer", { value, question }); };
    switch (expects) {
      case "yes-no": return [[words.yes, say(true)], [words.no, say(false), "quiet"]];
      case "ready": return [[words.ready, () => act("ready")]];
      case "number": return [...Array(11).keys()].map((n) => [String(n), say(n), "quiet"]).concat([[words.rather_not, say(null), "quiet"]]);
      default: return [[words.easy, say(1), "quiet"], [words.right, say(2), "quiet"], [words.hard, say(3), "quiet"], [words.rather_not, say(null), "quiet"]];
    }
  };

  const home = () => {
    if (invite) clearTimeout(invite.timer);
    session = view = asking = invite = coming = null;
    paused = over = false;
    halt();
    text("title", document.title.split(" - ").pop());
    text("where", "");
    const waiting = document.querySelector('[data-deed="go-on"]');
    if (waiting) waiting.remove();      // it has been gone on with, or was left; no reload: sound stays allowed
    draw();
  };

  // -- what is touched ------------------------------------------------------------------------------

  const act = (name, more) => {
    const where = here();
    if (["pause", "pain", "stop"].includes(name)) { halt(); coming = null; }  // at once, whatever the network does
    if (name === "pause" && view) { view = { ...view, state: "paused" }; paused = true; draw(); }
    return send({ do: "act", session, name, ...where, ...more });
  };

  const reply = (yes) => {
    if (!invite) return;
    const { command, timer } = invite;
    clearTimeout(timer);
    invite = null;
    halt();
    draw();
    send({ do: "answer", command, yes });
  };

  const openInvite = (told) => {
    invite = { ...told.invite, timer: setTimeout(() => reply(null), NO_ANSWER_MS) };
    play(told.play);
    draw();
  };

  const KEYS = { pause: "space", resume: "space", pain: "o", stop: "q", next: "right", previous: "left", repeat: "r",
    slower: "s", faster: "f", easier: "e", cannot: "k", skip: "x", "how-long": "l" };

  page.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button || !page.contains(button)) return;
    if (button.dataset.deed) { send({ do: button.dataset.deed, routine: button.dataset.routine }); wake(); }
    if (button.dataset.act) { if (isScreen) press(KEYS[button.dataset.act]); else act(button.dataset.act); }
  });

  const press = (key, asked = "") => post("/coach/key", { key, asked }).catch(() => {});

  // -- what others ask for --------------------------------------------------------------------------

  const seen = new Set();

  const news = (what_is) => {
    if (isScreen) { mirror(what_is); return; }
    for (const { id, what } of what_is.waiting) {
      if (seen.has(id)) continue;
      seen.add(id);
      if (what === "invite") send({ do: "take", command: id });
      else {
        const where = here();
        if (what !== "resume") halt();
        send({ do: "control", command: id, what, session, ...where });
      }
    }
  };

  const mirror = ({ live, shown }) => {  // the screen of the PC's coach
    const on = Boolean(shown) || !["idle", "done", "stopped", "interrupted"].includes(live.phase);
    const phase = shown ? shown.state : live.phase;
    session = on ? "pc" : null;
    paused = phase === "paused";
    page.dataset.state = phase;
    part("home").hidden = on;
    part("controls").hidden = !on;
    const word = words[phase] || words[`phase_${phase}`] || "";
    const expects = shown ? shown.expects : live.phase === "invited" ? "yes-no" : live.phase === "waiting" ? "ready" : "";
    part("stage").hidden = !on || Boolean(expects);
    part("question").hidden = !on || !expects;
    const where = shown ? shown.where : [];
    if (!shown) {
      if (live.exercise_no) where.push(fill(words.exercise, { n: live.exercise_no, of: live.exercises }));
      if (live.side) where.push(words[`side_${live.side}`]);
      if (live.sets > 1 && live.set_no) where.push(fill(words.set, { n: live.set_no, of: live.sets }));
    }
    text("title", (shown ? shown.title : live.exercise_title || live.routine_title) || document.title.split(" - ").pop());
    text("where", where.join(" \u00b7 "));
    text("big", shown ? shown.big : "");
    text("label", shown && shown.label && !paused ? shown.label : word);
    text("caption", shown ? shown.caption : "");
    text("follows", shown ? shown.next : "");
    part("bar").value = shown ? shown.bar : 0;
    told(shown ? shown.notice : "");
    const button = document.querySelector('[data-act="pause"], [data-act="resume"]');
    button.dataset.act = paused ? "resume" : "pause";
    button.textContent = paused ? words.resume : words.pause;
    if (expects) question((shown && shown.caption) || word, keys(expects, shown ? shown.caption : ""));
  };

  const keys = (expects, asked) => {   // the same answers as `answers`, as keys of a terminal
    const key = (...names) => async () => { for (const name of names) await press(name, asked); };
    const number = (n) => (n < 10 ? (n === 1 ? ["1", "enter"] : [String(n)]) : ["1", "0"]);
    switch (expects) {
      case "yes-no": return [[words.yes, key("y")], [words.no, key("n"), "quiet"]];
      case "ready": return [[words.ready, key("enter")]];
      case "number": return [...Array(11).keys()].map((n) => [String(n), key(...number(n)), "quiet"])
        .concat([[words.rather_not, key("enter"), "quiet"]]);
      case "side": return [[words.leg_left, key("l")], [words.leg_right, key("r")]];
      default: return [[words.easy, key("1"), "quiet"], [words.right, key("2"), "quiet"], [words.hard, key("3"), "quiet"], [words.rather_not, key("enter"), "quiet"]];
    }
  };

  const ASK_MS = 10000;    // a page that asks is there; one that only listens may have lost its network
  const ASK_ALONE_MS = 3000;
  const LEADING_MS = 5000; // a page that leads, or asks, says so as often: else another device may lead
  const SILENT_MS = 40000; // a stream that says nothing for so long has gone
  const STREAM_AGAIN_MS = 30000;

  const listen = () => {
    let source = null;
    let heard = 0;
    let timer = 0;
    let opening = 0;

    const leads = () => (isScreen ? "" : session && !over ? session : invite ? invite.command : "");

    const ask = async () => {
      clearTimeout(timer);
      try {
        const on = leads();
        const answer = await reach(`/coach/waiting?on=${encodeURIComponent(on)}`, { headers: { Accept: "application/json" } });
        if (answer.status === 401) { close(); gone(); return; }
        if (answer.ok) {
          const back = await answer.json();
          if (back.elsewhere && on === leads()) { home(); told(back.elsewhere); }
          news(back);
        }
      } catch (error) { /* it is said that nobody is reached */ }
      if (source && Date.now() - heard > SILENT_MS) close();
      clearTimeout(timer);
      const streams = source && source.readyState === EventSource.OPEN;
      timer = setTimeout(ask, !streams ? ASK_ALONE_MS : leads() ? LEADING_MS : ASK_MS);
    };

    const close = () => {
      if (source) source.close();
      source = null;
      clearTimeout(opening);
      opening = setTimeout(open, STREAM_AGAIN_MS);
    };

    const hears = (what, deed) => source.addEventListener(what, (event) => { heard = Date.now(); deed(event); });

    const open = () => {
      if (!window.EventSource) return;
      heard = Date.now();
      source = new EventSource("/coach/events");
      hears("news", (event) => { reached(true); news(JSON.parse(event.data)); });
      hears("here", () => reached(true));
      hears("away", () => reached(false));
      hears("gone", () => { close(); clearTimeout(opening); clearTimeout(timer); gone(); });
      source.onerror = () => { if (source && source.readyState === EventSource.CLOSED) close(); ask(); };
    };

    addEventListener("offline", () => reached(false));
    addEventListener("online", () => { drain(); ask(); });
    open();
    ask();
  };

  const gone = () => { halt(); told(words.gone); part("home").hidden = true; part("controls").hidden = true; };

  // -- the page -------------------------------------------------------------------------------------

  const wake = () => { if (navigator.wakeLock) navigator.wakeLock.request("screen").catch(() => {}); };

  addEventListener("pagehide", () => {
    if (!session || over || isScreen) return;
    const deed = JSON.stringify({ do: "leave", session });
    fetch("/coach/deed", { method: "POST", keepalive: true, credentials: "same-origin", body: deed,
      headers: { "Content-Type": "application/json", "X-CSRF-Token": page.dataset.csrf } }).catch(() => {});
  });

  part("begin").addEventListener("click", () => {
    part("touch").close();
    wake();
    if (playing && playing.audio) { playing.audio.play().catch(() => {}); return; }
    const hello = JSON.parse(page.dataset.hello);
    if (hello && hello.url) { const audio = new Audio(hello.url); audio.play().catch(() => {}); }
  });

  if (!isScreen && !(navigator.userActivation && navigator.userActivation.hasBeenActive)) part("touch").showModal();
  listen();
  requestAnimationFrame(tick);
})();
