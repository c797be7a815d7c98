import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { parse } from "yaml"
import { packedStart } from "../packages/cli/src/testing/packed-start.ts"
import { without } from "../tools/testing/programs.ts"
import { CONFIG, startHaproxy, startOwnBalancer, startWorld } from "./testing/balanced.ts"

const start = packedStart()

for (const { by, skip, startBalancer } of [
  { by: "HAProxy", skip: without("haproxy"), startBalancer: startHaproxy },
  { by: "what does as its configuration says", skip: false, startBalancer: startOwnBalancer },
]) {
  // proves 13.M1: one setting, two gateways
  test(
    `behind the balancer (${by}) gateways are restarted in turn, and one is killed: posts are refused for a moment at most, and each message arrives once`,
    { skip },
    async () => {
      await using world = await startWorld(start, startBalancer)
      const posting = world.post(100)

      for (const index of [0, 1]) {
        await world.stop(index, "SIGTERM")
        await world.start(index)
      }
      const posts = await posting.done()
      assert.ok(posts.length > 20, `${posts.length} posts`)
      // On an idle machine no post is refused; on a very slow one, a client may have to repeat its post.
      const refusals = new Set(posts.flatMap(({ answers }) => answers)).difference(new Set(["202", "503"]))
      assert.deepEqual(refusals, new Set())
      const longest = Math.max(...posts.map(({ ms }) => ms))
      assert.ok(longest < REFUSED_AT_MOST_MS, `one was accepted after ${longest} ms`)

      const more = world.post(100)
      await sleep(500)
      await world.stop(0, "SIGKILL")
      await sleep(2000)
      await more.done()
      await world.allSent()
      assert.deepEqual((await world.shown()).toSorted(), world.posted.toSorted())
    },
  )
}

test("the compose file gives balancer and gateways what they read", async () => {
  const { services } = parse(await readFile(join(import.meta.dirname, "compose.postgres.yaml"), "utf8"), {
    merge: true,
  }) as { services: Record<string, { environment?: Record<string, string>; command?: string[] }> }
  const { environment = {} } = services["balancer"] ?? {}
  const read = [...(await readFile(CONFIG, "utf8")).matchAll(/"\$\{(\w+)\}"/g)].map(([, name = ""]) => name)
  assert.deepEqual(new Set(Object.keys(environment)), new Set(read))
  for (const name of ["GATEWAY_1", "GATEWAY_2"]) {
    const [host = "", port] = environment[name]?.split(":") ?? []
    assert.equal(port, "7788")
    assert.deepEqual(services[host]?.command, ["serve", "--host", "0.0.0.0"])
  }
})

const REFUSED_AT_MOST_MS = 20_000
