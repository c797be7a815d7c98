import assert from "node:assert/strict"
import { createHash, randomBytes } from "node:crypto"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { newBucket } from "../../files/testing/object-server.ts"
import { postFile } from "./testing/media-form.ts"
import { ADMIN_KEY } from "./testing/start-gateway.ts"
import { startSeveral } from "./testing/start-several.ts"
import type { Several } from "./testing/start-several.ts"

const LARGE = randomBytes(3 * 1024 * 1024)

/** Uploads a file at one of the gateways. */
const handIn = (several: Several, gateway: number, bytes: Uint8Array<ArrayBuffer> = LARGE) =>
  postFile({ request: (path, init) => several.request(gateway, path, init) }, bytes)

/** Uploads a file as a program does that was made for WeCom. */
async function uploadAsToWeCom({ gateways, simulator }: Several, gateway: number, bytes: Uint8Array<ArrayBuffer>) {
  const base = `${gateways[gateway]?.url}/cgi-bin`
  const token = await fetch(`${base}/gettoken?corpid=${simulator.org.corp_id}&corpsecret=${ADMIN_KEY}`)
  const { access_token: accessToken } = (await token.json()) as { access_token: string }
  const form = new FormData()
  form.set("media", new Blob([bytes]), "file.bin")
  const url = `${base}/media/upload?access_token=${accessToken}&type=file`
  const answer = await fetch(url, { method: "POST", body: form })
  return { headers: answer.headers, json: (await answer.json()) as { errcode: number; errmsg: string } }
}

async function send(several: Several, gateway: number, medium: string, user = "zhangsan"): Promise<string> {
  const body = { app: "alerts", to: { users: [user] }, msgtype: "file", file: { media_id: medium } }
  const { json, text } = await several.request(gateway, "/v1/messages", { body })
  assert.ok(json.id, text)
  return String(json.id)
}

/** The SHA-256 hashes of the files that a phone shows. */
async function filesOn(several: Several, userid = "zhangsan"): Promise<readonly string[]> {
  const shown = await several.phone(userid)
  return Promise.all(
    shown.map(async ({ body }) => {
      const answer = await fetch(`${several.simulator.url}/_sim/media/${body.file.media_id}`)
      return digestOf(Buffer.from(await answer.arrayBuffer()))
    }),
  )
}

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

async function untilProblem(several: Several, id: string, code: string): Promise<void> {
  for (;;) {
    const { json } = await several.request(0, `/v1/messages/${id}`)
    if (json.problem?.code === code) return
    await sleep(10)
  }
}

suite("gateways with one bucket", () => {
  // proves 13.L6: files in a bucket
  test("a file that one gateway took is sent by the other, byte for byte", async () => {
    await using bucket = await newBucket()
    await using several = await startSeveral(1, bucket.environment)
    const { json, status } = await handIn(several, 0)
    assert.equal(status, 201)
    assert.equal((await bucket.objects()).length, 1)
    // No other gateway is left that could send it.
    await several.start()
    await several.gateways[0]?.stop()
    const id = await send(several, 1, json.id)
    await several.until(1, id, "sent")
    assert.deepEqual(await filesOn(several), [digestOf(LARGE)])
  })

  // proves 13.L6: files in a bucket
  test("while the bucket cannot be reached a file is answered 503 with Retry-After, and a message with one waits and says why", async () => {
    await using bucket = await newBucket()
    await using several = await startSeveral(2, bucket.environment)
    const { json } = await handIn(several, 0)
    bucket.way.turn("cut")

    const refused = await handIn(several, 1, randomBytes(2 * 1024 * 1024))
    assert.equal(refused.status, 503, refused.text)
    assert.equal(refused.json.code, "files_unavailable")
    assert.equal(refused.headers.get("retry-after"), "5")
    assert.equal((await handIn(several, 1, randomBytes(1000))).status, 201)
    const compat = await uploadAsToWeCom(several, 1, randomBytes(2 * 1024 * 1024))
    assert.deepEqual([compat.json.errcode, compat.headers.get("retry-after")], [-1, "5"], compat.json.errmsg)

    const id = await send(several, 1, json.id)
    await untilProblem(several, id, "files_unavailable")
    const text = await several.request(0, "/v1/messages", {
      body: { app: "alerts", to: { users: ["lisi"] }, msgtype: "text", text: { content: "x" } },
    })
    await several.until(0, text.json.id, "sent")
    assert.deepEqual(await several.calls("/media/upload"), [])

    bucket.way.turn("open")
    const sent = await several.until(0, id, "sent")
    assert.equal(sent["problem"], null)
    assert.deepEqual(await filesOn(several), [digestOf(LARGE)])
  })

  // proves 13.L6: files in a bucket
  test("a message whose file was lost or changed in the bucket fails and sends nothing; handed in again it goes", async () => {
    await using bucket = await newBucket()
    await using several = await startSeveral(2, bucket.environment)
    const { json } = await handIn(several, 0)
    const [key = ""] = await bucket.objects()
    const other = randomBytes(LARGE.length)
    await bucket.bucket.put(key, new Blob([other]), digestOf(other))
    const failed = await send(several, 1, json.id)
    const { problem } = await several.until(0, failed, "failed")
    assert.equal(problem.code, "media_missing")
    const recipients = await several.request(0, `/v1/messages/${failed}/recipients`)
    assert.equal(recipients.json.items[0].reason, "media_missing")
    assert.deepEqual(await several.calls("/media/upload"), [])

    const again = await handIn(several, 1)
    assert.deepEqual([again.status, again.json.id], [200, json.id])
    const retried = await several.request(0, `/v1/messages/${failed}/retry`, { body: { states: ["failed"] } })
    assert.equal(retried.json.retried, 1, retried.text)
    await several.until(1, failed, "sent")
    assert.deepEqual(await filesOn(several), [digestOf(LARGE)])
  })
})
