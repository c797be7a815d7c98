import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { promisify } from "node:util"
import { text } from "../builders.ts"
import { systemClock } from "../clock.ts"
import { rejected } from "../testing/rejected.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"
import { fetchTransport } from "../transport-fetch.ts"
import { httpsTransport } from "../transport-https.ts"
import type { Transport } from "../transport.ts"

/** More than the buffers on the way hold, so that it is not all there before anybody reads. */
const LARGE = new Uint8Array(20 * 1024 * 1024 - 1)
const UNREAD = 150

const WAYS: Readonly<Record<string, () => { readonly transport?: Transport }>> = {
  undici: () => ({}),
  "node:https": () => ({ transport: httpsTransport() }),
  fetch: () => ({ transport: fetchTransport() }),
}

const PROGRAM = `
  import { WeCom } from "@wecom-push/sdk"
  const [, baseUrl, mediaId] = process.argv
  const app = { baseUrl, corpId: "ww0000000000000001", secret: "sim-secret-alerts", agentId: 1000002 }
  const controller = new AbortController()
  await new WeCom(app).media.get(mediaId, { signal: controller.signal })
  controller.abort()
`

// proves 11.S15: downloads that are not read
test("a download that was aborted and never read keeps no process", async () => {
  await using sim = await simulatedWeCom()
  const { mediaId } = await sim.wecom.media.upload("file", { content: LARGE, filename: "a.bin" })
  const argv = ["--conditions=wecom-push-source", "--input-type=module", "-e", PROGRAM, sim.url, mediaId]
  // Less than the time for which a download may lie unread.
  await promisify(execFile)(process.execPath, argv, { cwd: import.meta.dirname, timeout: 30_000 })
})

for (const [way, options] of Object.entries(WAYS)) {
  suite(`by ${way}`, () => {
    // proves 11.S15: downloads that are not read
    test(`${UNREAD} unread downloads cost no send, and after downloadIdleMs no download either`, async (t) => {
      const { transport } = options()
      t.after(() => transport?.close())
      const own = transport === undefined ? {} : { transport }
      await using sim = await simulatedWeCom({ clock: systemClock, downloadIdleMs: 1000, ...own })
      const { mediaId } = await sim.wecom.media.upload("file", { content: LARGE, filename: "a.bin" })
      const opened = Array.from({ length: UNREAD }, () => sim.wecom.media.get(mediaId))
      await Promise.any(opened)
      const startedAt = performance.now()
      assert.ok((await sim.wecom.send({ users: ["zhangsan"] }, text("你好"))).ok)
      // The patience of a send is 20 s.
      assert.ok(performance.now() - startedAt < 18_000)
      // Each waits for its connection until others have lost theirs.
      const downloads = await Promise.all(opened)
      await sleep(1500)
      for (const { body } of downloads) {
        const { code, message, hint } = await rejected(new Response(body).text())
        assert.equal(code, "deadline")
        assert.match(message, /The download was not read for 1 seconds/)
        assert.match(hint, /downloadIdleMs/)
      }
    })

    // proves 11.S15: downloads that are not read
    test("a reader that takes its time, and never longer than downloadIdleMs, gets every byte", async (t) => {
      const { transport } = options()
      t.after(() => transport?.close())
      const own = transport === undefined ? {} : { transport }
      await using sim = await simulatedWeCom({ downloadIdleMs: 1000, ...own })
      const { mediaId } = await sim.wecom.media.upload("file", { content: LARGE, filename: "a.bin" })
      const { body } = await sim.wecom.media.get(mediaId)
      let receivedBytes = 0
      let pauses = 20
      for await (const chunk of body) {
        receivedBytes += chunk.byteLength
        if (pauses-- > 0) await sleep(100)
      }
      assert.equal(receivedBytes, LARGE.byteLength)
    })
  })
}
