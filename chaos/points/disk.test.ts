import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { withMounts, withoutMounts } from "../../packages/gateway/src/store/testing/run-child.ts"
import { pathOf, without } from "../../tools/testing/programs.ts"
import { http } from "../lib/http.ts"
import { userid } from "../world.ts"
import { Rig, until } from "./rig.ts"

const ONE = { users: [userid(1)] }
const noStrace = without("strace", "-D", "-o", "/dev/null", "true")
const noMounts = withoutMounts()

// proves S3: a sync that fails
test(
  "S3: while syncs fail nothing is accepted and /readyz is red; every 202 is there after a kill",
  { skip: noStrace },
  async () => {
    await using rig = await Rig.open()
    const inject = "inject=fsync,fdatasync:error=EIO:when=60..64"
    await rig.start(null, {
      under: [pathOf("strace"), "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync", "-e", inject],
    })
    const accepted: string[] = []
    const refused: string[] = []
    let sawRed = false
    await until("trouble that is over", async () => {
      const topic = `t${accepted.length + refused.length}`
      const reply = await rig.post(topic, ONE)
      if (reply?.status === 202) accepted.push((reply.json as { id: string }).id)
      else {
        assert.equal(reply?.status, 503, reply?.text)
        assert.equal((reply.json as { code: string }).code, "storage_error")
        assert.ok(Number(reply.headers["retry-after"]) > 0)
        refused.push(topic)
        sawRed ||= (await http({ url: `${rig.gateway.url}/readyz` })).status === 503
      }
      return refused.length > 0 && reply.status === 202 ? true : undefined
    })
    assert.ok(sawRed)
    // The faults are counted for each thread, so the last one may hit a request that is sent meanwhile.
    const isReady = async () => (await http({ url: `${rig.gateway.url}/readyz` })).status === 200 || undefined
    await until("a gateway that is ready again", isReady)
    await rig.gateway.kill()
    await rig.start()
    const known = new Set((await rig.messages()).map(({ id }) => id))
    for (const id of accepted) assert.ok(known.has(id), `${id} was accepted and is gone`)
    // The client does not know the outcome: a repeat with the same key gives one message in any case.
    for (const topic of refused) await rig.mustPost(topic, ONE)
    const messages = await rig.messages()
    assert.equal(messages.length, accepted.length + refused.length)
  },
)

// proves S4: a full disk at the door
test(
  "S4, S5: a full disk refuses at the door, keeps reporting and settling, and recovers by itself",
  { skip: noMounts },
  async () => {
    const data = mkdtempSync(join(tmpdir(), "wecom-push-small-disk-"))
    await using rig = await Rig.open({ data })
    await rig.start(null, { under: withMounts(`mount -t tmpfs -o size=12m none ${data}`) })
    const disk = join("/proc", String(rig.gateway.pid), "root", data)
    await rig.fault({ path: "message/send", kind: "slow", delay_ms: 1500, times: 5 })
    const held = await Promise.all(Array.from({ length: 5 }, (_, index) => rig.mustPost(`held${index}`, ONE)))
    await until("five calls in flight", async () => ((await rig.calls()).length >= 6 ? true : undefined))

    fill(disk)
    const refused = await until("a refusal", async () => {
      const reply = await rig.post(
        "t1",
        { users: Array.from({ length: 2500 }, (_, index) => userid(index + 1)) },
        `key-${performance.now()}`,
      )
      return reply?.status === 202 ? undefined : reply
    })
    assert.equal(refused.status, 503, refused.text)
    assert.equal((refused.json as { code: string }).code, "storage_full")
    assert.ok(Number(refused.headers["retry-after"]) > 0)
    assert.equal((await http({ url: `${rig.gateway.url}/readyz` })).status, 503)
    for (const id of held) assert.deepEqual(await rig.outcome(id), ["sent"])

    rmSync(join(disk, "filler"))
    const recovered = await until("space to be used again", async () => {
      const reply = await rig.post("t2", ONE)
      return reply?.status === 202 ? (reply.json as { id: string }).id : undefined
    })
    assert.deepEqual(await rig.outcome(recovered), ["sent"])
    assert.equal((await http({ url: `${rig.gateway.url}/readyz` })).status, 200)
    rmSync(data, { recursive: true, force: true })
  },
)

/** Fills the disk to the last block. */
function fill(disk: string): void {
  mkdirSync(disk, { recursive: true })
  const { bavail, bsize } = statfsSync(disk)
  writeFileSync(join(disk, "filler"), Buffer.alloc(bavail * bsize, "x"))
}
