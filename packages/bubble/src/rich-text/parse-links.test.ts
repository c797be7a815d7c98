import assert from "node:assert/strict"
import { test } from "node:test"
import { parseLinks, type TextPiece } from "./parse-links.ts"

const cases: readonly (readonly [title: string, text: string, pieces: readonly TextPiece[]])[] = [
  ["text without links is one piece", "一行\n两行", [{ text: "一行\n两行" }]],
  [
    "an <a> element becomes a link, with either quotation marks or none",
    `<a href="https://a.example">甲</a><A target=_blank HREF='https://b.example'>乙</A><a href=https://c.example>丙</a>`,
    [
      { text: "甲", url: "https://a.example" },
      { text: "乙", url: "https://b.example" },
      { text: "丙", url: "https://c.example" },
    ],
  ],
  [
    "an escaped ampersand in its address is one",
    `<a href="https://a.example?x=1&amp;y=2">甲</a>`,
    [{ text: "甲", url: "https://a.example?x=1&y=2" }],
  ],
  [
    "a bare address is a link up to the end of the sentence, or to the first Chinese character",
    "见 https://a.example/x?y=1。或 (http://b.example/z).",
    [
      { text: "见 " },
      { text: "https://a.example/x?y=1", url: "https://a.example/x?y=1" },
      { text: "。或 (" },
      { text: "http://b.example/z", url: "http://b.example/z" },
      { text: ")." },
    ],
  ],
  [
    "an address that is not of the web leaves the markup as it was typed",
    `<a href="javascript:alert(1)">甲</a>`,
    [{ text: `<a href="javascript:alert(1)">甲</a>` }],
  ],
  ["other markup stays as it was typed", "<b>1</b> < 2 <img src=x>", [{ text: "<b>1</b> < 2 <img src=x>" }]],
  [
    "an element that WeCom cut in the middle stays as it was typed, but for its address",
    `<a href="https://a.example">甲`,
    [{ text: `<a href="` }, { text: "https://a.example", url: "https://a.example" }, { text: `">甲` }],
  ],
  ["a link around nothing that is a web address is none", "<a href=>甲</a>", [{ text: "<a href=>甲</a>" }]],
]

for (const [title, text, pieces] of cases) {
  test(title, () => assert.deepEqual(parseLinks(text), pieces))
}
