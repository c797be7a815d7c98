import assert from "node:assert/strict"
import { execFileSync } from "node:child_process"
import { constants } from "node:fs"
import { open, readdir } from "node:fs/promises"
import { join } from "node:path"
import { Readable } from "node:stream"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { describeFault } from "@wecom-push/protocol"
import { file } from "../builders.ts"
import { systemClock } from "../clock.ts"
import type { SendOptions } from "../send/send.ts"
import { aFolder } from "../testing/a-folder.ts"
import { rejected } from "../testing/rejected.ts"
import { padded, TEXT } from "../testing/sample-media.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"
import type { SimulatedWeCom } from "../testing/simulated-wecom.ts"
import { examine } from "./examine.ts"
import type { MediaContent } from "./media-source.ts"

const ALREADY = padded(TEXT, 2 * 1024 * 1024)

/** A stream that gives the beginning of a file and then nothing more. */
interface Stalled {
  readonly content: MediaContent
  /** Resolves when it is not read any more. */
  readonly stopped: Promise<void>
}

const STALLED: Readonly<Record<string, () => Stalled>> = {
  "a stream of Node"() {
    const { promise: stopped, resolve } = Promise.withResolvers<void>()
    const content = new Readable({ read: () => undefined, destroy: (error, done) => (resolve(), done(error)) })
    content.push(ALREADY)
    return { content, stopped }
  },
  "a web stream"() {
    const { promise: stopped, resolve } = Promise.withResolvers<void>()
    const content = new ReadableStream<Uint8Array>({ start: (to) => to.enqueue(ALREADY), cancel: resolve })
    return { content, stopped }
  },
  "an iterator"() {
    const { promise: stopped, resolve } = Promise.withResolvers<void>()
    const never = Promise.withResolvers<IteratorResult<Uint8Array>>().promise
    let given = 0
    const next = () => (given++ === 0 ? Promise.resolve({ done: false, value: ALREADY }) : never)
    const end = () => (resolve(), Promise.resolve({ done: true, value: undefined } as const))
    return { content: { [Symbol.asyncIterator]: () => ({ next, return: end }) }, stopped }
  },
}

type SendWay = "send" | "sendToMany"

const sendFile = (sim: SimulatedWeCom, way: SendWay, content: MediaContent, options: SendOptions) =>
  sim.wecom[way]({ users: ["zhangsan"], mobiles: ["13800000002"] }, file({ content, filename: "a.txt" }), options)

interface Abortable {
  readonly signal: AbortSignal
}

/** Nothing of the message may have left. */
async function nothingSent(sim: SimulatedWeCom): Promise<void> {
  assert.deepEqual([await sim.calls("media/upload"), await sim.calls("message/send")], [[], []])
}

for (const [kind, stalled] of Object.entries(STALLED)) {
  for (const way of ["send", "sendToMany"] as const) {
    // proves 11.S11: a file that stalls
    test(`${way} with ${kind} that stalls comes back at totalTimeoutMs, the stream stopped and nothing sent`, async () => {
      await using sim = await simulatedWeCom({ clock: systemClock })
      const { content, stopped } = stalled()
      const { code, result } = await rejected(sendFile(sim, way, content, { totalTimeoutMs: 300 }))
      assert.equal(code, "deadline")
      assert.deepEqual(
        result?.recipients.map(({ state }) => state),
        ["failed", "failed"],
      )
      await stopped
      await nothingSent(sim)
    })
  }

  // proves 11.S11: a file that stalls
  test(`an abort ends send with ${kind} that stalls, and upload and dryRun as well`, async () => {
    await using sim = await simulatedWeCom()
    for (const start of [
      (content: MediaContent, options: Abortable) => sendFile(sim, "send", content, options),
      (content: MediaContent, options: Abortable) =>
        sim.wecom.send({ users: ["zhangsan"] }, file({ content, filename: "a.txt" }), { ...options, dryRun: true }),
      (content: MediaContent, options: Abortable) =>
        sim.wecom.media.upload("file", content, { ...options, filename: "a.txt" }),
    ]) {
      const { content, stopped } = stalled()
      const controller = new AbortController()
      const ended = rejected(start(content, { signal: controller.signal }))
      await sleep(20)
      controller.abort()
      assert.equal((await ended).code, "aborted")
      await stopped
    }
    await nothingSent(sim)
  })

  // proves 11.S11: a file that stalls
  test(`${kind} that gives nothing for sourceTimeoutMs is a fault that names it, in both languages`, async () => {
    await using sim = await simulatedWeCom({ sourceTimeoutMs: 200 })
    const { content, stopped } = stalled()
    const { code, faults } = await rejected(sendFile(sim, "send", content, {}))
    assert.equal(code, "invalid_input")
    const [fault] = faults
    assert.ok(fault !== undefined)
    assert.match(describeFault(fault, "en"), /^file\.media_id gave nothing for 0\.2 seconds; .*sourceTimeoutMs/)
    assert.match(describeFault(fault, "zh"), /^file\.media_id 在 0\.2 秒内没有给出任何数据.*sourceTimeoutMs/)
    await stopped
    await nothingSent(sim)
  })
}

suite("reading within limits", () => {
  test("a stream that is slow and never silent for too long is read to its end", async () => {
    await using sim = await simulatedWeCom({ sourceTimeoutMs: 1000 })
    assert.ok((await sendFile(sim, "send", slow(), {})).ok)
  })

  // proves 11.S11: a file that stalls
  test("an iterator by hand that answers without a promise is read like any other", async () => {
    await using sim = await simulatedWeCom()
    const pieces = [TEXT, TEXT].values()
    const content = { [Symbol.asyncIterator]: () => ({ next: () => pieces.next() }) }
    assert.ok((await sendFile(sim, "send", content as unknown as AsyncIterable<Uint8Array>, {})).ok)
  })

  test("what a stalled stream had given leaves no file behind", async (t) => {
    await using folder = await aFolder()
    const before = process.env["TMPDIR"]
    process.env["TMPDIR"] = folder.path
    t.after(() => {
      if (before === undefined) delete process.env["TMPDIR"]
      else process.env["TMPDIR"] = before
    })
    for (const stalled of Object.values(STALLED)) {
      const source = { content: stalled().content, filename: "a.txt" }
      const examined = await examine("file", source, "here", { stallMs: 100 })
      assert.ok("faults" in examined)
      assert.deepEqual(await readdir(folder.path), [])
    }
  })

  // proves 11.S11: a file that stalls
  test("a named pipe whose writer stalls ends with the send's time", async () => {
    await using folder = await aFolder()
    await using sim = await simulatedWeCom({ clock: systemClock })
    const path = join(folder.path, "pipe")
    execFileSync("mkfifo", [path])
    await using writer = await open(path, constants.O_RDWR)
    await writer.write("the beginning")
    const { code } = await rejected(sim.wecom.send({ users: ["zhangsan"] }, file({ path }), { totalTimeoutMs: 300 }))
    assert.equal(code, "deadline")
    await nothingSent(sim)
  })

  // proves 11.S11: a file that stalls
  test("a blob that stalls while it is read for its hash or for its upload holds no caller beyond its limits", async () => {
    await using sim = await simulatedWeCom({ clock: systemClock })
    const known = new File([TEXT], "a.txt")
    await sim.wecom.media.upload("file", known)
    const blob = new StallingFile([TEXT], "a.txt")
    const sends = [100, 200, 300].flatMap((totalTimeoutMs) =>
      (["send", "sendToMany"] as const).map((way) => rejected(sendFile(sim, way, blob, { totalTimeoutMs }))),
    )
    const options = { totalTimeoutMs: 200, dryRun: true } as const
    const plan = rejected(sim.wecom.send({ users: ["zhangsan"] }, file(blob), options))
    assert.deepEqual(new Set((await Promise.all([...sends, plan])).map(({ code }) => code)), new Set(["deadline"]))
    assert.equal((await sim.calls("message/send")).length, 0)
  })
})

async function* slow() {
  for (let piece = 0; piece < 25; piece++) {
    await sleep(50)
    yield TEXT
  }
}

class StallingFile extends File {
  override stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream()
  }
}
