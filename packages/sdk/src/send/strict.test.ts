import assert from "node:assert/strict"
import { suite, test } from "node:test"
import type { AppMessage } from "@wecom-push/protocol"
import { ODD_MESSAGES, REFUSED_MESSAGES, withTaskId } from "../../../protocol/src/testing/odd-messages.ts"
import type { OddMessage } from "../../../protocol/src/testing/odd-messages.ts"
import { shared } from "../../../../tools/testing/shared.ts"
import { file, text, textCard } from "../builders.ts"
import type { Warning } from "../warning.ts"
import type { SendOptions } from "./send.ts"
import { rejected } from "../testing/rejected.ts"
import { simulatedWeCom } from "../testing/simulated-wecom.ts"
import type { SimulatedWeCom } from "../testing/simulated-wecom.ts"

const TO = { users: ["zhangsan"] }
let sends = 0

suite("odd messages", () => {
  const sim = shared(async (resources) => {
    const started = resources.use(await simulatedWeCom())
    await started.settings({ unknown_media: "accept", safe_news: "ignore" })
    return started
  })

  for (const { what, message, warned, isLoss } of ODD_MESSAGES) {
    if (isLoss === undefined) {
      // proves 11.B32: what WeCom is not known to refuse
      test(`${what} goes out with a warning, strict or not`, async () => {
        for (const strict of [true, false]) {
          const { ok, warnings = [] } = await sendOdd(sim(), message, { strict })
          assert.deepEqual([ok, ...pathsOf(warnings)], [true, ...warned])
          assert.ok(warnings.every(({ tolerated }) => tolerated === undefined))
        }
      })
      continue
    }
    // proves 11.B30: strict
    test(`${what} is refused, and goes out with a warning where strict is off`, async () => {
      const error = await rejected(sendOdd(sim(), message, {}))
      assert.deepEqual([error.code, ...pathsOf(error.faults)], ["invalid_input", ...warned])
      const { ok, warnings = [] } = await sendOdd(sim(), message, { strict: false })
      assert.deepEqual([ok, ...pathsOf(warnings)], [true, ...warned])
      assert.ok(warnings.every(({ tolerated }) => tolerated === true))
    })
  }

  for (const { what, message, errcode } of REFUSED_MESSAGES) {
    // proves 11.B30: strict
    test(`${what} is refused with ${errcode}, strict or not`, async () => {
      for (const strict of [true, false]) {
        const error = await rejected(sendOdd(sim(), message, { strict }))
        assert.deepEqual([error.code, error.faults[0]?.errcode], ["invalid_input", errcode])
      }
    })
  }
})

suite("strict", () => {
  // proves 11.B30: strict
  test("is an option of the client and of each send, which wins", async () => {
    await using sim = await simulatedWeCom()
    const long = text("x".repeat(2049))
    const lenient = sim.another({ strict: false })
    assert.equal((await lenient.send(TO, long)).ok, true)
    assert.equal((await rejected(lenient.send(TO, long, { strict: true }))).code, "invalid_input")
    assert.equal((await rejected(sim.wecom.send(TO, long))).code, "invalid_input")
    assert.equal((await sim.wecom.send(TO, long, { strict: false })).ok, true)
  })

  // proves 11.B30: strict
  test("off leaves the cut to WeCom, unless overflow says something", async () => {
    await using sim = await simulatedWeCom()
    const long = text("x".repeat(3000))
    const send = (options: SendOptions) => sim.wecom.send(TO, long, { strict: false, ...options })
    await send({})
    assert.equal(contentOf((await sim.calls()).at(-1)?.body).length, 3000)
    assert.equal((await rejected(send({ overflow: "reject" }))).faults[0]?.rule, "too_long")
    const { warnings } = await send({ overflow: "truncate" })
    assert.deepEqual([contentOf((await sim.calls()).at(-1)?.body).length, warnings], [2048, undefined])
    await send({ overflow: "split" })
    assert.equal((await sim.calls()).length, 4)
  })

  test("off with overflow reject still takes what no overflow is about", async () => {
    await using sim = await simulatedWeCom()
    const message = textCard({ title: "请假", description: "两天", url: "https://a.example.com" })
    const result = await sim.wecom.send(TO, { ...message, safe: 1 } as AppMessage, {
      strict: false,
      overflow: "reject",
    })
    assert.deepEqual([result.ok, ...pathsOf(result.warnings ?? [])], [true, "safe"])
  })

  test("is true or false", async () => {
    await using sim = await simulatedWeCom()
    const options = { strict: "false" } as unknown as SendOptions
    assert.deepEqual(pathsOf((await rejected(sim.wecom.send(TO, text("a"), options))).faults), ["strict"])
    assert.throws(() => sim.another({ strict: 0 as unknown as boolean }), { code: "invalid_input" })
  })

  test("off does not let through text that does not arrive as it is", async () => {
    await using sim = await simulatedWeCom()
    for (const bad of ["a\0", "a\ud800"]) {
      const error = await rejected(sim.wecom.send(TO, text(bad), { strict: false }))
      assert.deepEqual(pathsOf(error.faults), ["text.content"])
    }
  })

  test("warnings are in the client's language, also of a dry run, of a long send, and of what failed for everybody", async () => {
    await using sim = await simulatedWeCom({ strict: false, language: "zh" })
    const long = text("x".repeat(2049))
    const told = [
      await sim.wecom.send(TO, long),
      await sim.wecom.send(TO, long, { dryRun: true }),
      await sim.wecom.sendToMany(TO, long),
    ]
    await sim.fault({ path: "message/send", kind: "errcode", errcode: 48002 })
    const failed = await rejected(sim.wecom.send(TO, long))
    for (const result of [...told, failed.result]) {
      assert.match(
        result?.warnings?.[0]?.message ?? "",
        /^text\.content 有 2049 字节；超过 2048 字节的部分会被企业微信截断/,
      )
    }
  })

  // proves 11.B30: strict
  test("off goes for the change of a card too", async () => {
    await using sim = await simulatedWeCom()
    const message = withTaskId({ msgtype: "template_card", template_card: BUTTONS } as const, "card-1")
    const { calls } = await sim.wecom.send(TO, message)
    const changed = { ...BUTTONS, task_id: "card-1", source: { desc_color: 4 } as object, replace_text: "已处理" }
    const update = { template_card: changed as typeof BUTTONS }
    const code = calls[0]?.response_code ?? ""
    assert.deepEqual(pathsOf((await rejected(sim.wecom.updateCard(code, update))).faults), [
      "template_card.source.desc_color",
    ])
    const { warnings = [] } = await sim.another({ strict: false }).updateCard(code, update)
    assert.deepEqual(pathsOf(warnings), ["template_card.source.desc_color", "template_card.task_id"])
  })
})

suite("a file that goes with safe is of a documented kind", () => {
  for (const strict of [true, false]) {
    // proves 11.B33: files that go with safe
    test(`with strict ${strict}`, async () => {
      await using sim = await simulatedWeCom()
      const content = Buffer.from("a file of some length")
      const send = (filename: string, safe: 0 | 1) =>
        sim.wecom.send(TO, file({ content, filename }, { safe }), { strict })
      const error = await rejected(send("日志.zip", 1))
      assert.deepEqual(
        error.faults.map(({ path, rule, file: name }) => [path, rule, name]),
        [["file.media_id", "unsafe_file", "日志.zip"]],
      )
      assert.equal((await sim.calls("media/upload")).length, 0)
      assert.equal((await send("日志.txt", 1)).ok, true)
      assert.equal((await send("日志.zip", 0)).ok, true)
    })
  }
})

const BUTTONS = {
  card_type: "button_interaction",
  task_id: "t",
  main_title: { title: "上线？" },
  button_list: [{ text: "同意", key: "a" }],
} as const

function sendOdd({ wecom }: SimulatedWeCom, message: OddMessage["message"], options: SendOptions) {
  sends++
  return wecom.send(TO, withTaskId(message, `odd-${sends}`) as unknown as AppMessage, options)
}

function pathsOf(faults: readonly Pick<Warning, "path">[]): string[] {
  return faults.map(({ path }) => path)
}

function contentOf(body: unknown): string {
  return (body as { text: { content: string } }).text.content
}
