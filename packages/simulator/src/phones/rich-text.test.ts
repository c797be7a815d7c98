import assert from "node:assert/strict"
import { test } from "node:test"
import * as fc from "fast-check"
import type { Html } from "./html.ts"
import { renderDescription, renderMarkdown, renderText } from "./rich-text.ts"

const join = (parts: Html[]): string => parts.map(({ markup }) => markup).join("")
/** The markup with the attributes that every link has left out. */
const text = (typed: string): string =>
  join(renderText(typed)).replaceAll(' target="_blank" rel="noopener noreferrer"', "")
const markdown = (typed: string): string =>
  join(renderMarkdown(typed)).replaceAll(' target="_blank" rel="noopener noreferrer"', "")
const description = (typed: string): string => join(renderDescription(typed))

/** Every element our renderers may produce; a hostile text must not add one, nor an attribute. */
const OURS =
  /^(?:[^<>]|<\/?(?:p|strong|code|blockquote|a|span|div)>|<br \/>|<p class="heading level[1-6]">|<span class="(?:info|comment|warning)">|<div class="(?:gray|normal|highlight)">|<a href="https?:[^"<>]*" target="_blank" rel="noopener noreferrer">)*$/

test("a text keeps its line breaks and turns <a> into a link", () => {
  assert.equal(
    text("完成\n<a href=\"https://ci.example/1?a=1&amp;b=2\">日志</a> 和 <a href='http://b.example'>b</a>"),
    '完成\n<a href="https://ci.example/1?a=1&#38;b=2">日志</a> 和 <a href="http://b.example">b</a>',
  )
})

test("an <a> that leads anywhere but to the web is shown as it was typed", () => {
  const typed = '<a href="javascript:alert(1)">x</a>'
  assert.equal(text(typed), "&#60;a href=&#34;javascript:alert(1)&#34;&#62;x&#60;/a&#62;")
})

test("other markup in a text, and inside of a link, is shown as it was typed", () => {
  assert.equal(text("<b>1 < 2 & 3</b>"), "&#60;b&#62;1 &#60; 2 &#38; 3&#60;/b&#62;")
  assert.equal(
    text('<a href="http://a.example"><b>x</b></a>'),
    '<a href="http://a.example">&#60;b&#62;x&#60;/b&#62;</a>',
  )
})

test("a textcard description has line breaks and three colours", () => {
  assert.equal(
    description('<div class="gray">a</div>b<br/>c<div class="highlight">d</div><div class="red">e</div>'),
    '<div class="gray">a</div>b<br />c<div class="highlight">d</div>&#60;div class=&#34;red&#34;&#62;e&#60;/div&#62;',
  )
})

test("markdown knows headings, bold, links, code, quotes and three colours", () => {
  assert.equal(markdown("## 告警"), '<p class="heading level2">告警</p>')
  assert.equal(
    markdown("**a** `b*` [c](https://d.example)"),
    '<p><strong>a</strong> <code>b*</code> <a href="https://d.example">c</a></p>',
  )
  assert.equal(markdown("> a\n> **b**\nc"), "<blockquote><p>a</p><p><strong>b</strong></p></blockquote><p>c</p>")
  assert.equal(markdown('<font color="warning">93%</font>'), '<p><span class="warning">93%</span></p>')
  assert.equal(markdown("a\n\nb"), "<p>a</p><p></p><p>b</p>")
})

test("markdown outside of WeCom's subset is shown as it was typed", () => {
  for (const typed of [
    "- item",
    "*italic*",
    "#tag",
    "![](x)",
    "| a | b |",
    "####### seven",
    "[x](javascript:alert(1))",
  ]) {
    assert.equal(markdown(typed), `<p>${typed}</p>`)
  }
  assert.equal(markdown('<font color="red">x</font>'), "<p>&#60;font color=&#34;red&#34;&#62;x&#60;/font&#62;</p>")
})

test("no text whatever adds an element or an attribute of its own", () => {
  const piece = fc.constantFrom(
    '<a href="',
    "<a href='https://a.example' onclick='x'>",
    "javascript:alert(1)",
    'https://a.example/"onload="x',
    '">',
    "</a>",
    "<script>",
    "<font color='info' style='x'>",
    '<font color="info">',
    "</font>",
    '<div class="gray">',
    '<div class="gray" onclick="x">',
    "</div>",
    "<br>",
    "[",
    "](",
    "](https://a.example'\"><b>",
    ")",
    "**",
    "`",
    "> ",
    "\n",
    "# ",
    "x",
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const typed = pieces.join("")
      assert.match(join(renderText(typed)), OURS)
      assert.match(join(renderMarkdown(typed)), OURS)
      assert.match(join(renderDescription(typed)), OURS)
    }),
    { numRuns: 2000 },
  )
})
