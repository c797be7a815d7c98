const byId = (id) => document.getElementById(id)
const [members, messages, search] = [byId("members"), byId("messages"), byId("search")]
const { language } = document.documentElement.dataset
const isNarrow = matchMedia("(max-width: 720px)")
const unread = new Map()

/* The members, a page at a time */

let query = ""
let next = ""
let isLoading = false

async function loadMembers() {
  if (isLoading || next === null) return
  isLoading = true
  const asked = query
  const from = next
  const answer = await fetch(`/_sim/members?${new URLSearchParams({ query, after: next, limit: "100" })}`)
    .then((response) => (response.ok ? response.json() : null))
    .catch(() => null)
  isLoading = false
  if (asked !== query) return loadMembers()
  if (answer === null) return
  if (from === "") members.replaceChildren()
  members.append(...answer.members.map(memberRow))
  next = answer.next
  byId("total").textContent = answer.total.toLocaleString(language)
  byId("nobody").hidden = answer.total > 0
  markCurrent()
}

function restartMembers() {
  next = ""
  members.parentElement.scrollTop = 0
  return loadMembers()
}

function memberRow({ userid, name, mobile, departments, licensed }) {
  const link = make("a", "", make("span", "avatar", Array.from(name)[0]?.toUpperCase() ?? ""))
  link.firstChild.setAttribute("aria-hidden", "true")
  link.href = `#${encodeURIComponent(userid)}`
  link.dataset.userid = userid
  const details = [mobile, ...departments, ...(licensed ? [] : [members.dataset.unlicensed])]
    .filter(Boolean)
    .join(" · ")
  link.append(make("span", "name", name), make("span", "details", details), make("span", "unread"))
  showUnread(link)
  return make("li", "", link)
}

function make(tag, className, ...content) {
  const element = document.createElement(tag)
  if (className !== "") element.className = className
  element.append(...content)
  return element
}

function showUnread(link) {
  link.querySelector(".unread").textContent = unread.get(link.dataset.userid) ?? ""
}

function markCurrent() {
  for (const link of members.querySelectorAll("a")) {
    if (link.dataset.userid === current) link.setAttribute("aria-current", "true")
    else link.removeAttribute("aria-current")
  }
}

let typing
search.addEventListener("input", () => {
  clearTimeout(typing)
  typing = setTimeout(() => {
    query = search.value
    void restartMembers()
  }, 120)
})

new IntersectionObserver(
  ([entry]) => {
    if (entry.isIntersecting) void loadMembers()
  },
  { rootMargin: "600px" },
).observe(byId("more"))

byId("people").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  if (step === undefined) return
  const stops = [search, ...members.querySelectorAll("a")]
  const from = stops.indexOf(document.activeElement)
  if (from < 0) return
  event.preventDefault()
  stops[from + step]?.focus()
})

/* One phone, live */

let current = ""
let feed

/** The address names the phone, so that going back, reloading and passing it on work. */
function openPhone() {
  const userid = new URLSearchParams(`userid=${location.hash.slice(1)}`).get("userid")
  document.body.dataset.view = userid === "" ? "members" : "phone"
  byId("language").hash = location.hash
  const wanted = userid || (isNarrow.matches ? "" : (members.querySelector("a")?.dataset.userid ?? ""))
  if (feed !== undefined && feed.readyState !== EventSource.CLOSED && wanted === current) return
  current = wanted
  unread.delete(current)
  markCurrent()
  for (const link of members.querySelectorAll("a")) showUnread(link)
  feed?.close()
  feed = new EventSource(`/_sim/events?${new URLSearchParams({ userid: current, lang: language })}`)
  feed.addEventListener("open", () => {
    if (!byId("offline").hidden) void restartMembers()
    byId("offline").hidden = true
  })
  feed.addEventListener("error", () => (byId("offline").hidden = false))
  for (const [name, handle] of Object.entries(handlers)) {
    feed.addEventListener(name, (event) => handle(JSON.parse(event.data)))
  }
}

const handlers = {
  phone({ name, details, html }) {
    byId("name").textContent = name
    byId("details").textContent = details
    messages.innerHTML = html
    showTimes(messages)
    messages.scrollTop = messages.scrollHeight
  },
  messages(items) {
    const isAtEnd = messages.scrollHeight - messages.scrollTop - messages.clientHeight < 80
    messages.querySelector(".empty")?.remove()
    for (const { seq, html } of items) showMessage(seq, html)
    while (messages.childElementCount > 300) messages.firstElementChild.remove()
    if (isAtEnd) messages.scrollTop = messages.scrollHeight
  },
  arrived(userids) {
    for (const userid of userids) {
      if (userid === current) continue
      unread.set(userid, (unread.get(userid) ?? 0) + 1)
      const link = members.querySelector(`a[data-userid="${CSS.escape(userid)}"]`)
      if (link !== null) showUnread(link)
    }
  },
  reset() {
    unread.clear()
    void restartMembers()
  },
}

function showMessage(seq, html) {
  const template = document.createElement("template")
  template.innerHTML = html
  showTimes(template.content)
  const present = messages.querySelector(`[data-seq="${seq}"]`)
  if (present !== null) return present.replaceWith(template.content)
  if (seq > Number(messages.lastElementChild?.dataset.seq ?? 0)) messages.append(template.content)
}

function showTimes(parent) {
  const today = new Date().toDateString()
  for (const time of parent.querySelectorAll("time")) {
    const at = new Date(time.dateTime)
    const day = at.toDateString() === today ? {} : { dateStyle: "short" }
    time.textContent = at.toLocaleString(language, { ...day, timeStyle: "medium", hourCycle: "h23" })
    time.title = at.toLocaleString(language)
  }
}

/* Cards that answer */

messages.addEventListener("click", ({ target }) => {
  const button = target.closest("button[data-key]")
  if (button !== null) void press(button)
})

async function press(button) {
  const message = button.closest(".message")
  const questions = message.querySelectorAll("[data-question]:not(:disabled)")
  const selected = Object.fromEntries(Array.from(questions, (field) => [field.dataset.question, chosenIn(field)]))
  const click = { msgid: message.dataset.msgid, key: button.dataset.key, selected }
  button.disabled = true
  const answer = await fetch(`/_sim/phones/${encodeURIComponent(current)}/click`, {
    method: "POST",
    body: JSON.stringify(click),
  })
    .then((response) => response.json())
    .catch(() => ({}))
  button.disabled = false
  const problem = language === "zh" ? answer.error_zh : answer.error
  message.querySelector(".pressed").textContent = problem ?? messages.dataset[answer.state] ?? ""
}

function chosenIn(field) {
  return field.matches("select") ? [field.value] : Array.from(field.querySelectorAll(":checked"), ({ value }) => value)
}

// A picture that cannot be had; its address is listed below it anyway.
messages.addEventListener("error", ({ target }) => target.remove(), true)

addEventListener("hashchange", openPhone)
isNarrow.addEventListener("change", openPhone)
if (location.hash !== "") openPhone()
await loadMembers()
openPhone()
