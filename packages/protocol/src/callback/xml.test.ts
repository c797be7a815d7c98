import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { VECTOR_B } from "./testing/vectors.ts"
import { readXml, writeXml, xmlElements, xmlText, xmlTexts, type XmlElement } from "./xml.ts"

test("a body of WeCom's is read into its elements, each as text", async () => {
  assert.deepEqual(await readXml(VECTOR_B.message), {
    ToUserName: "ww0123456789abcdef",
    FromUserName: "alice",
    CreateTime: "1735689600",
    MsgType: "event",
    Event: "enter_agent",
    EventKey: "",
    AgentID: "1000007",
  })
})

test("the userid 007, a 64-bit MsgId and blanks around a text stay as they are", async () => {
  const body = `<xml><FromUserName>007</FromUserName><MsgId>9223372036854775807</MsgId><Content><![CDATA[ 1e3 ]]></Content></xml>`
  assert.deepEqual(await readXml(body), { FromUserName: "007", MsgId: "9223372036854775807", Content: " 1e3 " })
})

const selectedItem = (key: string, ...ids: string[]): string => {
  const options = ids.map((id) => `<OptionId>${id}</OptionId>`).join("")
  return `<SelectedItem><QuestionKey>${key}</QuestionKey><OptionIds>${options}</OptionIds></SelectedItem>`
}

async function readSelected(...items: string[]): Promise<unknown> {
  const xml = await readXml(`<xml>\n <SelectedItems>\n  ${items.join("\n")}\n </SelectedItems>\n</xml>`)
  return xmlElements(xml, "SelectedItems")
    .flatMap((one) => xmlElements(one, "SelectedItem"))
    .map((one) => [xmlText(one, "QuestionKey"), xmlTexts(xmlElements(one, "OptionIds")[0], "OptionId")])
}

test("elements inside and repeated elements are found, once or many times", async () => {
  assert.deepEqual(await readSelected(), [])
  assert.deepEqual(await readSelected(selectedItem("a", "1")), [["a", ["1"]]])
  assert.deepEqual(await readSelected(selectedItem("a", "1", "2"), selectedItem("b", "3")), [
    ["a", ["1", "2"]],
    ["b", ["3"]],
  ])
})

test("broken XML, and XML that is not WeCom's, is no body", async () => {
  for (const body of [
    "",
    "hello",
    '{"xml":1}',
    "<xml>",
    "<xml><A>1</B></xml>",
    "<xml><A>1</A></xml><xml><A>2</A></xml>",
    "<xml><A><![CDATA[1</A></xml>",
    "<html><xml></xml></html>",
    "<xml><__proto__><polluted>1</polluted></__proto__></xml>",
  ]) {
    assert.equal(await readXml(body), undefined, body)
  }
  assert.equal("polluted" in {}, false)
})

test("a document type, where entity bombs are declared, is refused before anything is parsed", async () => {
  const bomb = `<!DOCTYPE x [<!ENTITY a "${"a".repeat(50)}"><!ENTITY b "${"&a;".repeat(50)}">]><xml><A>&b;</A></xml>`
  assert.equal(await readXml(bomb), undefined)
  assert.equal(await readXml(`<?xml version="1.0"?>${bomb}`), undefined)
})

test("an entity is left as it is typed, never replaced", async () => {
  assert.deepEqual(await readXml("<xml><A>&b;&lt;&#65;</A></xml>"), { A: "&b;&lt;&#65;" })
})

test("a message may speak of document types", async () => {
  const Content = '<!DOCTYPE html [<!ENTITY a "b">]>'
  assert.deepEqual(await readXml(await writeXml({ Content })), { Content })
})

test("nesting without end is refused", async () => {
  assert.equal(await readXml(`<xml>${"<a>".repeat(50_000)}${"</a>".repeat(50_000)}</xml>`), undefined)
})

test("a declaration and a byte order mark before the root are let pass", async () => {
  assert.deepEqual(await readXml(`\uFEFF<?xml version="1.0" encoding="UTF-8"?>\n<xml><A>1</A></xml>`), { A: "1" })
})

test("names of JavaScript's own objects do no harm", async () => {
  const xml = await readXml("<xml><toString>1</toString><A>2</A></xml>")
  assert.equal(xmlText(xml ?? {}, "A"), "2")
})

test("texts are written as CDATA, numbers and booleans bare, lists one element after the other, nothing for undefined", async () => {
  assert.equal(
    await writeXml({ A: "甲<&", B: 7, C: true, D: undefined, E: [{ F: "1" }, { F: "2" }], G: "" }),
    "<xml><A><![CDATA[甲<&]]></A><B>7</B><C>true</C><E><F><![CDATA[1]]></F></E><E><F><![CDATA[2]]></F></E><G><![CDATA[]]></G></xml>",
  )
})

test("whatever text is written comes back, also one that ends a CDATA; what XML cannot hold becomes U+FFFD", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom("]", ">", "]]>", "<![CDATA[", "&amp;", "\n", "汉", "😀", " ")),
      async (parts) => {
        const text = parts.join("")
        assert.deepEqual(await readXml(await writeXml({ A: text })), { A: text })
      },
    ),
  )
  assert.deepEqual(await readXml(await writeXml({ A: "\u001B[31m\0\uD800" })), { A: "\uFFFD[31m\uFFFD\uFFFD" })
})

test("no text at all makes reading throw", async () => {
  const piece = fc.constantFrom(
    "<xml>",
    "</xml>",
    "<A>",
    "</A>",
    "<![CDATA[",
    "]]>",
    "&x;",
    "<!--",
    "-->",
    "<?",
    "?>",
    "x",
    "\0",
  )
  await fc.assert(
    fc.asyncProperty(fc.array(piece), async (pieces) => {
      const read: XmlElement | undefined = await readXml(pieces.join(""))
      assert.ok(read === undefined || typeof read === "object")
    }),
  )
})
