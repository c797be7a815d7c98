import assert from "node:assert/strict"
import { test } from "node:test"
import { previewOf } from "./preview.ts"

test("a message in one line is its words without markup", () => {
  for (const [message, line] of [
    [{ msgtype: "text", text: { content: '磁盘 91%\n<a href="https://a.example">查看</a>' } }, "磁盘 91% 查看"],
    [{ msgtype: "markdown", markdown: { content: '# 告警\n> **已用** <font color="info">9</font>' } }, "告警 已用 9"],
    [{ msgtype: "textcard", textcard: { title: "请假", description: "年假" } }, "请假"],
    [{ msgtype: "news", news: { articles: [{ title: "菜单" }, { title: "报名" }] } }, "菜单"],
    [{ msgtype: "template_card", template_card: { main_title: { title: "上线？" } } }, "上线？"],
    [{ msgtype: "template_card", template_card: { sub_title_text: "检查通过" } }, "检查通过"],
    [{ msgtype: "video", video: { media_id: "M", title: "回放" } }, "回放"],
    [{ msgtype: "image", image: { media_id: "M" } }, ""],
  ] as const) {
    assert.equal(previewOf(message), line)
  }
})

test("a long text is cut between characters", () => {
  assert.equal(previewOf({ msgtype: "text", text: { content: "👍".repeat(100) } }), `${"👍".repeat(80)}…`)
})

test("what is of another shape than it should be has no words, and does no harm", () => {
  for (const part of [null, 7, "x", [], [null], { content: null }, { articles: "x" }, { main_title: [1] }]) {
    for (const msgtype of ["text", "markdown", "news", "template_card", "unheard_of"]) {
      assert.equal(typeof previewOf({ msgtype, [msgtype]: part }), "string")
    }
  }
})
