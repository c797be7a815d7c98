import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { inspect } from "node:util"
import { startSimulator } from "@wecom-push/simulator"
import type { Simulator } from "@wecom-push/simulator"
import { file, image, markdown, markdownV2, news, templateCard, text, voice } from "../builders.ts"
import { memoryMediaStore } from "../media/memory-media-store.ts"
import { closedPort, httpAnswer, startRawServer } from "../testing/raw-server.ts"
import { rejected } from "../testing/rejected.ts"
import { leapingClock } from "../testing/leaping-clock.ts"
import { SAMPLES } from "../testing/sample-media.ts"
import { Robot } from "./robot.ts"
import type { RobotOptions } from "./robot.ts"
import type { SendableRobotMessage } from "./robot-message.ts"

const KEY = "sim-robot"
const url = "https://example.com/a"
const card = {
  card_type: "text_notice",
  main_title: { title: "磁盘" },
  card_action: { type: 1, url },
} as const

interface Bench extends AsyncDisposable {
  readonly sim: Simulator
  readonly robot: Robot
  readonly advance: (seconds: number) => void
}

async function bench(options: Partial<RobotOptions> = {}): Promise<Bench> {
  const sim = await startSimulator()
  const clock = leapingClock()
  const robot = new Robot({ key: KEY, baseUrl: sim.url, clock, ...options })
  return {
    sim,
    robot,
    advance: (seconds) => {
      clock.advance(seconds * 1000)
      sim.advance(seconds)
    },
    [Symbol.asyncDispose]: async () => {
      await robot.close()
      await sim.close()
    },
  }
}

const shownOf = (sim: Simulator) => sim.messages({ userid: "lisi" }).map(({ body }) => body)

suite("Robot", () => {
  const types: Readonly<Record<string, SendableRobotMessage>> = {
    text: { msgtype: "text", text: { content: "发布完成", mentioned_list: ["zhangsan", "@all"] } },
    markdown: markdown("**91%**"),
    markdown_v2: markdownV2("| a |\n| - |\n| b |"),
    image: image(SAMPLES.image),
    news: news([{ title: "周报", url }]),
    file: file({ content: SAMPLES.file, filename: "日志.txt" }),
    voice: voice({ content: SAMPLES.voice, filename: "a.amr" }),
    template_card: templateCard(card),
  }
  for (const [type, message] of Object.entries(types)) {
    // proves 32.robot: each type, from the SDK to the phones of the group
    test(`${type} reaches the group`, async () => {
      await using world = await bench()
      const result = await world.robot.send(message)
      assert.deepEqual(result, {
        ok: true,
        recipients: [{ type: "robot", address: "robot", state: "sent" }],
        calls: [{ errcode: 0 }],
      })
      const [shown] = shownOf(world.sim)
      assert.equal(shown?.msgtype, type)
      const sent: unknown = Reflect.get(message, type)
      if (!["image", "file", "voice"].includes(type)) assert.deepEqual(Reflect.get(shown ?? {}, type), sent)
    })
  }

  test("a file is uploaded once for a robot, and again for another", async () => {
    const store = memoryMediaStore()
    await using world = await bench({ mediaStore: store })
    await world.sim.replaceOrg({ ...world.sim.org, robots: [...world.sim.org.robots, { key: "other" }] })
    await using other = new Robot({ key: "other", baseUrl: world.sim.url, mediaStore: store })
    const report = { content: SAMPLES.file, filename: "report.txt" }
    const { mediaId, reused } = await world.robot.upload("file", report)
    assert.equal(reused, false)
    assert.equal((await world.robot.upload("file", report)).mediaId, mediaId)
    assert.notEqual((await other.upload("file", report)).mediaId, mediaId)
    assert.equal((await world.robot.send(file(mediaId))).ok, true)
    assert.equal((await rejected(other.send(file(mediaId)))).errcode, 40007)
  })

  test("a picture over 2 MB, a GIF and another kind of upload are refused before any request", async () => {
    await using world = await bench()
    const large = new Uint8Array(2 * 1024 * 1024 + 1)
    large.set(SAMPLES.image)
    for (const picture of [large, new TextEncoder().encode("GIF89a, or so")]) {
      const { code, faults } = await rejected(world.robot.send(image(picture)))
      assert.deepEqual([code, faults[0]?.path], ["invalid_input", "image.media_id"])
    }
    // @ts-expect-error -- for callers without a compiler
    assert.equal((await rejected(world.robot.upload("image", SAMPLES.image))).code, "invalid_input")
    assert.deepEqual(shownOf(world.sim), [])
  })

  test("every fault of a message is named before any request", async () => {
    await using world = await bench()
    const long = { msgtype: "text", text: { content: "a".repeat(2049), mentioned_list: [""] } } as const
    const { code, faults } = await rejected(world.robot.send(long))
    assert.equal(code, "invalid_input")
    assert.deepEqual(
      faults.map(({ path, limit }) => [path, limit]),
      [
        ["text.content", 2048],
        ["text.mentioned_list[0]", undefined],
      ],
    )
  })

  for (const [type, message] of [
    ["text", text("日志 ".repeat(500))],
    ["markdown", markdown("日志 ".repeat(1000))],
    ["markdown_v2", markdownV2("日志 ".repeat(1000))],
  ] as const) {
    test(`${type} over the limit is refused, cut, or sent in parts`, async () => {
      await using world = await bench()
      assert.equal((await rejected(world.robot.send(message))).code, "invalid_input")
      await world.robot.send(message, { overflow: "truncate" })
      assert.equal(shownOf(world.sim).length, 1)
      const { calls } = await world.robot.send(message, { overflow: "split" })
      assert.equal(calls.length, shownOf(world.sim).length - 1)
      assert.ok(calls.length >= 2)
    })
  }

  test("a dry run tells the calls and sends nothing", async () => {
    await using world = await bench()
    const plan = await world.robot.send(file({ content: SAMPLES.file, filename: "a.txt" }), { dryRun: true })
    assert.deepEqual(
      plan.uploads.map(({ filename }) => filename),
      ["a.txt"],
    )
    assert.deepEqual(plan.calls, [{ body: '{"msgtype":"file","file":{"media_id":"<media_id>"}}' }])
    assert.deepEqual([shownOf(world.sim), plan.recipients[0]?.state], [[], "planned"])
  })

  // proves 32.robot: 45009 closes it for a minute
  test("after 45009 nothing is asked of WeCom for a minute", async () => {
    await using world = await bench()
    for (let n = 0; n < 20; n++) await world.robot.send(text(`${n}`))
    const first = await rejected(world.robot.send(text("x")))
    assert.deepEqual([first.errcode, first.class, first.retryAfterMs], [45009, "throttled", 60_000])
    world.sim.fault({ path: "webhook/send", kind: "errcode", errcode: 40058 })
    world.advance(59)
    const second = await rejected(world.robot.send(text("x")))
    assert.deepEqual([second.errcode, second.retryAfterMs], [45009, 1000])
    assert.match(second.message, /1 s/)
    world.advance(1)
    assert.equal((await rejected(world.robot.send(text("x")))).errcode, 40058)
    assert.equal((await world.robot.send(text("x"))).ok, true)
  })

  // proves 32.robot: 93000 and 93004 say what to do
  test("a wrong key and a robot that was stopped say what to do", async () => {
    await using world = await bench({ language: "zh" })
    await using wrong = new Robot({ key: "another", baseUrl: world.sim.url })
    const removed = await rejected(wrong.send(text("x")))
    assert.deepEqual([removed.errcode, removed.class], [93000, "configuration"])
    assert.match(removed.hint, /Copy the webhook URL again/)
    const robots = world.sim.org.robots.map((robot) => ({ ...robot, state: "stopped" as const }))
    await world.sim.replaceOrg({ ...world.sim.org, robots })
    const stopped = await rejected(world.robot.send(text("x")))
    assert.equal(stopped.errcode, 93004)
    assert.match(stopped.message, /已停用/)
  })

  test("a call whose answer was lost is in doubt and is not repeated", async () => {
    await using world = await bench()
    world.sim.fault({ path: "webhook/send", kind: "reset_after" })
    const { ok, recipients, error } = await world.robot.send(text("x"))
    assert.deepEqual([ok, recipients[0]?.state, error?.code], [false, "in_doubt", "in_doubt"])
    assert.equal(shownOf(world.sim).length, 1)
  })

  test("a busy WeCom is asked again, and a connection that was refused leaves no doubt", async () => {
    await using world = await bench()
    world.sim.fault({ path: "webhook/send", kind: "errcode", errcode: -1 })
    assert.equal((await world.robot.send(text("x"))).ok, true)
    await using away = new Robot({ key: KEY, baseUrl: `http://127.0.0.1:${await closedPort()}`, timeoutMs: 50 })
    const error = await rejected(away.send(text("x")))
    assert.deepEqual([error.code, error.result?.recipients[0]?.state], ["unreachable", "failed"])
  })

  test("the result names the parts that went out before one was refused", async () => {
    await using world = await bench()
    world.sim.fault({ path: "webhook/send", kind: "errcode", errcode: 40058, after: 1 })
    const { ok, calls, error } = await world.robot.send(text("日志 ".repeat(500)), { overflow: "split" })
    assert.deepEqual([ok, calls, error?.errcode], [false, [{ errcode: 0 }, { errcode: 40058 }], 40058])
  })
})

suite("the key of a robot", () => {
  for (const [title, given] of [
    ["alone", KEY],
    ["in the address that WeCom shows", `https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=${KEY}`],
    ["with spaces around it", ` ${KEY}\n`],
  ] as const) {
    test(`is taken ${title}`, async () => {
      await using world = await bench({ key: given })
      assert.equal((await world.robot.send(text("x"))).ok, true)
    })
  }

  test("is taken out of the address of the base URL's own host", async () => {
    await using sim = await startSimulator()
    await using robot = new Robot({ key: `${sim.url}/cgi-bin/webhook/send?key=${KEY}`, baseUrl: sim.url })
    assert.equal((await robot.send(text("x"))).ok, true)
  })

  for (const [title, given, path] of [
    ["an address of another host", `https://qyapi.weixin.qq.com.example/cgi-bin/webhook/send?key=KEYCANARY`, "key"],
    ["an address without a key", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send", "key"],
    ["something else", "KEYCANARY?x", "key"],
    ["nothing", "", "key"],
  ] as const) {
    // proves 32.robot: an address of another host is refused
    test(`${title} is refused, and is in no error`, async () => {
      const error = await rejected(Promise.resolve().then(() => new Robot({ key: given })))
      assert.deepEqual([error.code, error.faults[0]?.path], ["invalid_input", path])
      assert.doesNotMatch(inspect(error, { depth: null }), /CANARY/)
    })
  }

  // proves 32.robot: its key is in no error, hook or view of it
  test("is in no error, no hook and no inspect, also where a server repeats the address", async () => {
    const key = "KEYCANARY-1"
    const told: unknown[] = []
    const repeat = JSON.stringify({ errcode: 93000, errmsg: `bad url /cgi-bin/webhook/send?key=${key}` })
    await using server = await startRawServer({ onRequest: (socket) => socket.write(httpAnswer(repeat)) })
    const note = (event: unknown): void => void told.push(event)
    const hooks = { onRequest: note, onAnswer: note, onFailure: note, onWarning: note }
    for (const baseUrl of [`http://127.0.0.1:${server.port}`, `http://127.0.0.1:${await closedPort()}`]) {
      await using robot = new Robot({ key, baseUrl, hooks, timeoutMs: 100 })
      const error = await rejected(robot.send(text("x")))
      for (const seen of [
        inspect(error, { depth: null }),
        inspect(robot, { depth: null, showHidden: true }),
        JSON.stringify(error),
      ])
        assert.doesNotMatch(seen, /CANARY/)
    }
    assert.doesNotMatch(inspect(told, { depth: null }), /CANARY/)
    assert.match(inspect(told, { depth: null }), /key=\*\*\*/)
  })
})
