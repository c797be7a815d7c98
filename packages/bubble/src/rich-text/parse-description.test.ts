import assert from "node:assert/strict"
import { test } from "node:test"
import { type ColouredText, parseDescription } from "./parse-description.ts"

const cases: readonly (readonly [title: string, description: string, blocks: readonly ColouredText[]])[] = [
  ["plain text is one normal block", "年假\n两天", [{ colour: "normal", text: "年假\n两天" }]],
  [
    "each colour is a block, and blanks between two are none",
    `<div class="gray">一</div> <div class="normal">二</div>\n<div class='highlight'>三</div>`,
    [
      { colour: "gray", text: "一" },
      { colour: "normal", text: "二" },
      { colour: "highlight", text: "三" },
    ],
  ],
  ["<br> breaks the line inside its block", "一<br>二<br/>三", [{ colour: "normal", text: "一\n二\n三" }]],
  ["a block without end reaches to the end", `<div class="gray">一<br>二`, [{ colour: "gray", text: "一\n二" }]],
  [
    "other markup stays as it was typed",
    `<b>一</b></div><div class="pink">二`,
    [{ colour: "normal", text: `<b>一</b></div><div class="pink">二` }],
  ],
]

for (const [title, description, blocks] of cases) {
  test(title, () => assert.deepEqual(parseDescription(description), blocks))
}
