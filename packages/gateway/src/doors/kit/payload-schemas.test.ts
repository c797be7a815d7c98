import assert from "node:assert/strict"
import { test } from "node:test"
import { checkMessage, MESSAGE_TYPES } from "@wecom-push/protocol"
import { messageRequest } from "../http/schemas.ts"

/** One message of each type with most of the possible fields. */
const EXAMPLES: Readonly<Record<string, Record<string, unknown>>> = {
  text: { msgtype: "text", text: { content: "构建失败" }, safe: 1, enable_id_trans: 1 },
  image: { msgtype: "image", image: { media_id: "M1" }, safe: 1 },
  voice: { msgtype: "voice", voice: { media_id: "M2" } },
  video: { msgtype: "video", video: { media_id: "M3", title: "回放", description: "故障前" } },
  file: { msgtype: "file", file: { media_id: "M4" } },
  textcard: {
    msgtype: "textcard",
    textcard: { title: "请假", description: "两天", url: "https://hr.example.com/r/88", btntxt: "查看详情" },
  },
  news: {
    msgtype: "news",
    news: {
      articles: [
        { title: "菜单", description: "第二周", url: "https://a.example.com", picurl: "https://a.example.com/a.png" },
        { title: "班车", appid: "wx0000000000000001", pagepath: "pages/bus" },
      ],
    },
  },
  mpnews: {
    msgtype: "mpnews",
    mpnews: {
      articles: [{ title: "制度", thumb_media_id: "M5", author: "财务部", content: "<p>新</p>", digest: "新的" }],
    },
    safe: 2,
  },
  markdown: { msgtype: "markdown", markdown: { content: "**已用** 93%" } },
  miniprogram_notice: {
    msgtype: "miniprogram_notice",
    miniprogram_notice: {
      appid: "wx0000000000000001",
      page: "pages/room?id=5",
      title: "会议室预订提醒",
      description: "今天下午三点",
      emphasis_first_item: true,
      content_item: [{ key: "房间", value: "5F-02" }],
    },
  },
  template_card: {
    msgtype: "template_card",
    template_card: {
      card_type: "text_notice",
      main_title: { title: "磁盘告警" },
      card_action: { type: 1, url: "https://mon.example.com/a/3" },
    },
  },
}

const isDescribed = (message: object): boolean => messageRequest.safeParse({ to: { users: ["a"] }, ...message }).success
const isTaken = (message: object): boolean => checkMessage(message).every(({ severity }) => severity === "warning")

test("a message of each type that is taken is so described", () => {
  assert.deepEqual(Object.keys(EXAMPLES), [...MESSAGE_TYPES])
  for (const [type, message] of Object.entries(EXAMPLES)) {
    assert.deepEqual([isTaken(message), isDescribed(message)], [true, true], type)
  }
})

// proves 3.test 5: fuzzed requests
test("the description forbids nothing that is taken, and with one field changed says the same of most", () => {
  let agreed = 0
  let changed = 0
  for (const message of Object.values(EXAMPLES)) {
    for (const variant of variantsOf(message)) {
      changed++
      const [taken, described] = [isTaken(variant), isDescribed(variant)]
      assert.ok(!taken || described, `taken, but not as described: ${JSON.stringify(variant)}`)
      if (taken === described) agreed++
    }
  }
  // The allowed length of a text depends on `overflow` and `strict`, which a schema cannot express.
  assert.ok(agreed / changed > 0.75, `${agreed} of ${changed}`)
})

/** Variants of the value: each field left out, emptied, of another type, or of another length. */
function* variantsOf(value: unknown): Generator<Record<string, unknown>> {
  for (const path of pathsOf(value)) {
    for (const replacement of [undefined, "", 5, null, [], "x".repeat(3000)]) {
      const copy: Record<string, unknown> = structuredClone(value) as Record<string, unknown>
      let parent: Record<string, unknown> = copy
      for (const name of path.slice(0, -1)) parent = parent[name] as Record<string, unknown>
      const last = path.at(-1) ?? ""
      if (replacement === undefined && !Array.isArray(parent)) delete parent[last]
      else parent[last] = replacement
      yield copy
    }
  }
}

function pathsOf(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return []
  return Object.entries(value).flatMap(([name, child]) => [[name], ...pathsOf(child).map((path) => [name, ...path])])
}
