import assert from "node:assert/strict"
import { test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { takesLinearTime } from "../../../../tools/testing/linear-time.ts"
import { withSafeAttributes } from "./safe-attributes.ts"

const cases: readonly (readonly [string, string])[] = [
  ["<p>一 &lt; 二</p>", "<p>一 &lt; 二</p>"],
  [`<p style="color:red" onclick="alert(1)">`, `<p data-style="color:red">`],
  [`<IMG SRC=a.png OnError=alert(1)>`, `<IMG src="a.png">`],
  [`<img/onerror='a>b'/src='x"y'/>`, `<img src="x&quot;y"/>`],
  [`<a title="a > b" href = "https://a.example"\n onfocus>x</a>`, `<a href="https://a.example">x</a>`],
  ["style = 1, onload = 2", "style = 1, onload = 2"],
  ["<p style", '<p data-style=""'],
]

for (const [typed, safe] of cases) {
  test(`${JSON.stringify(typed)} becomes ${JSON.stringify(safe)}`, () => {
    assert.equal(withSafeAttributes(typed), safe)
  })
}

test("no handler and no style survives in any tag", () => {
  const part = fc.constantFrom("<p", "<img", " ", "/", ">", "<", "=", '"', "'", "onload", "style", "src", "x", "\n")
  fc.assert(
    fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
      const safe = withSafeAttributes(parts.join(""))
      for (const [tag] of safe.matchAll(/<[a-z](?:"[^"]*"|[^">])*>/gi)) {
        const outsideOfValues = tag.replaceAll(/"[^"]*"/g, '""')
        assert.doesNotMatch(outsideOfValues, /[\s/](?:onload|style)\b/, JSON.stringify(parts.join("")))
      }
    }),
    { numRuns: 500 },
  )
})

test("666 kB of anything take a time that grows with the length", async () => {
  for (const part of ["<p ", "<a '\"", '<a x="', "<a x ", "<p    ", "< a=", "='"]) {
    await takesLinearTime(666_000, (length) => withSafeAttributes(part.repeat(length / part.length)), part)
  }
})
