import assert from "node:assert/strict"
import { test } from "node:test"
import { shared } from "../../../../../../tools/testing/shared.ts"
import { addSource, startInbound } from "../testing/start-inbound.ts"
import type { InboundDay } from "../testing/start-inbound.ts"

let day: InboundDay

shared(async (resources) => {
  day = resources.use(await startInbound())
})

const TICKET = { title: "磁盘 91%", level: "P1", host: { name: "db1" }, tags: ["disk", "prod"] }

async function post(token: string, body: unknown, query = ""): ReturnType<InboundDay["ask"]> {
  return day.ask(`/in/json?token=${token}${query}`, { body: typeof body === "string" ? body : JSON.stringify(body) })
}

// proves 32.in.json: a message out of any JSON
test("a template makes a message of any JSON: a text, or a content with a priority of its own", async () => {
  const text = await addSource(day, "json", {
    template: "{{ title }}（{{ host.name }}）{% for tag in tags %} #{{ tag }}{% endfor %}",
  })
  const answer = await post(text, TICKET)
  assert.deepEqual([answer.status, answer.json.recipients, answer.json.warnings], [200, 1, []])
  assert.equal((await day.shown()).at(-1)?.["text"].content, "磁盘 91%（db1） #disk #prod")

  const markdown = await addSource(day, "json", {
    template: {
      msgtype: "markdown",
      markdown: { content: "**{{ title }}**\n> {{ level }}" },
      priority: "{% if level == 'P1' %}high{% endif %}",
    },
  })
  assert.equal((await post(markdown, TICKET)).status, 200)
  assert.equal((await day.newest())["priority"], "high")
  assert.equal((await post(markdown, { ...TICKET, level: "P3" })).status, 200)
  assert.equal((await day.newest())["priority"], "normal")

  // A list has no names of its own.
  const list = await addSource(day, "json", { template: "{{ body.size }}: {{ body | map: 'n' | join: '、' }}" })
  assert.equal((await post(list, [{ n: 1 }, { n: 2 }])).status, 200)
  assert.equal((await day.shown()).at(-1)?.["text"].content, "2: 1、2")
})

// proves 32.in.json: what a template cannot read goes as a text
test("a body that a template cannot read goes as a text with a warning, and one that comes out blank sends nothing", async () => {
  const token = await addSource(day, "json", { template: "{% if title != 'ok' %}{{ title }} {{ missing }}{% endif %}" })
  for (const body of ['{"title": "x"}', "no JSON at all"]) {
    const answer = await post(token, body)
    assert.deepEqual([answer.status, answer.json.warnings.length], [200, 1], body)
    assert.equal((await day.shown()).at(-1)?.["text"].content, body)
  }
  assert.match((await post(token, { title: "y" })).json.warnings[0], /undefined variable: missing/)
  const before = await day.count()
  assert.deepEqual((await post(token, { title: "ok" })).json, { skipped: true })
  assert.equal((await post(token, "")).status, 400)
  assert.equal(await day.count(), before)
  const byKey = await day.ask("/in/json?token=KEY&to=lisi", { body: '{"a": 1}' })
  assert.match(byKey.json.warnings[0], /a key has no template/i)
})

const BIG = "x".repeat(500_000)
const HOSTILE: readonly (readonly [string, string, object])[] = [
  [
    "a template without end",
    "{% for i in (1..9000) %}{% for j in (1..9000) %}{% for k in (1..9000) %}{% endfor %}{% endfor %}{% endfor %}",
    {},
  ],
  ["a range without end", "{% for i in (1..100000000) %}x{% endfor %}", {}],
  [
    "a huge output",
    "{% for i in list %}{{ big }}{% endfor %}",
    { big: BIG, list: Array.from({ length: 400 }, () => 1) },
  ],
  [
    "a text that doubles",
    "{% assign q = 'x' %}{% for i in (1..64) %}{% assign q = q | append: q %}{% endfor %}{{ q }}",
    {},
  ],
  ["a step that takes long", "{{ big | split: '' | sort | join: ',' | split: '' | sort | uniq | join }}", { big: BIG }],
]

// proves 32.in.json: a template without end, or whose output is huge
test("a template without end, or with a huge output, is refused as such, sends nothing, and the next one is rendered", async () => {
  const fine = await addSource(day, "json", { template: "{{ title }}" })
  const before = await day.count()
  for (const [what, template, body] of HOSTILE) {
    const token = await addSource(day, "json", { template })
    const refused = post(token, body)
    const others = post(fine, { title: what }, "&dry_run=true")
    const answer = await refused
    assert.deepEqual(
      [answer.status, answer.json.code],
      [422, "template_failed"],
      `${what}: ${answer.text.slice(0, 200)}`,
    )
    assert.match(answer.json.detail, /over|memory/, what)
    assert.equal((await others).json.message.text.content, what)
  }
  assert.equal(await day.count(), before)
})

// proves 32.in.json: a template without end, or whose output is huge
test("of many bodies at once each is rendered by the template of its own source, whatever one among them does", async () => {
  const before = await addSource(day, "json", { template: "< {{ n }}" })
  const behind = await addSource(day, "json", { template: "{{ n }} >" })
  const [, template = "", body = {}] = HOSTILE.at(-1) ?? []
  const slow = await addSource(day, "json", { template })
  const shown = async (token: string, n: number): Promise<string> =>
    (await post(token, { n }, "&dry_run=true")).json.message.text.content
  const numbers = Array.from({ length: 40 }, (_, n) => n)
  const halves = [numbers.slice(0, 20), numbers.slice(20)] as const
  const first = halves[0].map((n) => shown(n % 2 === 0 ? before : behind, n))
  const refused = post(slow, body)
  const second = halves[1].map((n) => shown(n % 2 === 0 ? before : behind, n))
  assert.deepEqual(
    await Promise.all([...first, ...second]),
    numbers.map((n) => (n % 2 === 0 ? `< ${n}` : `${n} >`)),
  )
  assert.equal((await refused).json.code, "template_failed")
})

// proves 32.in.json: a template reaches its data alone
test("a template sees the fields of the body and nothing that JavaScript hangs on them, and includes no file", async () => {
  for (const template of [
    "{{ title.constructor }}",
    "{{ body.__proto__ }}",
    "{{ host.toString }}",
    "{% include '/etc/passwd' %}",
    "{% render 'x' %}",
  ]) {
    const token = await addSource(day, "json", { template })
    const { status, json } = await post(token, TICKET, "&dry_run=1")
    assert.deepEqual(
      [status, json.warnings.length, json.message.text.content],
      [200, 1, JSON.stringify(TICKET)],
      template,
    )
  }
  const own = await addSource(day, "json", { template: "{{ __proto__ }} {{ constructor }}" })
  const body = '{"__proto__": "a", "constructor": "b"}'
  assert.equal((await post(own, body, "&dry_run=1")).json.message.text.content, "a b")
})

// proves 32.in.json: a template is checked when it is stored
test("a template is checked when it is stored, by the place of the fault, and only where it is asked for", async () => {
  const create = async (adapter: string, template?: unknown): ReturnType<InboundDay["request"]> =>
    day.request("/v1/sources", {
      body: {
        name: "t",
        adapter,
        app: "alerts",
        to: { users: ["lisi"] },
        ...(template === undefined ? {} : { template }),
      },
    })
  const rows: readonly (readonly [string, unknown, string])[] = [
    ["json", undefined, "/template"],
    ["text", "{{ title }}", "/template"],
    ["json", "{{ title", "/template/text/content"],
    ["json", "{% for %}", "/template/text/content"],
    ["json", "{{ a | shout }}", "/template/text/content"],
    ["json", { msgtype: "fax", fax: {} }, "/template/msgtype"],
    ["json", { msgtype: "text" }, "/template/text"],
    ["json", { msgtype: "text", text: { content: "x" }, touser: "@all" }, "/template/touser"],
    [
      "json",
      { msgtype: "news", news: { articles: [{ title: "{{", url: "{{ url }}" }] } },
      "/template/news/articles/0/title",
    ],
    ["json", "x".repeat(17 * 1024), "/template"],
  ]
  for (const [adapter, template, path] of rows) {
    const { status, json } = await create(adapter, template)
    assert.deepEqual([status, json.errors?.[0].path], [422, path], JSON.stringify(template)?.slice(0, 80))
  }
  const { status, json } = await create("json", "{{ title }}")
  assert.deepEqual([status, json.template], [201, { msgtype: "text", text: { content: "{{ title }}" } }])
  const change = (template: string) => day.request(`/v1/sources/${json.id}`, { method: "PATCH", body: { template } })
  assert.equal((await change("{{ title")).status, 422)
  assert.equal((await change("{{ title | upcase }}")).json.template.text.content, "{{ title | upcase }}")
  assert.equal((await day.request(`/v1/sources/${json.id}`)).json.template.text.content, "{{ title | upcase }}")
})

// proves 32.in.json: preview and dry run
test("a preview shows what a template makes, and ?dry_run=true at any door what would be sent; neither sends", async () => {
  const before = await day.count()
  const preview = (body: object, headers = {}) => day.request("/v1/sources/preview", { body, headers })
  const made = await preview({ template: "{{ title }}", body: TICKET })
  assert.deepEqual(made.json, { message: { msgtype: "text", text: { content: "磁盘 91%" } }, warnings: [] })
  const zh = await preview({ template: "{{ none }}", body: {} }, { "accept-language": "zh" })
  assert.match(zh.json.warnings[0], /已按文本发送/)
  assert.equal((await preview({ template: "{% if a %}x{% endif %}", body: {} })).json.message, null)
  assert.equal(
    (await preview({ template: { msgtype: "textcard", textcard: { title: "{{ t }}" } }, body: { t: 1 } })).status,
    422,
  )
  assert.equal((await preview({ template: HOSTILE[0]?.[1], body: {} })).json.code, "template_failed")

  const dry = await day.ask("/in/text?to=13800000001,lisi&dry_run=true&token=KEY", { body: "磁盘 91%" })
  assert.deepEqual(
    [dry.status, dry.json.dry_run, dry.json.recipients, dry.json.message.text.content, dry.json.message.to],
    [200, true, 2, "磁盘 91%", undefined],
  )
  const refused = await day.ask("/in/gotify/message?dry_run=true&token=KEY", { body: { message: "x" } })
  assert.deepEqual([refused.status, refused.json.errorCode], [422, 422])
  assert.equal(await day.count(), before)
})
