import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { file } from "../builders.ts"
import { systemClock } from "../clock.ts"
import { fakeApi } from "../testing/fake-api.ts"
import { rejected } from "../testing/rejected.ts"
import { padded, TEXT } from "../testing/sample-media.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"
import type { SimulatedWeCom } from "../testing/simulated-wecom.ts"
import { examine } from "./examine.ts"
import { memoryMediaStore } from "./memory-media-store.ts"
import { Uploader } from "./uploader.ts"

const PATH = "media/upload"
const name = { filename: "a.txt" }

const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))
const countOf = async (sim: SimulatedWeCom): Promise<number> => (await sim.calls(PATH)).length

/** The first upload has come to the simulator, which has yet to answer it. */
async function underWay(sim: SimulatedWeCom): Promise<void> {
  while ((await countOf(sim)) === 0) await sleep(5)
}

suite("twenty sends with the same attachment share its upload and its end", () => {
  // proves 11.S10: one file, many sends
  test("a definite refusal is asked once, and all hear it", async () => {
    await using sim = await simulatedWeCom()
    await sim.fault({ path: PATH, kind: "errcode", errcode: 45001, times: 100 })
    const sends = times(20, () => rejected(sim.wecom.send({ users: ["zhangsan"] }, file({ content: TEXT, ...name }))))
    const errors = await Promise.all(sends)
    assert.deepEqual(new Set(errors.map(({ errcode }) => errcode)), new Set([45001]))
    assert.equal(await countOf(sim), 1)
    assert.equal((await sim.calls("message/send")).length, 0)
  })

  // proves 11.S10: one file, many sends
  test("an upload that is not answered in time is asked once, and all come back after one timeout", async () => {
    await using sim = await simulatedWeCom({ timeoutMs: 2000, clock: systemClock })
    await sim.fault({ path: PATH, kind: "hang_before", times: 100 })
    const startedAt = performance.now()
    const sends = times(20, () => rejected(sim.wecom.send({ users: ["zhangsan"] }, file({ content: TEXT, ...name }))))
    assert.deepEqual(new Set((await Promise.all(sends)).map(({ code }) => code)), new Set(["unreachable"]))
    // Twenty timeouts would be forty seconds.
    assert.ok(performance.now() - startedAt < 20_000)
    assert.equal(await countOf(sim), 1)
  })

  // proves 11.S10: one file, many sends
  test("each comes back at its own limit at the latest, and takes nothing from the others", async () => {
    await using sim = await simulatedWeCom()
    await sim.fault({ path: PATH, kind: "slow", delay_ms: 1500, times: 100 })
    const send = (totalTimeoutMs: number) =>
      sim.wecom.send({ users: ["zhangsan"] }, file({ content: TEXT, ...name }), { totalTimeoutMs })
    const impatient = times(10, () => rejected(send(100)))
    const patient = times(10, () => send(60_000))
    assert.ok((await Promise.all(impatient)).every(({ code }) => code === "deadline"))
    assert.ok((await Promise.all(patient)).every(({ ok }) => ok))
    assert.equal(await countOf(sim), 1)
  })

  test("an abort of the send that came first leaves the others the upload", async () => {
    await using sim = await simulatedWeCom()
    await sim.fault({ path: PATH, kind: "slow", delay_ms: 1500, times: 100 })
    const controller = new AbortController()
    const { media } = sim.wecom
    const leaving = rejected(media.upload("file", TEXT, { ...name, signal: controller.signal }))
    const staying = times(19, () => media.upload("file", TEXT, name))
    await underWay(sim)
    controller.abort()
    assert.equal((await leaving).code, "aborted")
    assert.equal(new Set((await Promise.all(staying)).map(({ mediaId }) => mediaId)).size, 1)
    assert.equal(await countOf(sim), 1)
  })

  test("a file of the same name and size but other bytes does not share a refusal", async () => {
    await using sim = await simulatedWeCom()
    await sim.fault({ path: PATH, kind: "errcode", errcode: 45001, times: 1 })
    const [first, second] = await Promise.all([
      rejected(sim.wecom.media.upload("file", Buffer.from("aaaaaaaa"), name)),
      sim.wecom.media.upload("file", Buffer.from("bbbbbbbb"), name),
    ])
    assert.equal(first.errcode, 45001)
    assert.equal(second.reused, false)
    assert.equal(await countOf(sim), 2)
  })
})

// proves 11.S10: one file, many sends
test("the file of a caller who has left is kept until the upload that others wait for has read it", async () => {
  const mayRead = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const api = fakeApi(async ({ body }) => {
    begun.resolve()
    await mayRead.promise
    if (body instanceof Blob) await body.arrayBuffer()
    return { errcode: 0, media_id: "M1" }
  })
  const uploader = new Uploader({
    api,
    store: memoryMediaStore(),
    language: "en",
    baseUrl: "https://qyapi.weixin.qq.com",
    owner: "ww1",
    callTimeoutMs: 30_000,
  })
  const bytes = padded(TEXT, 2 * 1024 * 1024)
  // Too much for memory, so it lies in a temporary file that its caller removes.
  const open = async () => {
    const examined = await examine("file", { content: new Blob([bytes]).stream(), ...name }, "source")
    return "file" in examined ? examined.file : assert.fail("not taken")
  }
  const [mine, theirs] = [await open(), await open()]
  const controller = new AbortController()
  const wish = { fresh: false, onProgress: undefined, deadline: Infinity }
  const leaving = rejected(uploader.provide("file", mine, { ...wish, signal: controller.signal }))
  const staying = uploader.provide("file", theirs, wish)
  await begun.promise
  controller.abort()
  assert.equal((await leaving).code, "aborted")
  await mine.release()
  mayRead.resolve()
  assert.equal((await staying).mediaId, "M1")
  assert.equal(api.requests.length, 1)
  await theirs.release()
})
