import assert from "node:assert/strict"
import { test } from "node:test"
import { render } from "../testing/render.ts"

const markdown = (content: string): string =>
  render({ msgtype: "markdown", markdown: { content } })
    .replace(/^<div class="wb"><div class="wb-bubble wb-prose wb-markdown">/, "")
    .replace(/<\/div><\/div>$/, "")

const cases: readonly (readonly [title: string, content: string, markup: string])[] = [
  ["headings have six levels", "# 一\n###### 六", '<p class="wb-h wb-h1">一</p><p class="wb-h wb-h6">六</p>'],
  ["a heading needs a blank after its marks", "#一", "<p>#一</p>"],
  ["bold is bold", "**一**二", "<p><strong>一</strong>二</p>"],
  ["one line break is one line break", "一\n二", "<p>一\n二</p>"],
  ["code is shown to the letter", "`**a** <b>`", "<p><code>**a** &lt;b&gt;</code></p>"],
  ["a quote ends with its line", "> 一\n> 二\n三", "<blockquote><p>一\n二</p></blockquote><p>三</p>"],
  [
    "a link leads to the web",
    "[甲](https://a.example)",
    '<p><a href="https://a.example" target="_blank" rel="noopener noreferrer"><bdi>甲</bdi></a></p>',
  ],
  ["a link to anything else stays as it was typed", "[甲](javascript:alert(1))", "<p>[甲](javascript:alert(1))</p>"],
  [
    "three colours are known",
    `<font color="info">一</font><font color='comment'>二</font><font color=warning>三</font>`,
    '<p><span class="wb-info">一</span><span class="wb-comment">二</span><span class="wb-warning">三</span></p>',
  ],
  [
    "bold may stand in a colour, and a colour in bold",
    `<font color="info">**一**</font> **<font color="info">二</font>**`,
    '<p><span class="wb-info"><strong>一</strong></span> <strong><span class="wb-info">二</span></strong></p>',
  ],
  [
    "another colour stays as it was typed",
    `<font color="red">一</font>`,
    "<p>&lt;font color=&quot;red&quot;&gt;一&lt;/font&gt;</p>",
  ],
  [
    "a colour without end stays as it was typed",
    `<font color="info">一`,
    "<p>&lt;font color=&quot;info&quot;&gt;一</p>",
  ],
  [
    "italics, underscores, lists and tables stay as they were typed",
    "*一* __二__\n- 三\n| a |",
    "<p>*一* __二__\n- 三\n| a |</p>",
  ],
  ["pictures and HTML stay as they were typed", "![](x.png)<b>", "<p>![](x.png)&lt;b&gt;</p>"],
  ["code blocks stay as they were typed", "```\na\n```", "<p>```\na\n```</p>"],
]

for (const [title, content, markup] of cases) {
  test(title, () => assert.equal(markdown(content), markup))
}
