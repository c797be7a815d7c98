import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { takesLinearTime } from "../../../tools/testing/linear-time.ts"
import { checkMessage } from "./check-message.ts"
import type { Fault } from "./fault.ts"
import { smallestCards } from "./testing/example-cards.ts"
import { fullest, smallest } from "./testing/example-messages.ts"
import { withValue } from "./testing/with-value.ts"
import { isCut, tolerate } from "./tolerate.ts"

suite("where strict is off", () => {
  const taken: readonly (readonly [what: string, message: unknown, line: string])[] = [
    ["is cut", withValue(smallest.text, "text.content", "x".repeat(2049)), "text.content too_long"],
    ["is cut in characters", withValue(fullest.textcard, "textcard.btntxt", "打开详情页"), "textcard.btntxt too_long"],
    ["is ignored", { ...smallest.markdown, safe: 1 }, "safe not_allowed"],
    ["is of another type", { ...smallest.text, markdown: { content: "a" } }, "markdown conflict"],
    ["has a wrong JSON type", { ...smallest.text, safe: "1" }, "safe wrong_type"],
    ["has a default", withCard("source", { desc_color: 4 }), "template_card.source.desc_color not_allowed"],
    ["is not shown", withCard("source", { icon_url: "a.png" }), "template_card.source.icon_url bad_format"],
  ]
  for (const [what, message, line] of taken) {
    // proves 11.B30: strict
    test(`what ${what} by WeCom is a warning`, () => {
      const faults = checkMessage(message)
      assert.deepEqual(faults.map(lineOf), [`${line} error`])
      const [fault, ...others] = faults.map(tolerate)
      assert.deepEqual([fault && lineOf(fault), fault?.tolerated, others], [`${line} warning`, true, []])
    })
  }

  const refused: readonly (readonly [what: string, message: unknown, errcode: number | undefined])[] = [
    ["is missing", withValue(smallest.text, "text.content", ""), 44004],
    ["is too long for it", withValue(smallest.mpnews, "mpnews.articles[0].author", "x".repeat(65)), 45032],
    ["has a value only mpnews has", { ...smallest.text, safe: 2 }, 40058],
    ["holds a NUL", withValue(smallest.text, "text.content", "a\0"), undefined],
    ["holds half a character", withValue(smallest.text, "text.content", "\ud800"), undefined],
  ]
  for (const [what, message, errcode] of refused) {
    test(`what ${what} stays an error`, () => {
      const faults = checkMessage(message)
      assert.deepEqual(
        faults.map((fault) => [fault.severity, fault.errcode]),
        [["error", errcode]],
      )
      assert.deepEqual(faults.map(tolerate), faults)
    })
  }

  test("what is a warning anyway stays as it is", () => {
    const faults = checkMessage({ ...smallest.text, odd: 1 })
    assert.deepEqual(faults.map(tolerate), faults)
  })
})

test("a cut is distinguished from a refusal and from a suggestion", () => {
  const cut = checkMessage(withValue(fullest.video, "video.title", "x".repeat(129)))
  const refused = checkMessage(withValue(fullest.mpnews, "mpnews.articles[0].author", "x".repeat(65)))
  const suggested = withCard("main_title", { title: "题".repeat(37) })
  assert.deepEqual(
    [cut, refused, checkMessage(suggested)].map((faults) => faults.map(isCut)),
    [[true], [false], [false]],
  )
})

suite("marks of the id translation are not held against a text's length", () => {
  const mark = "$userName=zhangsan$"
  const rows = [
    ["text", "text.content", 2048, "bytes"],
    ["textcard", "textcard.title", 128, "characters"],
    ["textcard", "textcard.description", 512, "characters"],
    ["news", "news.articles[0].title", 128, "bytes"],
    ["news", "news.articles[1].description", 512, "bytes"],
    ["mpnews", "mpnews.articles[0].title", 128, "bytes"],
    ["mpnews", "mpnews.articles[0].digest", 512, "bytes"],
    ["miniprogram_notice", "miniprogram_notice.title", 12, "characters"],
    ["miniprogram_notice", "miniprogram_notice.content_item[0].value", 30, "characters"],
  ] as const
  for (const [type, path, limit, unit] of rows) {
    // proves 11.B32: what WeCom is not known to refuse
    test(`${path}: a warning, if it would fit without them`, () => {
      const check = (text: string, enable_id_trans: 0 | 1) =>
        checkMessage({ ...(withValue(fullest[type], path, text) as object), enable_id_trans })
      const text = mark + "x".repeat(limit)
      const size = { unit, limit, actual: limit + mark.length }
      assert.deepEqual(check(text, 1), [
        { path, rule: "too_long", severity: "warning", ...size, because: "enable_id_trans", ...errcodeOf(path) },
      ])
      assert.equal(check(`${text}x`, 1)[0]?.severity, "error", "without them it is too long as well")
      assert.equal(check(text, 0)[0]?.severity, "error", "without the translation they count")
      assert.equal(check(text.replace("$u", "$v"), 1)[0]?.severity, "error", "what is no mark is text")
    })
  }

  test("in a field that is not translated they count", () => {
    const long = withValue(fullest.textcard, "textcard.btntxt", "$userName=a$")
    assert.deepEqual(checkMessage(long).map(lineOf), ["textcard.btntxt too_long error"])
  })

  test("a text of nothing but beginnings of marks is read in linear time", async () => {
    await takesLinearTime(100_000, (count) =>
      checkMessage({ ...smallest.text, text: { content: "$userName=".repeat(count) }, enable_id_trans: 1 }),
    )
  })
})

function errcodeOf(path: string): { errcode?: number } {
  if (path.endsWith(".value")) return { errcode: 90203 }
  return path === "miniprogram_notice.title" ? { errcode: 40058 } : {}
}

function withCard(part: string, value: unknown): unknown {
  return { msgtype: "template_card", template_card: { ...smallestCards.text_notice, [part]: value } }
}

function lineOf({ path, rule, severity }: Fault): string {
  return `${path} ${rule} ${severity}`
}
