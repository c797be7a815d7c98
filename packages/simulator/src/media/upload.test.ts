import assert from "node:assert/strict"
import { once } from "node:events"
import { connect } from "node:net"
import { suite, test } from "node:test"
import { HR, simClient, type SimClient, type UploadedFile } from "../testing/sim-client.ts"
import { amr, GIF, JPG, MP4, padded, PNG, TEXT } from "../testing/sample-media.ts"

const MB = 1024 * 1024

async function upload(sim: SimClient, type: string, file: UploadedFile) {
  return sim.upload("media/upload", { access_token: await sim.token(), type }, file)
}

async function uploadImage(sim: SimClient, file: UploadedFile) {
  return sim.upload("media/uploadimg", { access_token: await sim.token() }, file)
}

// proves 4.6: the simulator
test("6.1: an upload answers type, media_id and the time in seconds as a string", async () => {
  await using sim = await simClient()
  const before = Date.now() / 1000
  const { media_id, created_at, ...rest } = await upload(sim, "file", { bytes: TEXT })
  assert.deepEqual(rest, { errcode: 0, errmsg: "", type: "file" })
  assert.match(String(media_id), /^[\w-]{64}$/)
  assert.equal(typeof created_at, "string")
  assert.ok(Number(created_at) > before - 2 && Number(created_at) < Date.now() / 1000 + 2)
})

suite("the first mistake of a file is answered, found by its bytes and not by its name", () => {
  const rows: readonly [type: string, what: string, file: UploadedFile, errcode: number][] = [
    ["image", "a PNG called .txt", { bytes: PNG, filename: "a.txt" }, 0],
    ["image", "a JPG", { bytes: JPG }, 0],
    ["image", "a GIF called .png", { bytes: GIF, filename: "a.png" }, 40004],
    ["image", "exactly 10 MB", { bytes: padded(PNG, 10 * MB) }, 0],
    ["image", "a byte more", { bytes: padded(PNG, 10 * MB + 1) }, 40009],
    ["voice", "a minute of AMR", { bytes: amr(60) }, 0],
    ["voice", "over a minute", { bytes: amr(61) }, 45007],
    ["voice", "an MP4 called .amr", { bytes: MP4, filename: "a.amr" }, 301017],
    ["voice", "over 2 MB", { bytes: padded(amr(1), 2 * MB + 1) }, 45001],
    ["video", "an MP4", { bytes: MP4 }, 0],
    ["video", "a text called .mp4", { bytes: TEXT, filename: "a.mp4" }, 40004],
    ["video", "over 10 MB", { bytes: padded(MP4, 10 * MB + 1) }, 40011],
    ["file", "six bytes", { bytes: padded(Buffer.alloc(0), 6) }, 0],
    ["file", "five bytes", { bytes: padded(Buffer.alloc(0), 5) }, 40006],
    ["file", "nothing", { bytes: Buffer.alloc(0) }, 44001],
    ["file", "exactly 20 MB", { bytes: Buffer.alloc(20 * MB) }, 0],
    ["file", "a byte more", { bytes: Buffer.alloc(20 * MB + 1) }, 45001],
    ["file", "a part of another name", { bytes: TEXT, part: "file" }, 0],
    ["thumb", "a type that is none", { bytes: PNG }, 40005],
  ]
  for (const [type, what, file, errcode] of rows) {
    test(`6.1: ${type}, ${what}: ${errcode}`, async () => {
      await using sim = await simClient()
      assert.equal((await upload(sim, type, file)).errcode, errcode)
    })
  }
})

test("6.1: a body that is not multipart, or has no file in it, is an empty upload: 44001", async () => {
  await using sim = await simClient()
  const query = { access_token: await sim.token(), type: "file" }
  const post = async (headers: Record<string, string>, body: string) => {
    const url = `${sim.sim.url}/cgi-bin/media/upload?${new URLSearchParams(query).toString()}`
    return ((await (await fetch(url, { method: "POST", headers, body })).json()) as { errcode: number }).errcode
  }
  assert.equal((await sim.post("media/upload", query, { media: "x" })).errcode, 44001)
  assert.equal(await post({ "content-type": "multipart/form-data" }, "--x"), 44001)
  assert.equal(await post({ "content-type": "multipart/form-data; boundary=x" }, "--x--\r\n"), 44001)
  const empty = '--x\r\nContent-Disposition: form-data; name="media"\r\n\r\n\r\n--x--\r\n'
  assert.equal(await post({ "content-type": "multipart/form-data; boundary=x" }, empty), 44001)
})

test("6.1: upload needs a token, a trusted address and the right verb", async () => {
  await using sim = await simClient()
  assert.equal((await sim.upload("media/upload", { type: "file" }, { bytes: TEXT })).errcode, 41001)
  assert.equal((await sim.upload("media/upload", { access_token: "x", type: "file" }, { bytes: TEXT })).errcode, 40014)
  assert.equal((await sim.get("media/upload")).errcode, 40058)
  await sim.org((org) => void (org.trusted_ips = ["192.0.2.1"]))
  assert.equal((await upload(sim, "file", { bytes: TEXT })).errcode, 60020)
})

// proves 4.6: the simulator
test("6.1: a medium serves every app of the corp and no other corp", async () => {
  await using sim = await simClient()
  const media_id = await sim.mediaId("file")
  const send = async () => (await sim.send({ touser: "lisi", msgtype: "file", file: { media_id } }, HR)).errcode
  assert.equal(await send(), 0)
  await sim.org((org) => Object.assign(org, { corp_id: "ww0000000000000002" }))
  const query = { corpid: "ww0000000000000002", corpsecret: HR.secret }
  const access_token = String((await sim.get("gettoken", query))["access_token"])
  const body = { touser: "lisi", msgtype: "file", agentid: HR.agentid, file: { media_id } }
  assert.equal((await sim.post("message/send", { access_token }, body)).errcode, 40007)
  assert.equal((await sim.get("media/get", { access_token, media_id })).errcode, 40007)
})

test("6.1: the ledger remembers what a file was like, not the file", async () => {
  await using sim = await simClient()
  await upload(sim, "file", { bytes: TEXT, filename: "日志.txt" })
  const call = (await sim.calls()).at(-1)
  assert.deepEqual(call?.body, {
    media: {
      filename: "日志.txt",
      content_type: "application/octet-stream",
      bytes: TEXT.length,
      sha256: "06a90e7696ae3a915958162442fd35d2282260e6a4831c0b44f4981946324101",
    },
  })
  assert.equal(call?.query["access_token"], "***")
})

test("6.1: a fault strikes an upload like any other call, and may be aimed by the name of the file", async () => {
  await using sim = await simClient()
  await sim.control("POST", "faults", { path: "media/upload", kind: "errcode", errcode: -1, match: "b.txt" })
  assert.equal((await upload(sim, "file", { bytes: TEXT, filename: "a.txt" })).errcode, 0)
  assert.equal((await upload(sim, "file", { bytes: TEXT, filename: "b.txt" })).errcode, -1)
})

test("6.1: who leaves in the middle of an upload does no harm", async () => {
  await using sim = await simClient()
  const access_token = await sim.token()
  const socket = connect(sim.sim.port, "127.0.0.1")
  socket.on("error", () => undefined)
  const path = `/cgi-bin/media/upload?type=file&access_token=${access_token}`
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 100000\r\n\r\n` +
      '--x\r\nContent-Disposition: form-data; name="media"; filename="a"\r\n\r\nhalf of it',
  )
  await once(socket, "connect")
  setTimeout(() => socket.destroy(), 50)
  await once(socket, "close")
  assert.equal((await upload(sim, "file", { bytes: TEXT })).errcode, 0)
})

suite("media/uploadimg", () => {
  test("6.2: answers an address under which the picture is, for ever, whatever the part is called", async () => {
    await using sim = await simClient()
    const { url, ...rest } = await uploadImage(sim, { bytes: PNG, part: "fieldNameHere" })
    assert.deepEqual(rest, { errcode: 0, errmsg: "" })
    await sim.advance(30 * 86_400)
    const response = await fetch(String(url))
    assert.equal(response.headers.get("content-type"), "image/png")
    assert.deepEqual(Buffer.from(await response.arrayBuffer()), PNG)
  })

  test("6.2: takes JPG and PNG of 6 bytes to 2 MB", async () => {
    await using sim = await simClient()
    assert.equal((await uploadImage(sim, { bytes: padded(JPG, 2 * MB) })).errcode, 0)
    assert.equal((await uploadImage(sim, { bytes: padded(JPG, 2 * MB + 1) })).errcode, 40009)
    assert.equal((await uploadImage(sim, { bytes: GIF })).errcode, 40004)
    assert.equal((await uploadImage(sim, { bytes: Buffer.alloc(0) })).errcode, 44001)
  })

  // proves 32.simulator: the month of media/uploadimg
  test("9: takes so many in 30 days: then 45009 for as long", async () => {
    await using sim = await simClient({ settings: { limits: { images_per_month: 2 } } })
    for (const errcode of [0, 0, 45009]) {
      assert.equal((await uploadImage(sim, { bytes: PNG })).errcode, errcode)
      await sim.advance(86_400)
    }
    await sim.advance(28 * 86_400)
    assert.equal((await uploadImage(sim, { bytes: PNG })).errcode, 45009)
    await sim.advance(86_400)
    assert.equal((await uploadImage(sim, { bytes: PNG })).errcode, 0)
  })

  test("6.2: takes so many a day: then 45009 until midnight in Beijing", async () => {
    await using sim = await simClient({ settings: { limits: { images_per_day: 1 } } })
    assert.equal((await uploadImage(sim, { bytes: PNG })).errcode, 0)
    assert.equal((await uploadImage(sim, { bytes: PNG })).errcode, 45009)
    await sim.advance(86_400)
    assert.equal((await uploadImage(sim, { bytes: PNG })).errcode, 0)
  })
})
