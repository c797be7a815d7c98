import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { checkChatMessage } from "@wecom-push/protocol"
import { checkContent, checkRobotContent } from "@wecom-push/sdk/internals"
import { shared } from "../../../../tools/testing/shared.ts"
import { startBench } from "../testing/try-command.ts"
import { contentFlags } from "./content-flags.ts"

const STRICT = { strict: true, overflow: undefined }

suite("the content flags in a help", () => {
  const bench = shared(async (resources) => resources.use(await startBench()))

  for (const { command, given, check } of [
    {
      command: ["chat", "send"],
      given: ["simchat"],
      check: (message: unknown) => checkContent(message, STRICT, checkChatMessage),
    },
    {
      command: ["robot", "send"],
      given: ["--robot", "sim-robot"],
      check: (message: unknown) => checkRobotContent(message, STRICT),
    },
  ]) {
    test(`${command.join(" ")} lists those whose type it takes; it refuses each other and names those`, async () => {
      const { stdout } = await bench().run([...command, "--help"])
      const listed: string[] = []
      const taken: string[] = []
      const refused: string[] = []
      for (const { flag, msgtype } of Object.values(contentFlags)) {
        if (new RegExp(`^ +${flag} `, "m").test(stdout)) listed.push(flag)
        const isTaken = !check({ msgtype, [msgtype]: {} }).some(({ path }) => path === "msgtype")
        ;(isTaken ? taken : refused).push(flag)
      }
      assert.deepEqual(listed, taken)
      assert.ok(listed.includes("--text"))
      for (const flag of refused) {
        // The file does not exist, which does not matter where no such file is taken.
        const { code, json } = await bench().run([...command, ...given, flag, "gone", "--json"])
        assert.equal(code, 2)
        assert.deepEqual(
          json.error?.faults.map(({ path }) => path),
          [flag],
        )
        assert.ok(json.error?.faults[0]?.message.includes(` ${listed.join(", ")} `))
      }
    })
  }
  test("of a robot says the limits of robots", async () => {
    const { stdout } = await bench().run(["robot", "send", "--help"])
    assert.match(stdout, /--markdown <text> .*4096/)
    assert.match(stdout, /--image <path> .* 2 MB/)
  })
})
