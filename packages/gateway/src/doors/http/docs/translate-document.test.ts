import assert from "node:assert/strict"
import { test } from "node:test"
import { startTestGateway } from "../testing/start-gateway.ts"
import { CHINESE_TAGS, CHINESE_TEXTS } from "./chinese-texts.ts"

// proves 30.chinese: the API's description in Chinese
test("30.chinese: each text of the API's description has its Chinese in /openapi.json?lang=zh, and nothing else differs", async () => {
  await using gateway = await startTestGateway()
  const [english, chinese, asked] = await Promise.all(
    ["/openapi.json", "/openapi.json?lang=zh", "/openapi.json?lang=en"].map(async (path) => {
      const { status, text } = await gateway.request(path, { key: null })
      assert.equal(status, 200)
      return text
    }),
  )
  assert.equal(asked, english)
  const texts = textsOf(english ?? "").map((text) => text.split("\n\n"))
  const translated = textsOf(chinese ?? "").map((text) => text.split("\n\n"))
  assert.deepEqual(
    translated.map((parts) => parts.length),
    texts.map((parts) => parts.length),
  )
  const pairs = texts.flatMap((parts, index) => parts.map((part, n) => [part, translated[index]?.[n] ?? ""] as const))
  const missing = pairs.filter(([, shown]) => !isChinese(shown)).map(([text]) => text)
  assert.deepEqual([...new Set(missing)], [], "write its Chinese into chinese-texts.ts")
  const said = new Set(pairs.map(([text]) => text))
  assert.deepEqual(
    Object.keys(CHINESE_TEXTS).filter((text) => !said.has(text)),
    [],
    "not said any more",
  )

  assert.deepEqual(withoutTexts(chinese ?? ""), withoutTexts(english ?? ""))
  const { tags } = JSON.parse(chinese ?? "") as { readonly tags: readonly Record<string, string>[] }
  assert.deepEqual(Object.fromEntries(tags.map((tag) => [tag["name"], tag["x-displayName"]])), CHINESE_TAGS)
})

test("a language that the description does not have is refused, and the answer says which there are", async () => {
  await using gateway = await startTestGateway()
  const { status, json } = await gateway.request("/openapi.json?lang=fr", { key: null })
  assert.deepEqual([status, json.errors[0].path], [422, "lang"])
  assert.match(json.errors[0].detail, /en.*zh/)
})

/** Each line of a list too; what is in code alone is the same in every language. */
function isChinese(text: string): boolean {
  return text.split("\n").every((line) => /\p{Script=Han}/u.test(line) || /^`[^`]+`$/.test(line))
}

function textsOf(document: string): string[] {
  return [...textsIn(JSON.parse(document))]
}

/** Examples are what was sent and answered, in the language that it was in. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value !== "object" || value === null) return
  for (const [name, member] of Object.entries(value)) {
    if (isText(name) && typeof member === "string") yield member
    else if (name !== "example") yield* textsIn(member)
  }
}

function withoutTexts(document: string): unknown {
  return JSON.parse(document, (name, value: unknown) => {
    const isLeftOut = name === "x-displayName" || (isText(name) && typeof value === "string")
    return isLeftOut ? undefined : value
  })
}

function isText(name: string): boolean {
  return name === "description" || name === "summary"
}
