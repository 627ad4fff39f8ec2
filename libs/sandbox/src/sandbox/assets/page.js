// What people got: a list that fills itself, people, and the providers' behavior.
const MOST_SHOWN = 400;
const CHANNELS = { sms: "SMS", email: "Email", push: "Push" };

const byId = (id) => document.getElementById(id);
const filters = byId("filters");
const list = byId("list");
let stream = null;
let paused = false;
let oldest = 0;
let slowDown = 0;
let view = "messages";

const query = (more = {}) => {
  const wanted = Object.entries(Object.fromEntries(new FormData(filters)));
  return new URLSearchParams(wanted.filter(([, value]) => value).concat(Object.entries(more)));
};

const put = (root, selector, text) => { root.querySelector(selector).textContent = text; };

const said = (message) => {
  if (message.answer !== "accepted") return `refused: ${message.answer}`;
  return message.receipt ? `receipt: ${message.receipt}` : "taken";
};

const detail = (definitions, name, value) => {
  if (!value) return;
  const term = document.createElement("dt");
  const words = document.createElement("dd");
  term.textContent = name;
  words.textContent = value;
  definitions.append(term, words);
};

const details = (definitions, message) => {
  detail(definitions, "Message id", message.id);
  detail(definitions, "From", message.sender);
  detail(definitions, "Address", message.address);
  detail(definitions, "Alert", message.alert);
  detail(definitions, "Reference", message.reference);
  for (const [name, value] of Object.entries(message.headers ?? {})) detail(definitions, name, value);
};

const item = (message, fresh) => {
  const made = byId("message-template").content.cloneNode(true).firstElementChild;
  const named = message.person !== message.address;
  const long = message.address.length > 60 ? `${message.address.slice(0, 57)}…` : message.address;
  made.dataset.channel = message.channel;
  made.classList.toggle("refused", message.answer !== "accepted");
  made.classList.toggle("failed", Boolean(message.receipt) && message.receipt !== "delivered");
  made.classList.toggle("fresh", fresh);
  put(made, ".badge", CHANNELS[message.channel] ?? message.channel);
  put(made, ".person", named ? message.person : long);
  put(made, ".address", named ? long : "");
  put(made, ".headline", message.headline ?? "");
  put(made, ".text", message.text ?? "");
  put(made, ".answer", said(message));
  const time = made.querySelector("time");
  time.dateTime = message.at;
  time.textContent = new Date(message.at).toLocaleTimeString();
  time.title = new Date(message.at).toLocaleString();
  details(made.querySelector(".more dl"), message);
  made.querySelector(".person").addEventListener("click", () => {
    filters.elements.person.value = message.person;
    show("messages");
    reload();
  });
  return made;
};

const tell = (words, kind = "") => {
  byId("status").textContent = words;
  byId("status").className = `status ${kind}`;
};

const count = (counts) => {
  for (const channel of Object.keys(CHANNELS)) {
    const refused = counts[`${channel}.refused`] ?? 0;
    byId(`${channel}-accepted`).textContent = (counts[`${channel}.accepted`] ?? 0).toLocaleString();
    byId(`${channel}-refused`).textContent = refused ? `${refused.toLocaleString()} refused` : "";
  }
};

const offerAlerts = (alerts) => {
  const select = filters.elements.alert;
  const known = new Set([...select.options].map((option) => option.value));
  for (const alert of alerts.filter((each) => !known.has(each))) {
    select.add(new Option(alert.length > 20 ? `${alert.slice(0, 12)}…` : alert, alert));
  }
};

const reload = async () => {
  stream?.close();
  history.replaceState(null, "", `?${query()}`);
  try {
    const told = await (await fetch(`/messages?${query()}`)).json();
    list.replaceChildren(...told.messages.map((message) => item(message, false)));
    oldest = told.messages.at(-1)?.number ?? 0;
    byId("older").hidden = told.messages.length < 200;
    took(told);
    if (!paused) watch(told.last);
  } catch {
    tell("The sandbox does not answer. Trying again …", "lost");
    setTimeout(reload, 2000);
  }
  if (view === "people") people();
};

const took = (told) => {
  count(told.counts);
  offerAlerts(told.alerts);
  byId("empty").hidden = list.childElementCount > 0;
  while (list.childElementCount > MOST_SHOWN) list.lastElementChild.remove();
};

const watch = (since) => {
  stream = new EventSource(`/live?${query({ since })}`);
  stream.onopen = () => tell("Live. New messages appear by themselves.", "live");
  stream.onerror = () => {
    stream.close();
    tell("The connection was lost. Trying again …", "lost");
    setTimeout(reload, 2000);
  };
  stream.onmessage = (event) => {
    const told = JSON.parse(event.data);
    list.prepend(...told.messages.map((message) => item(message, true)));
    took(told);
    announce(told.messages.length);
    if (view === "people") people();
  };
};

let heard = 0;
const announce = (more) => {
  heard += more;
  clearTimeout(slowDown);
  slowDown = setTimeout(() => {
    if (heard && !paused) tell(`Live. ${heard.toLocaleString()} more came in.`, "live");
    heard = 0;
  }, 1500);
};

const older = async () => {
  const told = await (await fetch(`/messages?${query({ before: oldest })}`)).json();
  list.append(...told.messages.map((message) => item(message, false)));
  oldest = told.messages.at(-1)?.number ?? oldest;
  byId("older").hidden = told.messages.length < 200;
};

const cell = (row, words) => {
  const made = row.insertCell();
  made.textContent = words || "–";
  made.classList.toggle("none", !words);
};

const people = async () => {
  const told = await (await fetch(`/people?${query()}`)).json();
  const rows = Object.entries(told.people).map(([person, counts]) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    const button = document.createElement("button");
    head.scope = "row";
    button.type = "button";
    button.className = "person";
    button.textContent = person;
    button.addEventListener("click", () => {
      filters.elements.person.value = person;
      show("messages");
      reload();
    });
    head.append(button);
    row.append(head);
    for (const channel of Object.keys(CHANNELS)) cell(row, counts[channel]);
    return row;
  });
  byId("people-rows").replaceChildren(...rows);
  byId("people-list").replaceChildren(
    ...Object.keys(told.people).slice(0, 1000).map((person) => new Option(person, person)),
  );
};

const show = (name) => {
  view = name;
  for (const button of document.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === name));
    byId(button.dataset.view).hidden = button.dataset.view !== name;
  }
  if (name === "people") people();
  if (name === "providers") providers();
};

const fault = (form) => {
  const asked = Object.fromEntries(new FormData(form));
  return {
    mode: asked.mode,
    seconds: Number(asked.seconds),
    share: Number(asked.share) / 100,
    most_per_second: asked.most_per_second ? Number(asked.most_per_second) : null,
  };
};

const control = (channel, told) => {
  const form = byId("control-template").content.cloneNode(true).firstElementChild;
  form.classList.add(channel);
  put(form, "h3", CHANNELS[channel]);
  form.elements.mode.value = told.mode;
  form.elements.seconds.value = told.seconds;
  form.elements.share.value = told.share * 100;
  form.elements.most_per_second.value = told.most_per_second ?? "";
  form.classList.toggle("wrong", told.mode !== "normal");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await fetch(`/control/${channel}`, {
      method: "PUT",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(fault(form)),
    });
    form.classList.toggle("wrong", form.elements.mode.value !== "normal");
    put(form, ".said", answer.ok ? "It behaves so from now on." : "It does not understand this.");
  });
  return form;
};

const magic = (channel, addresses) => {
  const made = document.createElement("div");
  const head = document.createElement("h3");
  const table = document.createElement("table");
  made.className = channel;
  head.textContent = CHANNELS[channel];
  for (const [address, words] of Object.entries(addresses)) {
    const row = table.insertRow();
    const code = document.createElement("code");
    code.textContent = address;
    row.insertCell().append(code);
    row.insertCell().textContent = words;
  }
  made.append(head, table);
  return made;
};

const providers = async () => {
  const [told, addresses] = await Promise.all(
    ["/control", "/magic"].map(async (path) => (await fetch(path)).json()),
  );
  byId("controls").replaceChildren(...Object.entries(told).map((each) => control(...each)));
  byId("magic").replaceChildren(...Object.entries(addresses).map((each) => magic(...each)));
};

let typing = 0;
filters.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(reload, 250);
});
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", () => setTimeout(reload));
byId("older").addEventListener("click", older);
byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  byId("pause").textContent = paused ? "Go on" : "Pause";
  if (!paused) return reload();
  stream?.close();
  tell("Paused. New messages are kept and shown when you go on.");
});
for (const button of document.querySelectorAll("[data-view]")) {
  button.addEventListener("click", () => show(button.dataset.view));
}

const asked = new URLSearchParams(location.search);
if (asked.get("alert")) offerAlerts([asked.get("alert")]);
for (const [name, value] of asked) {
  if (filters.elements[name]) filters.elements[name].value = value;
}
if (["people", "providers"].includes(location.hash.slice(1))) show(location.hash.slice(1));
reload();
