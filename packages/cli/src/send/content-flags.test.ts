import assert from "node:assert/strict"
import { suite, test } from "node:test"
import { shared } from "../../../../tools/testing/shared.ts"
import { startBench } from "../testing/try-command.ts"
import { contentFlags } from "./content-flags.ts"

const MP4 = Buffer.from("\0\0\0\x18ftypisom\0\0\x02\0isommp42\0\0\0\x08mdat", "latin1")

suite("the content flags in a help", () => {
  const bench = shared(async (resources) => resources.use(await startBench()))

  for (const { command, given } of [
    { command: ["chat", "send"], given: ["simchat"] },
    { command: ["robot", "send"], given: ["--robot", "sim-robot"] },
  ]) {
    test(`${command.join(" ")} lists those whose type it takes, and no other`, async () => {
      const { stdout } = await bench().run([...command, "--help"])
      const listed: string[] = []
      const taken: string[] = []
      for (const { flag, takes } of Object.values(contentFlags)) {
        if (new RegExp(`^ +${flag} `, "m").test(stdout)) listed.push(flag)
        // Far from complete, so that only a type that is not taken is refused for its type.
        const value = takes === "json" ? "{}" : await bench().file("content", MP4)
        const { json } = await bench().run([...command, ...given, flag, value, "--dry-run", "--json"])
        const faults = json.error?.faults ?? []
        if (!faults.some(({ path }) => path === "msgtype")) taken.push(flag)
      }
      assert.deepEqual(listed, taken)
      assert.ok(listed.includes("--text"))
    })
  }

  test("of a robot says the limits of robots", async () => {
    const { stdout } = await bench().run(["robot", "send", "--help"])
    assert.match(stdout, /--markdown <text> .*4096/)
    assert.match(stdout, /--image <path> .* 2 MB/)
  })
})
