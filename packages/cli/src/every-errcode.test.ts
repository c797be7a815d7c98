import assert from "node:assert/strict"
import { join } from "node:path"
import { test } from "node:test"
import { classifyErrcode, errcodeEntries } from "@wecom-push/protocol"
import type { ErrcodeEntry } from "@wecom-push/protocol"
import { mayNameOneRecipient } from "@wecom-push/protocol/delivery"
import { startBench } from "./testing/try-command.ts"
import type { Bench, Ran } from "./testing/try-command.ts"

/** One recipient alone is to blame: WeCom says so, or the call is halved until it names only that one. */
function isRecipientsFault({ errcode }: ErrcodeEntry): boolean {
  return errcode === 81013 || mayNameOneRecipient(errcode)
}

async function sendMeeting(bench: Bench, errcode: number, language: string, more: readonly string[]): Promise<Ran> {
  await bench.control("DELETE", "faults")
  await bench.fault({ path: "message/send", kind: "errcode", errcode, times: 1000 })
  const argv = ["send", "--user", "zhangsan", "--text", "x", "--lang", language, ...more]
  // Each code meets a command that remembers nothing, as the first of the day.
  return bench.run(argv, { env: { XDG_CACHE_HOME: join(bench.folder, `cache${errcode}${language}${more.length}`) } })
}

test("whatever code WeCom refuses a message with: its exit code, its number, and what to do in both languages", async () => {
  await using bench = await startBench()
  for (const entry of errcodeEntries()) {
    const { errcode } = entry
    const expected = isRecipientsFault(entry) ? 1 : 3
    const json = await sendMeeting(bench, errcode, "en", ["--json"])
    assert.equal(json.code, expected, `exit of ${errcode}: ${json.stdout}`)
    const [recipient] = json.json.recipients
    assert.equal(recipient?.errcode ?? json.json.error?.errcode, errcode)
    assert.equal(recipient?.state, expected === 1 ? "invalid" : "failed", String(errcode))
    const zh = await sendMeeting(bench, errcode, "zh", [])
    assert.equal(zh.code, expected)
    assert.match(zh.stderr, /\p{Script=Han}.*[。）]/u, `${errcode}: ${zh.stderr}`)
    if (expected === 3) assert.match(zh.stderr, new RegExp(`errcode ${errcode}`))
    if (expected === 3 && classifyErrcode(errcode, "message/send").class !== "token")
      assert.ok(zh.stderr.includes(entry.todo.zh), String(errcode))
  }
})

test("doctor --code explains every code of the catalogue in both languages, without asking WeCom", async () => {
  await using bench = await startBench()
  for (const { errcode, name, meaning, todo } of errcodeEntries()) {
    for (const language of ["en", "zh"] as const) {
      const ran = await bench.run(["doctor", "--code", String(errcode), "--lang", language], { blank: true })
      assert.equal(ran.code, 0)
      for (const part of [String(errcode), name, meaning[language], todo[language]])
        assert.ok(ran.stdout.includes(part))
    }
  }
  assert.deepEqual(await bench.calls("gettoken"), [])
})

test("doctor --code tells of an unknown code where to look it up", async () => {
  await using bench = await startBench()
  const ran = await bench.run(["doctor", "--code", "12345678", "--json"], { blank: true })
  assert.equal(ran.code, 0)
  assert.equal(ran.json["known"], false)
  assert.match(ran.stdout, /devtool\/query\?e=12345678/)
  assert.equal((await bench.run(["doctor", "--code", "60020x"], { blank: true })).code, 2)
})
