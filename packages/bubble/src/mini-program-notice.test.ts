import assert from "node:assert/strict"
import { test } from "node:test"
import { render, wordsIn } from "./testing/render.ts"

const notice = {
  appid: "wx2",
  title: "会议室",
  description: "今天下午",
  content_item: [
    { key: "房间", value: "5F-02" },
    { key: "", value: "" },
    { key: "时长", value: "45 分钟" },
  ],
}
const draw = (more: object = {}): string =>
  render({ msgtype: "miniprogram_notice", miniprogram_notice: { ...notice, ...more } })

test("a notice has its items, without those that are empty", () => {
  assert.equal(wordsIn(draw()), "小程序 会议室 今天下午 房间 5F-02 时长 45 分钟")
})

test("its first item is large where that was asked for", () => {
  assert.doesNotMatch(draw(), /wb-first-large/)
  assert.equal(draw({ emphasis_first_item: true }).match(/wb-first-large/g)?.length, 1)
})

test("it says that it opens only where it names a page", () => {
  assert.match(wordsIn(draw({ page: "pages/room?id=5" })), /进入小程序查看$/)
})
