import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../tools/testing/shared.ts"
import { PNG } from "../../../simulator/src/testing/sample-media.ts"
import { startBench } from "../testing/try-command.ts"

suite("send --robot", () => {
  const bench = shared(async (resources) => resources.use(await startBench()))
  const run = (argv: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    bench().run(["send", ...argv], { blank: true, env: { WECOM_API_BASE_URL: bench().url, ...more } })
  const shown = async () => (await bench().shown()).filter(({ userid }) => userid === "lisi").map(({ body }) => body)

  // proves 32.robot: the command, with a key and without
  test("takes the key as a value, as a whole address, from the environment and from a file", async () => {
    const file = await bench().file("key.txt", "sim-robot\n")
    const address = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=sim-robot"
    for (const [argv, env] of [
      [["--robot", "sim-robot"], {}],
      [["--robot", address], {}],
      [["--robot"], { WECOM_ROBOT_KEY: address }],
      [["--robot"], { WECOM_ROBOT_KEY_FILE: file }],
    ] as const) {
      const { code, json } = await run([...argv, "--text", "你好", "--json"], env)
      assert.equal(code, 0)
      assert.deepEqual(
        json.recipients.map(({ type, address, state }) => [type, address, state]),
        [["robot", "robot", "sent"]],
      )
    }
    assert.equal((await shown()).length, 4)
  })

  test("sends markdown_v2 and a picture, and a dry run sends nothing", async () => {
    const picture = await bench().file("a.png", PNG)
    assert.equal((await run(["--robot", "sim-robot", "--markdown-v2", "| a |\n| - |\n| b |"])).code, 0)
    assert.equal((await run(["--robot", "sim-robot", "--image", picture])).code, 0)
    const before = (await shown()).length
    const dry = await run(["--robot", "sim-robot", "--text", "x", "--dry-run"])
    assert.deepEqual([dry.code, (await shown()).length], [0, before])
    assert.match(dry.stdout, /POST webhook\/send \{"msgtype":"text"/)
    assert.deepEqual(
      (await shown()).slice(-2).map(({ msgtype }) => msgtype),
      ["markdown_v2", "image"],
    )
  })

  for (const [title, argv, path] of [
    ["no key", ["--robot", "--text", "x"], "WECOM_ROBOT_KEY"],
    ["an address of another host", ["--robot", "https://evil.example/?key=CANARY", "--text", "x"], "--robot"],
    ["another recipient", ["--robot", "sim-robot", "--user", "lisi", "--text", "x"], "--user"],
    ["a text over the limit", ["--robot", "sim-robot", "--text", "a".repeat(2049)], "text.content"],
    ["a type that robots do not have", ["--robot", "sim-robot", "--textcard", "{}"], "--textcard"],
    ["a file of a type that robots do not have", ["--robot", "sim-robot", "--video", "gone.mp4"], "--template-card"],
  ] as const) {
    test(`${title} is exit code 2, and names it`, async () => {
      const { code, stdout, stderr } = await run([...argv, "--json"])
      assert.equal(code, 2, stderr)
      assert.match(stdout + stderr, new RegExp(path.replace(/[-.]/g, String.raw`\$&`)))
      assert.doesNotMatch(stdout + stderr, /CANARY/)
    })
  }

  // proves 32.robot: exit codes say whether repeating is safe
  test("a wrong key is exit code 3, and a lost answer 4", async () => {
    const wrong = await run(["--robot", "CANARY", "--text", "x"])
    assert.equal(wrong.code, 3)
    assert.doesNotMatch(wrong.stdout + wrong.stderr, /CANARY/)
    await bench().fault({ path: "webhook/send", kind: "reset_after" })
    assert.equal((await run(["--robot", "sim-robot", "--text", "x"])).code, 4)
  })
})
