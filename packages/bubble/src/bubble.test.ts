import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../tools/testing/fast-check.ts"
import { takesLinearTime } from "../../../tools/testing/linear-time.ts"
import { EXAMPLES } from "./examples.ts"
import { render, wordsIn } from "./testing/render.ts"

test("a message of an unknown type says so, and names it", () => {
  assert.equal(wordsIn(render({ msgtype: "hologram" })), "无法显示的消息类型：hologram")
  assert.equal(wordsIn(render({ msgtype: "constructor" })), "无法显示的消息类型：constructor")
  assert.match(wordsIn(render({ msgtype: "hologram" }, { language: "en" })), /^A message of this type cannot be shown/)
})

test("of a recalled message nothing is left but a line", () => {
  const markup = render({ msgtype: "text", text: { content: "机密" } }, { recalled: true })
  assert.equal(markup, '<p class="wb wb-recalled">该消息已撤回</p>')
})

// proves 4.test 4: the gallery
test("every example is drawn as what it is, in both languages", () => {
  for (const { name, message } of EXAMPLES) {
    if (name.en === "Unknown type") continue
    for (const language of ["zh", "en"] as const) {
      assert.doesNotMatch(render(message[language], { language }), /wb-notice/, name[language])
    }
  }
})

test("a part may be missing, or be of any other type: the rest is drawn", () => {
  const strange = fc.constantFrom(null, 7, "x", true, [], [null], [[]], {}, [{}], "1", { a: { b: [] } })
  for (const { message } of EXAMPLES) {
    const paths = pathsIn(message.zh)
    fc.assert(
      fc.property(fc.constantFrom(...paths), strange, (path, value) => {
        render(withValue(message.zh, path, value) as { msgtype: string })
      }),
      { numRuns: 60 },
    )
  }
})

test("numbers that come as strings count as numbers", () => {
  const card = {
    card_type: "button_interaction",
    button_list: [
      { type: "1", text: "差异", url: "https://a.example/d" },
      { type: "0", text: 7, style: "3", key: "k" },
    ],
  }
  const markup = render({ msgtype: "template_card", template_card: card })
  assert.match(markup, /<a [^>]*href="https:\/\/a\.example\/d"[^>]*>差异<\/a>/)
  assert.match(markup, /<button [^>]*wb-button-3[^>]*>7<\/button>/)
})

test("hostile texts in any field of any message stay text", () => {
  const hostile = `"'><script>alert(1)</script><img src=x onerror=alert(1)>`
  for (const { message } of EXAMPLES) {
    const poisoned = mapTexts(message.zh, (text, name) => (/^(?:msgtype|card_type)$/.test(name) ? text : hostile))
    const markup = render(poisoned as { msgtype: string }, { mediaUrl: () => undefined })
    assert.doesNotMatch(markup, /<script|<img src="?x|onerror="?alert(?![^<]*&gt;)/, message.zh.msgtype)
  }
})

test("no link leads anywhere but to the web, whatever field it is in", () => {
  for (const bad of [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    " javascript:alert(1)",
    "data:text/html,x",
    "//a.example",
  ]) {
    for (const { message } of EXAMPLES) {
      const poisoned = mapTexts(message.zh, (text) => (/^(?:https?|data):/.test(text) ? bad : text))
      const links = render(poisoned as { msgtype: string }, { mediaUrl: () => undefined }).matchAll(
        /(?:href|src)="([^"]*)"/g,
      )
      for (const [, url = ""] of links) assert.match(url, /^https?:/, `${message.zh.msgtype}: ${url}`)
    }
  }
})

test("one line of a million characters is cut, in a time that grows with the length", async () => {
  for (const part of ["好", "<a ", "**", "["]) {
    const drawn = (length: number): void => {
      const long = part.repeat(length / part.length)
      for (const msgtype of ["text", "markdown"]) {
        const markup = render({ msgtype, [msgtype]: { content: long } })
        assert.ok(markup.length < 200_000)
        assert.match(markup, /…/)
      }
      render({ msgtype: "textcard", textcard: { title: long, description: long, url: long } })
    }
    await takesLinearTime(1_000_000, drawn, part)
  }
})

type Path = readonly (string | number)[]

function pathsIn(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [path]
  const inner = Object.entries(value).flatMap(([name, item]) => pathsIn(item, [...path, name]))
  return path.length === 0 ? inner : [path, ...inner]
}

function withValue(value: unknown, [name, ...rest]: Path, replacement: unknown): unknown {
  if (name === undefined) return replacement
  const inner = withValue((value as Record<string, unknown>)[name], rest, replacement)
  if (Array.isArray(value)) return value.map((item: unknown, index) => (String(index) === name ? inner : item))
  return { ...(value as object), [name]: inner }
}

function mapTexts(value: unknown, change: (text: string, name: string) => string, name = ""): unknown {
  if (typeof value === "string") return change(value, name)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change, name))
  if (typeof value !== "object" || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, mapTexts(item, change, name)]))
}
