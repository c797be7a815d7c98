import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { simClient, type SimClient } from "../testing/sim-client.ts"
import { PNG, TEXT } from "../testing/sample-media.ts"

async function download(sim: SimClient, query: Record<string, string>, headers: Record<string, string> = {}) {
  const search = new URLSearchParams({ access_token: await sim.token(), ...query })
  return fetch(`${sim.sim.url}/cgi-bin/media/get?${search.toString()}`, { headers })
}

async function errcodeOf(response: Response): Promise<number> {
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/)
  return ((await response.json()) as { errcode: number }).errcode
}

async function uploaded(sim: SimClient, filename: string, bytes: Uint8Array<ArrayBuffer> = TEXT): Promise<string> {
  const query = { access_token: await sim.token(), type: "file" }
  return String((await sim.upload("media/upload", query, { bytes, filename }))["media_id"])
}

test("6.3: a file comes back byte for byte, under its name in raw UTF-8", async () => {
  await using sim = await simClient()
  const response = await download(sim, { media_id: await uploaded(sim, "季度报告.txt") })
  assert.equal(response.status, 200)
  assert.equal(response.headers.get("content-type"), "application/octet-stream")
  const disposition = Buffer.from(response.headers.get("content-disposition") ?? "", "latin1").toString()
  assert.equal(disposition, 'attachment; filename="季度报告.txt"')
  assert.deepEqual(Buffer.from(await response.arrayBuffer()), TEXT)
})

test("6.3: a picture is reported as one", async () => {
  await using sim = await simClient()
  const response = await download(sim, { media_id: await sim.mediaId("image") })
  assert.equal(response.headers.get("content-type"), "image/png")
})

suite("a Range brings a part and says which", () => {
  const size = TEXT.length
  for (const [range, start, end] of [
    ["bytes=0-3", 0, 4],
    ["bytes=3-", 3, size],
    ["bytes=-4", size - 4, size],
    ["bytes=-999", 0, size],
    ["bytes=2-99999", 2, size],
    ["bytes=0-0", 0, 1],
  ] as const) {
    test(`6.3: ${range}`, async () => {
      await using sim = await simClient()
      const response = await download(sim, { media_id: await uploaded(sim, "a") }, { range })
      assert.equal(response.status, 206)
      assert.equal(response.headers.get("content-range"), `bytes ${start}-${end - 1}/${size}`)
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), TEXT.subarray(start, end))
    })
  }
})

test("6.3: a Range that cannot be given is 40146", async () => {
  await using sim = await simClient()
  const media_id = await uploaded(sim, "a")
  for (const range of ["bytes=99999-", "bytes=5-2", "bytes=-0", "bytes=", "bytes=a-b", "bytes=0-1,3-4", "0-3"]) {
    assert.equal(await errcodeOf(await download(sim, { media_id }, { range })), 40146, range)
  }
})

// proves 4.6: the simulator
test("6.3: no id is 41006, an unknown one 40007, one of three days 40007 or 40145", async () => {
  await using sim = await simClient()
  assert.equal(await errcodeOf(await download(sim, {})), 41006)
  assert.equal(await errcodeOf(await download(sim, { media_id: "x" })), 40007)
  const media_id = await uploaded(sim, "a")
  await sim.advance(3 * 86_400)
  assert.equal(await errcodeOf(await download(sim, { media_id })), 40007)
  await sim.settings({ expired_media_errcode: 40145 })
  assert.equal(await errcodeOf(await download(sim, { media_id })), 40145)
})

test("6.3: the ledger tells name and size of what was given out", async () => {
  await using sim = await simClient()
  await (await download(sim, { media_id: await uploaded(sim, "a.txt") })).arrayBuffer()
  const call = (await sim.calls()).at(-1)
  assert.deepEqual([call?.errcode, call?.answer], [0, { filename: "a.txt", bytes: TEXT.length }])
})

test("6.3: a download can be cut like any other answer", async () => {
  await using sim = await simClient()
  const media_id = await uploaded(sim, "a")
  await sim.control("POST", "faults", { path: "media/get", kind: "truncate", bytes: 3 })
  await assert.rejects(async () => (await download(sim, { media_id })).arrayBuffer())
})

test("6.3: phones see media without a token and after their three days; only pictures and videos are shown in place", async () => {
  await using sim = await simClient()
  const [picture, file] = [await sim.mediaId("image"), await uploaded(sim, "x.html")]
  await sim.advance(4 * 86_400)
  const shown = async (id: string) => {
    const response = await fetch(`${sim.sim.url}/_sim/media/${id}`)
    return { response, disposition: response.headers.get("content-disposition") }
  }
  const ofPicture = await shown(picture)
  assert.equal(ofPicture.disposition, "inline")
  assert.deepEqual(Buffer.from(await ofPicture.response.arrayBuffer()), PNG)
  const ofFile = await shown(file)
  assert.equal(ofFile.disposition, 'attachment; filename="x.html"')
  assert.equal(ofFile.response.headers.get("content-type"), "application/octet-stream")
  assert.equal(ofFile.response.headers.get("x-content-type-options"), "nosniff")
  assert.equal((await shown("unknown")).response.status, 404)
})
