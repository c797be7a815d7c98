import assert from "node:assert/strict"
import { test } from "node:test"
import { render, wordsIn } from "../testing/render.ts"

const of = (msgtype: string, more: object = {}) => ({ msgtype, [msgtype]: { media_id: "M", ...more } })
const there = { mediaUrl: (id: string) => `/media/${id}`, mediaName: () => ({ name: "周报.pdf", bytes: 1_572_864 }) }

test("a medium whose bytes are gone says so, by its kind", () => {
  for (const [msgtype, words] of [
    ["image", "图片已过期或已被清理"],
    ["voice", "语音已过期或已被清理"],
    ["video", "视频已过期或已被清理"],
    ["file", "未命名文件 文件已过期或已被清理 ?"],
  ] as const) {
    assert.equal(wordsIn(render(of(msgtype))), words)
  }
})

test("a picture is named, and opens whole", () => {
  const markup = render(of("image"), there)
  assert.match(markup, /<a [^>]*href="\/media\/M"/)
  assert.match(markup, /<img [^>]*alt="周报\.pdf"/)
})

test("a voice message is a button that plays", () => {
  assert.match(render(of("voice"), there), /<button [^>]*aria-label="播放语音"[^]*<audio src="\/media\/M"/)
})

test("a video has its controls, and its title and description below", () => {
  const markup = render(of("video", { title: "回放", description: "最后 20 秒" }), there)
  assert.match(markup, /<video src="\/media\/M" aria-label="回放" controls=""/)
  assert.equal(wordsIn(markup), "回放 最后 20 秒")
})

test("a file is downloaded under its name, and tells its size and kind", () => {
  const markup = render(of("file"), there)
  assert.match(markup, /<a class="wb-file" href="\/media\/M" download="周报\.pdf"/)
  assert.equal(wordsIn(markup), "周报.pdf 1.5MB PDF")
})

test("a file name that reorders itself shows where it does", () => {
  const markup = render(of("file"), { ...there, mediaName: () => ({ name: "invoice\u202Efdp.exe", bytes: 5 }) })
  assert.match(wordsIn(markup), /^invoice�fdp\.exe 5B EXE$/)
})

test("a group robot's picture is in the message itself, and anything but Base64 is none", () => {
  assert.match(
    render({ msgtype: "image", image: { base64: "iVBORw0KGgo=", md5: "" } }),
    /src="data:image\/png;base64,iVBORw0KGgo="/,
  )
  assert.match(render({ msgtype: "image", image: { base64: "/9j/4A==", md5: "" } }), /src="data:image\/jpeg;base64,/)
  assert.doesNotMatch(render({ msgtype: "image", image: { base64: '" onerror="x', md5: "" } }), /<img/)
})
