import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { fc } from "../../../../tools/testing/fast-check.ts"
import { MESSAGE_TYPES } from "../message.ts"
import { fullestCards } from "../testing/example-cards.ts"
import { fullest } from "../testing/example-messages.ts"
import { mapMediaIds } from "./media-ids.ts"

const card = { msgtype: "template_card", template_card: fullestCards.text_notice } as const

/** Every id with its place. */
function idsIn(message: unknown): [id: unknown, path: string, type: string][] {
  const found: [unknown, string, string][] = []
  mapMediaIds(message, (id, { path, type }) => {
    found.push([id, path, type])
    return id
  })
  return found
}

suite("finds every id of a medium, and what it has to be", () => {
  const ids: Readonly<Record<string, unknown[]>> = {
    image: ["M1", "image.media_id", "image"],
    voice: ["M2", "voice.media_id", "voice"],
    video: ["M3", "video.media_id", "video"],
    file: ["M4", "file.media_id", "file"],
    mpnews: ["M5", "mpnews.articles[0].thumb_media_id", "image"],
  }
  for (const type of MESSAGE_TYPES) {
    test(type, () => assert.deepEqual(idsIn(fullest[type]), ids[type] === undefined ? [] : [ids[type]]))
  }

  test("a card that offers a file", () => {
    const path = `template_card.horizontal_content_list[${card.template_card.horizontal_content_list.findIndex((row) => "media_id" in row)}].media_id`
    assert.deepEqual(idsIn(card), [["M6", path, "file"]])
  })
})

test("puts something else in their place and leaves the rest, and the message given, as it was", () => {
  for (const message of [...Object.values(fullest), card]) {
    const before = JSON.stringify(message)
    const changed = mapMediaIds(message, (id) => `new ${String(id)}`)
    assert.equal(JSON.stringify(message), before)
    assert.equal(JSON.stringify(changed), before.replaceAll(/("(?:thumb_)?media_id":")(M\d")/g, "$1new $2"))
  }
})

test("a message in which nothing changes is the same object", () => {
  for (const message of [...Object.values(fullest), card])
    assert.equal(
      mapMediaIds(message, (id) => id),
      message,
    )
})

test("takes any data, however shaped", () => {
  fc.assert(
    fc.property(fc.constantFrom(...MESSAGE_TYPES), fc.jsonValue(), fc.jsonValue(), (msgtype, payload, list) => {
      for (const message of [
        payload,
        { msgtype, [msgtype]: payload },
        { msgtype, [msgtype]: { articles: list, horizontal_content_list: list } },
      ]) {
        assert.equal(
          mapMediaIds(message, (id) => id),
          message,
        )
      }
    }),
  )
})
