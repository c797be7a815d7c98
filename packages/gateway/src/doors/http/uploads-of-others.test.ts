import assert from "node:assert/strict"
import { test } from "node:test"
import { PNG, postFile, TEXT } from "./testing/media-form.ts"
import type { FormWish } from "./testing/media-form.ts"
import type { RequestOptions, TestAnswer } from "./testing/start-gateway.ts"
import { startOn, STORES } from "./testing/start-several.ts"
import type { Several } from "./testing/start-several.ts"

const HR = { name: "hr", corp_id: "ww0000000000000001", agent_id: 1_000_003, secret: "sim-secret-hr" }

async function keyOf(several: Several, app: string): Promise<string> {
  const { json } = await several.request(0, "/v1/keys", { body: { name: app, scopes: ["send", "read"], apps: [app] } })
  return json.key
}

/** Through one of the gateways. */
const upload = (several: Several, place: number, bytes: Uint8Array<ArrayBuffer>, wish: FormWish): Promise<TestAnswer> =>
  postFile({ request: (path: string, init?: RequestOptions) => several.request(place, path, init) }, bytes, wish)

for (const store of STORES) {
  // proves 28.D9: files of other keys
  test(`D9: a client that hands in a file that another client has is answered as if it were new, and sends it: ${store}`, async () => {
    await using several = await startOn(store)
    await several.request(0, "/v1/apps", { body: HR })
    const [alerts, hr] = [await keyOf(several, "alerts"), await keyOf(several, "hr")]
    for (const [type, bytes] of [
      ["image", PNG],
      ["file", TEXT],
    ] as const) {
      const theirs = await upload(several, 0, bytes, { key: alerts, type, filename: "salaries-2026" })
      assert.equal(theirs.status, 201, theirs.text)
      const before = Date.now()
      const ours = await upload(several, 1, bytes, { key: hr, type, filename: "ours" })
      assert.equal(ours.status, 201, "200 would tell that it was there")
      assert.equal(ours.json.filename, "ours")
      assert.ok(Date.parse(ours.json.created_at) >= before - 1000)
      assert.notEqual(ours.json.id, theirs.json.id)
      assert.equal((await several.request(0, `/v1/media/${theirs.json.id}`, { key: hr })).status, 404)
      assert.equal((await several.request(0, `/v1/media/${ours.json.id}`, { key: hr })).json.filename, "ours")

      const again = await upload(several, 0, bytes, { key: hr, type, filename: "ours" })
      assert.deepEqual([again.status, again.json], [200, ours.json])
      const message = { app: "hr", to: { users: ["WangWu"] }, msgtype: type, [type]: { media_id: ours.json.id } }
      const { json } = await several.request(1, "/v1/messages", { key: hr, body: message })
      await several.until(1, json.id, "sent")
    }
  })

  // proves 28.D9: files of other keys
  test(`D9: a rotated key is the same client, and what it hands in again the same file: ${store}`, async () => {
    await using several = await startOn(store)
    const wish = { name: "k", scopes: ["send"], apps: ["alerts"] }
    const { json: old } = await several.request(0, "/v1/keys", { body: wish })
    const { json: successor } = await several.request(0, `/v1/keys/${old.id}/rotate`, { method: "POST" })
    const first = await upload(several, 0, TEXT, { key: old.key })
    const second = await upload(several, 1, TEXT, { key: successor.key })
    assert.deepEqual([second.status, second.json], [200, first.json])
  })
}
