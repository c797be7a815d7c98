import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { byteLength, checkMessage, isCut } from "@wecom-push/protocol"
import type { AppMessage } from "@wecom-push/protocol"
import { hostileText, textWithAnchors } from "../../../protocol/src/testing/text-arbitraries.ts"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { checkContent, fitMessage } from "./overflow.ts"

const url = "https://a.example.com"

suite("truncate cuts each text that WeCom cuts, by its count", () => {
  type Row = readonly [path: string, message: (text: string) => object, limit: number, unit: "bytes" | "characters"]
  const rows: readonly Row[] = [
    ["text.content", (text) => ({ msgtype: "text", text: { content: text } }), 2048, "bytes"],
    ["markdown.content", (text) => ({ msgtype: "markdown", markdown: { content: text } }), 2048, "bytes"],
    ["video.title", (text) => ({ msgtype: "video", video: { media_id: "M", title: text } }), 128, "bytes"],
    ["video.description", (text) => ({ msgtype: "video", video: { media_id: "M", description: text } }), 512, "bytes"],
    ["textcard.title", (text) => textcard({ title: text }), 128, "characters"],
    ["textcard.description", (text) => textcard({ description: text }), 512, "characters"],
    ["textcard.btntxt", (text) => textcard({ btntxt: text }), 4, "characters"],
    ["news.articles[1].title", (text) => news({ title: text, url }), 128, "bytes"],
    ["news.articles[1].description", (text) => news({ title: "题", description: text, url }), 512, "bytes"],
    ["mpnews.articles[0].title", (text) => mpnews({ title: text }), 128, "bytes"],
    ["mpnews.articles[0].digest", (text) => mpnews({ digest: text }), 512, "bytes"],
  ]
  for (const [path, message, limit, unit] of rows) {
    // proves 11.B31: truncate
    test(`${path}: ${limit} ${unit}, never inside a code point`, () => {
      for (const sign of ["x", "é", "你", "😀"]) {
        const whole = message(sign.repeat(limit + 1)) as AppMessage
        assert.deepEqual(checkContent(whole, { strict: true, overflow: "truncate" }).filter(isError), [])
        const [part, ...others] = fitMessage(whole, "truncate")
        assert.equal(others.length, 0)
        const cut = textAt(part, path)
        assert.equal(cut, sign.repeat(Math.floor(limit / (unit === "bytes" ? byteLength(sign) : 1))), sign)
        assert.deepEqual(withoutText(part, path), withoutText(whole, path), "nothing else changes")
      }
      const fits = message("x".repeat(limit)) as AppMessage
      assert.equal(fitMessage(fits, "truncate")[0], fits, "what fits is the same object")
    })
  }

  test("all of a message at once", () => {
    const long = textcard({
      title: "题".repeat(200),
      description: "述".repeat(600),
      btntxt: "打开详情页",
    }) as AppMessage
    const [part] = fitMessage(long, "truncate")
    assert.deepEqual(part, textcard({ title: "题".repeat(128), description: "述".repeat(512), btntxt: "打开详情" }))
  })

  test("a link or a mark that fills the limit by itself is torn rather than leaving nothing", () => {
    const link = `<a href="${"u".repeat(200)}">日志</a>`
    const [part] = fitMessage(news({ title: link, url }) as AppMessage, "truncate")
    assert.equal(textAt(part, "news.articles[1].title"), link.slice(0, 128))
    const mark = `$userName=${"x".repeat(150)}$${"y".repeat(129)}`
    const marked = { ...news({ title: mark, url }), enable_id_trans: 1 } as AppMessage
    assert.equal(textAt(fitMessage(marked, "truncate")[0], "news.articles[1].title"), mark.slice(0, 128))
  })

  test("any text in any of them: what is left is no longer cut, not empty, and stays as it is when cut again", () => {
    fc.assert(
      fc.property(fc.constantFrom(...rows), textWithAnchors, hostileText, fc.boolean(), (row, text, more, hasMarks) => {
        const [path, messageOf, limit] = row
        const long = `${text}$userName=zhangsan$${more}${"字".repeat(limit)}`
        const message = { ...messageOf(long), ...(hasMarks && { enable_id_trans: 1 }) } as AppMessage
        const [part = assert.fail()] = fitMessage(message, "truncate")
        assert.ok(!checkMessage(part).some(isCut))
        assert.notEqual(textAt(part, path), "")
        assert.equal(fitMessage(part, "truncate")[0], part)
      }),
      { numRuns: 300 },
    )
  })

  test("what WeCom refuses it does not correct", () => {
    const message = mpnews({ author: "x".repeat(65) }) as AppMessage
    assert.equal(checkContent(message, { strict: false, overflow: "truncate" })[0]?.errcode, 45032)
    assert.equal(fitMessage(message, "truncate")[0], message)
  })

  test("no mark for a name is torn, and a text that is too long by them alone stays whole", () => {
    const mark = "$userName=zhangsan$"
    const torn = marked(`${"x".repeat(2040)}${mark}${"y".repeat(100)}`)
    assert.equal(textAt(fitMessage(torn, "truncate")[0], "text.content"), "x".repeat(2040))
    const byMarks = marked(`${"x".repeat(2040)}${mark}`)
    assert.equal(fitMessage(byMarks, "truncate")[0], byMarks)
  })
})

// proves 11.B31: truncate
test("split is for text and markdown alone: a title that is too long is still refused", () => {
  const message = textcard({ title: "x".repeat(129) }) as AppMessage
  const [fault] = checkContent(message, { strict: true, overflow: "split" })
  assert.deepEqual([fault?.path, fault?.severity], ["textcard.title", "error"])
  assert.deepEqual(fitMessage(message, "split"), [message])
})

const isError = ({ severity }: { readonly severity: string }): boolean => severity === "error"

function marked(content: string): AppMessage {
  return { msgtype: "text", text: { content }, enable_id_trans: 1 }
}

function textcard(fields: object): object {
  return { msgtype: "textcard", textcard: { title: "请假", description: "两天", url, ...fields } }
}

function news(article: object): object {
  return { msgtype: "news", news: { articles: [{ title: "菜单", url }, article] } }
}

function mpnews(fields: object): object {
  return { msgtype: "mpnews", mpnews: { articles: [{ title: "题", thumb_media_id: "M", content: "<p>", ...fields }] } }
}

function textAt(message: unknown, path: string): unknown {
  return stepsOf(path).reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], message)
}

function withoutText(message: unknown, path: string): unknown {
  const copy: unknown = structuredClone(message)
  const steps = stepsOf(path)
  const last = steps.pop() ?? ""
  const holder = steps.reduce<unknown>((value, step) => (value as Record<string, unknown>)[step], copy)
  delete (holder as Record<string, unknown>)[last]
  return copy
}

function stepsOf(path: string): string[] {
  return path.split(/[.[\]]+/).filter((step) => step !== "")
}
