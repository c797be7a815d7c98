import assert from "node:assert/strict"
import { test } from "node:test"
import * as fc from "fast-check"
import { html, isWebAddress, link } from "./html.ts"

test("text never becomes markup, whatever is in it and wherever it stands", () => {
  assert.equal(
    html`<p title="${`"'<>&`}">${"<script>alert(1)</script>"}</p>`.markup,
    '<p title="&#34;&#39;&#60;&#62;&#38;">&#60;script&#62;alert(1)&#60;/script&#62;</p>',
  )
  fc.assert(fc.property(fc.string(), (text) => assert.doesNotMatch(html`${text}`.markup, /[<>"']/)))
})

test("markup goes into markup as it is, also in lists; false and undefined leave nothing", () => {
  const parts = [html`<br />`, "<", false, undefined, 0] as const
  assert.equal(html`<b>${parts}${false}${undefined}</b>`.markup, "<b><br />&#60;0</b>")
})

test("only addresses of the web become links, and they tell their target nothing", () => {
  assert.equal(
    link("https://a.example/?x=1&y=2", "go").markup,
    '<a href="https://a.example/?x=1&#38;y=2" target="_blank" rel="noopener noreferrer">go</a>',
  )
  for (const url of [
    "javascript:alert(1)",
    " https://a.example",
    "data:text/html,x",
    "//a.example",
    "https://",
    "mailto:a@b",
    "",
    undefined,
    7,
  ]) {
    assert.equal(isWebAddress(url), false, String(url))
    assert.equal(link(url, "go").markup, "go")
  }
})
