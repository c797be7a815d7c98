import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { ODD_MESSAGES, REFUSED_MESSAGES, withTaskId } from "../../../protocol/src/testing/odd-messages.ts"
import type { OddMessage } from "../../../protocol/src/testing/odd-messages.ts"
import { shared } from "../../../../tools/testing/shared.ts"
import { startBench } from "../testing/try-command.ts"
import type { Ran } from "../testing/try-command.ts"

const bench = shared(async (resources) => {
  const started = resources.use(await startBench())
  await started.control("PUT", "settings", {
    unknown_media: "accept",
    safe_news: "ignore",
    limits: { member_per_minute: null },
  })
  return started
})
let sends = 0

suite("odd messages through the command", () => {
  for (const { what, message, warned, isLoss } of ODD_MESSAGES) {
    if (isLoss === undefined) {
      // proves 11.B34: one table, four doors
      test(`${what} goes out with a warning, strict or not`, async () => {
        for (const more of [[], ["--no-strict"]]) {
          const ran = await send(message, more)
          assert.deepEqual([ran.code, ...pathsOf(ran.json["warnings"])], [0, ...warned], ran.stdout)
          assert.equal(ran.stderr.match(/warning: /g)?.length, warned.length, ran.stderr)
        }
      })
      continue
    }
    // proves 11.B34: one table, four doors
    test(`${what} is refused, and goes out with a warning after --no-strict`, async () => {
      const refused = await send(message, [])
      assert.deepEqual([refused.code, ...pathsOf(refused.json.error?.faults)], [2, ...warned])
      const ran = await send(message, ["--no-strict"])
      assert.deepEqual([ran.code, ...pathsOf(ran.json["warnings"])], [0, ...warned])
    })
  }

  for (const { what, message, errcode } of REFUSED_MESSAGES) {
    // proves 11.B34: one table, four doors
    test(`${what} is refused with ${errcode}, strict or not`, async () => {
      for (const more of [[], ["--no-strict"]]) {
        const ran = await send(message, more)
        assert.equal(ran.code, 2)
        assert.partialDeepStrictEqual(ran.json.error?.faults, [{ errcode }])
      }
    })
  }
})

suite("--no-strict", () => {
  test("leaves the cut to WeCom and says so in the user's language; an explicit --overflow wins", async () => {
    const argv = ["send", "--user", "zhangsan", "--text", "x".repeat(2049), "--no-strict", "--lang", "zh"]
    const ran = await bench().run(argv)
    assert.equal(ran.code, 0, ran.stderr)
    assert.match(ran.stderr, /text\.content 有 2049 字节；超过 2048 字节的部分会被企业微信截断/)
    assert.equal((await bench().run([...argv, "--overflow", "reject"])).code, 2)
    const cut = await bench().run([...argv, "--overflow", "truncate", "--json"])
    assert.deepEqual([cut.code, cut.json["warnings"]], [0, undefined])
  })

  test("warnings are in the answer of a dry run and of a send that fails for everybody", async () => {
    const argv = ["send", "--json", "--user", "zhangsan", "--text", "x".repeat(2049), "--no-strict"]
    const warning = {
      path: "text.content",
      message: "text.content is 2049 bytes long; WeCom cuts it after 2048. Shorten or split it if you can.",
      rule: "too_long",
      limit: 2048,
      actual: 2049,
    }
    assert.deepEqual((await bench().run([...argv, "--dry-run"])).json["warnings"], [warning])
    await bench().fault({ path: "message/send", kind: "errcode", errcode: 48002, times: 1 })
    const failed = await bench().run(argv)
    assert.deepEqual([failed.code, failed.json["warnings"]], [3, [warning]])
  })
})

test("for a title that is too long --overflow truncate is suggested, and cuts it", async () => {
  const card = JSON.stringify({ title: "x".repeat(129), description: "两天", url: "https://a.example.com" })
  const argv = ["send", "--user", "zhangsan", "--textcard", card]
  const refused = await bench().run(argv)
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /textcard\.title is 129 characters long.*--overflow truncate cuts it/)
  const ran = await bench().run([...argv, "--overflow", "truncate", "--json"])
  assert.equal(ran.code, 0)
  const body = (await bench().shown()).at(-1)?.body["textcard"] as { readonly title: string }
  assert.equal(body.title, "x".repeat(128))
})

test("a file that goes with --safe is of a documented kind, before it is read further", async () => {
  await bench().file("日志.zip", "a file of some length")
  await bench().file("日志.txt", "a file of some length")
  for (const more of [[], ["--no-strict"]]) {
    const ran = await bench().run(["send", "--json", "--user", "zhangsan", "--safe", "--file", "日志.zip", ...more])
    assert.deepEqual([ran.code, ...pathsOf(ran.json.error?.faults)], [2, "--file"])
  }
  assert.equal((await bench().run(["send", "--user", "zhangsan", "--safe", "--file", "日志.txt"])).code, 0)
  assert.equal((await bench().run(["send", "--user", "zhangsan", "--file", "日志.zip"])).code, 0)
})

test("a duplicate check that a pasted sample asks for is not passed over", async () => {
  const card = ODD_MESSAGES.find(({ warned }) => warned[0] === "touser")
  const sample = JSON.stringify({ ...card?.message, enable_duplicate_check: 1 })
  const ran = await bench().run(["send", "--json", "--user", "zhangsan", "--textcard", sample])
  assert.deepEqual([ran.code, ...pathsOf(ran.json.error?.faults)], [2, "enable_duplicate_check"])
  assert.match(ran.json.error?.faults[0]?.message ?? "", /--duplicate-check/)
})

/** A text by its flag, everything else pasted as it is. */
async function send(message: OddMessage["message"], more: readonly string[]): Promise<Ran> {
  sends++
  const { msgtype } = message
  const isText = msgtype === "text" || msgtype === "markdown"
  const value = isText
    ? (message[msgtype] as { readonly content: string }).content
    : JSON.stringify(withTaskId(message, `odd-${sends}`))
  const translates = isText && message["enable_id_trans"] === 1 ? ["--enable-id-trans"] : []
  const flag = `--${msgtype.replace("_", "-")}`
  return bench().run(["send", "--json", "--user", "zhangsan", flag, value, ...translates, ...more])
}

function pathsOf(faults: unknown): string[] {
  return ((faults ?? []) as readonly { readonly path: string }[]).map(({ path }) => path)
}
