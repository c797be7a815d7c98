import assert from "node:assert/strict"
import { mkdtempDisposable, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { suite, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { testConnection } from "../../store/postgres/testing/test-connection.ts"
import { startSeveral } from "./testing/start-several.ts"
import { AT_WORK, StillGateway } from "./testing/still-gateway.ts"

suite("a gateway that hangs while it is at work on a message", { concurrency: 2 }, () => {
  // proves N2: a node that is stopped
  test("N2: stopped before the first byte of a call, and resumed when another gateway has made it, it does not make it again", async () => {
    await using several = await startSeveral(0)
    await using still = await StillGateway.start(several, "send.before_write")
    await still.standsUntilSent(several)
    still.process.kill("SIGCONT")
    await still.isSeenToResume()
    assert.equal((await several.calls("/message/send")).length, 1)
    assert.equal((await several.phone("zhangsan")).length, 1)
  })

  // proves N2: a stopped node that had begun
  test("N2: stopped once the database has stored that a call begins, it does not make it either, before it knows who has the message", async () => {
    await using several = await startSeveral(0)
    await using still = await StillGateway.start(several, "begin.after_commit")
    await still.standsUntilSent(several)
    const locker = testConnection({ connectionString: several.url })
    await using _ = { [Symbol.asyncDispose]: () => locker.end() }
    await locker.query("begin; lock table wecom_push_jobs.job in exclusive mode")
    still.process.kill("SIGCONT")
    await sleep(3000)
    await locker.query("rollback")
    await still.isSeenToResume()
    assert.equal((await several.calls("/message/send")).length, 1)
    assert.equal((await several.phone("zhangsan")).length, 1)
  })

  // proves 29.P6: a node frozen while it asks for a token
  test("P6: stopped while it asks for a token, it holds up no other gateway for more than seconds", async () => {
    await using several = await startSeveral(0)
    await using still = await StillGateway.start(several, "token.after_reply")
    const id = await still.standsWith(AT_WORK)
    await several.start()
    const another = { ...AT_WORK, text: { content: "another" } }
    const { json } = await several.request(0, "/v1/messages", { body: another })
    const from = performance.now()
    await several.until(0, json.id, "sent")
    // 8 s on an idle machine; earlier versions took 90 to 150 s.
    assert.ok(performance.now() - from < 40_000)
    await several.until(0, id, "sent")
    assert.equal((await several.calls("/gettoken")).length, 2)
  })

  // proves N11: an event loop that hangs
  test("N11: its event loop blocked with an answer of WeCom in hand, it finds its message taken over, and changes nothing of what was stored", async () => {
    await using several = await startSeveral(0)
    await using folder = await mkdtempDisposable(join(tmpdir(), "wecom-push-still-"))
    const file = join(folder.path, "go on")
    await using still = await StillGateway.start(several, "settle.before_commit", file)
    const id = await still.standsWith(AT_WORK)
    await several.start()
    const before = await several.until(0, id, "sent")
    await writeFile(file, "")
    await still.isSeenToResume()
    assert.deepEqual(await several.until(0, id, "sent"), before)
    const calls = await several.calls("/message/send")
    assert.equal(new Set(calls.map((call) => call["sha256"])).size, 1, "the same bytes")
    assert.equal((await several.phone("zhangsan")).length, 1)
  })
})
