import assert from "node:assert/strict"
import { test } from "node:test"
import { escapeMarkdown } from "./escape-markdown.ts"

// proves 32.bot-sdk: a text reads the same as markdown
test("signs that begin markup are escaped, and nothing else", () => {
  const rows: readonly [text: string, escaped: string][] = [
    ["磁盘 91%，主机 db-3", "磁盘 91%，主机 db-3"],
    ["**粗** _x_ `code` ~~x~~", "\\*\\*粗\\*\\* \\_x\\_ \\`code\\` \\~\\~x\\~\\~"],
    ["[a](https://a.example/?x=1_2)", "\\[a\\](https://a.example/?x=1\\_2)"],
    ["# 标题\n> 引用\n- 一\n+ 二", "\\# 标题\n\\> 引用\n\\- 一\n\\+ 二"],
    ["1. 一\n  2) 二\n1.5 秒", "1\\. 一\n  2\\) 二\n1.5 秒"],
    ["C:\\temp", "C:\\\\temp"],
    ['<font color="warning">', '\\<font color="warning">'],
    ["a # b > c - d", "a # b > c - d"],
  ]
  for (const [text, escaped] of rows) assert.equal(escapeMarkdown(text), escaped)
})
