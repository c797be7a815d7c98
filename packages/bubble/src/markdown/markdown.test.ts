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

const V2_CASES: readonly (readonly [title: string, content: string, markup: string])[] = [
  ["italics are italic", "*一* **二**", "<p><em>一</em> <strong>二</strong></p>"],
  ["lists have items", "- 一\n- 二", "<ul><li><p>一</p></li><li><p>二</p></li></ul>"],
  ["numbered lists have items", "1. 一", "<ol><li><p>一</p></li></ol>"],
  ["a quote may be in a quote", "> 一\n>> 二", "<blockquote><p>一</p><blockquote><p>二</p></blockquote></blockquote>"],
  ["a rule is a rule", "一\n\n---", "<p>一</p><hr/>"],
  ["a block of code is shown to the letter", "```\n<b>\n```", "<pre><code>&lt;b&gt;\n</code></pre>"],
  [
    "tables have rows",
    "| 甲 |\n| :-- |\n| 乙 |",
    "<table><thead><tr><th>甲</th></tr></thead><tbody><tr><td>乙</td></tr></tbody></table>",
  ],
  ["colours and other markup stay as they were typed", "<font>一</font>", "<p>&lt;font&gt;一&lt;/font&gt;</p>"],
]

for (const [title, content, markup] of V2_CASES) {
  test(`markdown_v2: ${title}`, () => {
    const bubble = render({ msgtype: "markdown_v2", markdown_v2: { content } })
    assert.equal(bubble, `<div class="wb"><div class="wb-bubble wb-prose wb-markdown">${markup}</div></div>`)
  })
}

const drawn = (url: string): string => render({ msgtype: "markdown_v2", markdown_v2: { content: `![图](${url})` } })

test("markdown_v2: a picture of the web is shown, and of anything else its place", () => {
  assert.match(
    drawn("https://a.example/p.png"),
    /<img class="wb-markdown-picture" src="https:\/\/a\.example\/p\.png" alt="图"/,
  )
  assert.doesNotMatch(drawn("javascript:alert(1)"), /<img/)
})

for (const [title, content, markup] of cases) {
  test(title, () => assert.equal(markdown(content), markup))
}
